import assert from "node:assert/strict";
import { test } from "node:test";
import { nextVersion } from "./nextVersion.ts";

test("the next version follows the highest, counted as numbers", () => {
  assert.equal(nextVersion(["1.0"]), "1.1");
  assert.equal(nextVersion(["1.0", "1.10", "1.9"]), "1.11");
  assert.equal(nextVersion(["2.3", "1.40"]), "2.4");
});

test("a family without numbered versions begins at 1.0", () => {
  assert.equal(nextVersion([]), "1.0");
  assert.equal(nextVersion(["draft", "1", "1.2.3"]), "1.0");
});
