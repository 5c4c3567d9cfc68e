import assert from "node:assert/strict";
import { test } from "node:test";
import { foundIntervals } from "./foundIntervals.ts";
import { mapRows, type RowMap } from "./rowMap.ts";

/** Rows of one sensor, all there. */
function rowsOf(total: number): RowMap {
  const kept = Array.from({ length: total }, (_, index) => ({
    index,
    id: index,
    time: "",
    sensor: "",
    line: "",
  }));
  const tracks = [{ sensor_id: null, start_index: 0, end_index: total - 1 }];
  return mapRows({ total, kept, refused: [], incomplete: [] }, tracks, false) as RowMap;
}

test("a value a row becomes runs of equal values with their mean confidence", () => {
  const found = foundIntervals(["a", "a", 1, 1, null], [0.5, 1, 0.25, 0.25, 3], rowsOf(5));
  assert.deepEqual(found, [
    { start_index: 0, end_index: 1, category: "a", confidence: 0.75 },
    { start_index: 2, end_index: 3, category: "1", confidence: 0.25 },
    { start_index: 4, end_index: 4, category: null, confidence: 1 },
  ]);
});

test("ranges stay ranges, cut to the rows there are", () => {
  const given = [
    { start_index: 1, end_index: 9, label: "x", confidence: 0.5 },
    { start_index: 7, end_index: 8, label: "beyond" },
  ];
  assert.deepEqual(foundIntervals(given, [], rowsOf(4)), [
    { start_index: 1, end_index: 3, category: "x", confidence: 0.5 },
  ]);
});

test("what does not say which rows it is of is none", () => {
  assert.equal(foundIntervals([1, 2, 3], [], rowsOf(4)), null);
  assert.equal(foundIntervals({ class: 1 }, [], rowsOf(4)), null);
  assert.equal(foundIntervals([], [], rowsOf(4)), null);
  assert.equal(foundIntervals([{ start_index: "a" }], [], rowsOf(4)), null);
});

test("without confidences there is none", () => {
  assert.equal(foundIntervals(["a"], "high", rowsOf(1))?.[0]?.confidence, 0);
});
