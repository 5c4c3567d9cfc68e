/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { readImport } from "./readImport.ts";

const label = { start_index: 1, end_index: 2, category: "Motor" };

test("CSV goes to the server as it is", () => {
  assert.deepEqual(readImport("start_index,end_index,category\n1,2,Motor"), {
    csv: "start_index,end_index,category\n1,2,Motor",
  });
});

test("JSON may be a bare array or an object with annotations, also after a byte order mark", () => {
  assert.deepEqual(readImport(`\uFEFF ${JSON.stringify([label])}`), { annotations: [label] });
  assert.deepEqual(readImport(JSON.stringify({ annotations: [label] })), { annotations: [label] });
});

test("broken JSON and JSON of something else are refused in words", () => {
  assert.throws(() => readImport("[1,"), /begins like JSON/);
  assert.throws(() => readImport('{"x":1}'), /no list of labels/);
});
