import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
// @ts-expect-error a script in JavaScript, for whatever Node the machine has
import { migrationFaults } from "./landedMigrations.mjs";

const first = "CREATE TABLE a ();\n";
const second = "CREATE TABLE b ();\n";

function lineOf(name: string, sql: string): string {
  return `${createHash("sha256").update(sql).digest("hex")}  ${name}\n`;
}

const landed = lineOf("0001_a.sql", first) + lineOf("0003_b.sql", second);

function faultsOf(files: Readonly<Record<string, string>>, lines = landed): string[] {
  return migrationFaults(lines, new Map(Object.entries(files)));
}

test("migrations as they landed pass, and new ones with higher numbers", () => {
  assert.deepEqual(faultsOf({ "0001_a.sql": first, "0003_b.sql": second }), []);
  assert.deepEqual(faultsOf({ "0001_a.sql": first, "0003_b.sql": second, "0004_c.sql": "" }), []);
});

test("a landed migration that is edited, by a blank alone, is refused, and so is one that is gone", () => {
  const edited = faultsOf({ "0001_a.sql": `${first} `, "0003_b.sql": second });
  assert.match(edited.join(), /^0001_a\.sql landed and is edited/);
  assert.match(faultsOf({ "0001_a.sql": first }).join(), /^0003_b\.sql landed and is gone/);
});

test("a new migration before one that landed is refused: elsewhere it would run after that one", () => {
  const faults = faultsOf({ "0001_a.sql": first, "0002_late.sql": "", "0003_b.sql": second });
  assert.match(faults.join(), /^0002_late\.sql is new/);
  assert.equal(faults.length, 1);
});

test("a line that cannot be read and a name with two lines are told", () => {
  const files = { "0001_a.sql": first, "0003_b.sql": second };
  assert.equal(faultsOf(files, `${landed}0004_c.sql\n`).length, 1);
  assert.equal(faultsOf(files, landed + lineOf("0001_a.sql", second)).length, 1);
});
