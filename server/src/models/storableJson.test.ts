import assert from "node:assert/strict";
import { test } from "node:test";
import { storableJson } from "./storableJson.ts";

test("ordinary JSON passes as it is, escaped backslashes and emoji too", () => {
  for (const value of [{}, { a: [1, null, "ü 🧲"] }, { path: "C:\\u0000\\ud800" }, { line: "a\nb\u0001" }]) {
    assert.equal(storableJson(value, "body/x"), JSON.stringify(value));
  }
});

test("a NUL or half a surrogate pair is refused, in a key too, and the place is named", () => {
  for (const value of [{ a: "x\u0000" }, { "\u0000": 1 }, { a: "\ud800" }, { a: "\\\udfff" }]) {
    assert.throws(() => storableJson(value, "body/x"), {
      code: "validation_failed",
      message: /^body\/x must/,
    });
  }
});
