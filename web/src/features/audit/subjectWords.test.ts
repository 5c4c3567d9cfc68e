/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { subjectWords } from "./subjectWords.ts";

const people = [{ id: 4, name: "Dara Quill" }];

test("subjects that are people have their names", () => {
  assert.equal(subjectWords("member 1/4", people), "member 1/4 (Dara Quill)");
  assert.equal(subjectWords("project_member 7/4", people), "project_member 7/4 (Dara Quill)");
  assert.equal(subjectWords("user 4", people), "user 4 (Dara Quill)");
});

test("other subjects, and people who are not known, stay as they are", () => {
  for (const subject of ["member 1/5", "dataset 4", "member 4/1", "user 44"]) {
    assert.equal(subjectWords(subject, people), subject);
  }
  assert.equal(subjectWords(null, people), "–");
});
