import assert from "node:assert/strict";
import { closeSync, existsSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../../../test/support/temporaryFolder.ts";
import { boundLog } from "./boundLog.ts";

test("a log over its size moves up, as many as are kept, and its writer goes on in the same file", () => {
  const path = join(temporaryFolder(), "a.log");
  boundLog(path, 10, 2);
  assert.ok(!existsSync(path), "a log that does not exist is not made");
  const writer = openSync(path, "a");
  for (const text of ["the first lines\n", "the second lines\n", "the third lines\n", "short\n"]) {
    writeSync(writer, text);
    boundLog(path, 10, 2);
  }
  closeSync(writer);
  const read = (suffix: string) => readFileSync(path + suffix, "utf8");
  assert.deepEqual(
    [read(""), read(".1"), read(".2")],
    ["short\n", "the third lines\n", "the second lines\n"],
  );
  assert.ok(!existsSync(`${path}.3`));
});
