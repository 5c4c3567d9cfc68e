/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { roleWords } from "./roleWords.ts";

test("a role stands in a sentence with its article", () => {
  const said = ["owner", "admin", "member", "collaborator", "viewer", "user", "read_only"].map(roleWords);
  assert.deepEqual(said, [
    "an owner",
    "an admin",
    "a member",
    "a collaborator",
    "a viewer",
    "a user",
    "read-only",
  ]);
});
