import assert from "node:assert/strict";
import { test } from "node:test";
import { rowFault } from "./rowFault.ts";

const rows = {
  totalRecords: 100,
  tracks: [
    { sensor_id: "a", start_index: 0, end_index: 59 },
    { sensor_id: "b", start_index: 60, end_index: 99 },
  ],
};
const fault = (start_index: number, end_index: number) => rowFault(rows, { start_index, end_index });

test("an interval inside one track is sound, at its edges too", () => {
  for (const [start, end] of [
    [0, 59],
    [60, 99],
    [7, 7],
    [99, 99],
  ] as const) {
    assert.equal(fault(start, end), null);
  }
});

test("a reversed interval, one beyond the end and one across tracks are told apart", () => {
  assert.match(fault(5, 4) ?? "", /end_index 4 is before start_index 5/);
  assert.match(fault(90, 100) ?? "", /beyond the dataset's last row, 99/);
  assert.match(fault(50, 60) ?? "", /leave their track, which has rows 0 to 59/);
});

test("a dataset without known tracks is one track", () => {
  assert.equal(rowFault({ totalRecords: 10, tracks: [] }, { start_index: 0, end_index: 9 }), null);
  assert.notEqual(rowFault({ totalRecords: 0, tracks: [] }, { start_index: 0, end_index: 0 }), null);
});
