/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldChanges } from "./fieldChanges.ts";

test("a change shows each field as it was and as it is", () => {
  assert.deepEqual(fieldChanges({ name: "A", tags: [1] }, { name: "B", tags: [1, 2] }), {
    rows: [
      [
        { field: "name", before: "A", after: "B" },
        { field: "tags", before: "[1]", after: "[1,2]" },
      ],
    ],
    note: null,
  });
});

test("what was made has no before, what was deleted no after, and what was only read has no rows", () => {
  assert.deepEqual(fieldChanges(null, { id: 3 }).rows, [[{ field: "id", before: null, after: "3" }]]);
  assert.deepEqual(fieldChanges({ id: 3 }, null).rows, [[{ field: "id", before: "3", after: null }]]);
  assert.deepEqual(fieldChanges(null, null), { rows: [], note: null });
});

test("a field that became empty is told apart from a row that was not there", () => {
  assert.deepEqual(fieldChanges({ note: "x" }, { note: null }).rows, [
    [{ field: "note", before: "x", after: "null" }],
  ]);
});

test("several rows are compared in their order, and of very many the first", () => {
  assert.equal(fieldChanges([{ a: 1 }, { a: 2 }], [{ a: 3 }, { a: 4 }]).rows[1]?.[0]?.after, "4");
  const many = fieldChanges(null, { first: [{ a: 1 }, { a: 2 }], total: 812 });
  assert.equal(many.rows.length, 2);
  assert.equal(many.note, "The first 2 of 812 rows.");
});

test("what is too large is said to be, and a long value is cut", () => {
  assert.match(fieldChanges(null, { too_large_to_tell: 70_000 }).note ?? "", /too large/);
  assert.equal(fieldChanges(null, { a: "x".repeat(5000) }).rows[0]?.[0]?.after?.length, 2001);
});
