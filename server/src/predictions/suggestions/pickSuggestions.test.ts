import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { RowInterval } from "../types.ts";
import { pickSuggestions } from "./pickSuggestions.ts";

const rows = (start_index: number, end_index: number): RowInterval => ({ start_index, end_index });
const touches = (a: RowInterval, b: RowInterval) =>
  a.start_index <= b.end_index && b.start_index <= a.end_index;

test("what touches one picked before is passed over", () => {
  const from = [rows(50, 59), rows(55, 64), rows(10, 19), rows(70, 79), rows(19, 19), rows(90, 99)];
  assert.deepEqual(pickSuggestions(from, 10), [rows(50, 59), rows(10, 19), rows(70, 79), rows(90, 99)]);
  assert.deepEqual(pickSuggestions(from, 1), [rows(50, 59)]);
  assert.deepEqual(pickSuggestions([], 3), []);
  assert.deepEqual(pickSuggestions(from, 0), []);
});

test("nothing picked touches anything, and nothing free is passed over", () => {
  const anyRows = fc.tuple(fc.nat(200), fc.nat(12)).map(([start, length]) => rows(start, start + length));
  fc.assert(
    fc.property(fc.array(anyRows), fc.nat(10), (from, count) => {
      const picked = pickSuggestions(from, count);
      assert.ok(picked.length <= count);
      for (const [i, one] of picked.entries())
        assert.ok(!picked.slice(0, i).some((other) => touches(one, other)));
      if (picked.length === count) return;
      for (const one of from) assert.ok(picked.includes(one) || picked.some((other) => touches(one, other)));
    }),
  );
});
