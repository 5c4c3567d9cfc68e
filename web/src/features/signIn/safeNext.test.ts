/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { safeNext } from "./safeNext.ts";

test("a place inside the app is gone to, with or without the app's own prefix", () => {
  assert.equal(safeNext("/projects/3?x=1"), "/app/projects/3?x=1");
  assert.equal(safeNext("/app/projects/3"), "/app/projects/3");
});

test("another site, a scheme and the sign-in page itself lead to the projects", () => {
  for (const next of [
    "//evil.example",
    "/\\evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "",
    "/sign-in",
  ]) {
    assert.equal(safeNext(next), "/app/projects");
  }
  assert.equal(safeNext(undefined), "/app/projects");
});
