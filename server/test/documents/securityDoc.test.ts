import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "../../..");
const text = readFileSync(join(root, "docs/security.md"), "utf8");

test("every test that docs/security.md points at is there, and every requirement points at some", () => {
  const rows = text.split("\n").filter((line) => /^\| B\d+ \|/.test(line));
  assert.deepEqual(
    rows.map((row) => row.split(" | ")[0]),
    ["B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B10", "B11", "B13", "B14"].map((id) => `| ${id}`),
  );
  for (const row of rows) {
    const files = [...row.matchAll(/`([\w/.]+\.test\.ts)`/g)].map(([, file]) => file!);
    assert.ok(files.length > 0, row);
    for (const file of files) assert.ok(existsSync(join(root, file)), file);
  }
});

test("every attack and every test of who may do what is pointed at", () => {
  for (const folder of ["server/test/security", "server/test/access", "server/test/audit"]) {
    for (const file of readdirSync(join(root, folder)).filter((name) => name.endsWith(".test.ts"))) {
      if (file === "vulnerableRoutes.test.ts") continue;
      assert.ok(text.includes(`${folder}/${file}`), `${folder}/${file}`);
    }
  }
});
