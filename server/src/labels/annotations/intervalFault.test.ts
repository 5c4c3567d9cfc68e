import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { intervalFault } from "./intervalFault.ts";

const oneTrack = { totalRecords: 46, tracks: [{ sensor_id: null, start_index: 0, end_index: 45 }] };
const twoTracks = {
  totalRecords: 30,
  tracks: [
    { sensor_id: "A", start_index: 0, end_index: 19 },
    { sensor_id: null, start_index: 20, end_index: 29 },
  ],
};

test("a whole track, its first row and its last row can be labelled", () => {
  for (const [start_index, end_index] of [
    [0, 45],
    [0, 0],
    [45, 45],
  ] as const) {
    assert.equal(intervalFault(oneTrack, { start_index, end_index }), null);
  }
});

test("a reversed interval is told that both ends are inclusive", () => {
  const fault = intervalFault(oneTrack, { start_index: 9, end_index: 8 });
  assert.equal(fault?.field, "end_index");
  assert.match(fault.reason, /end_index 8 is before start_index 9.*inclusive/);
});

test("an interval beyond the last row names the last valid index and the end that is wrong", () => {
  const end = intervalFault(oneTrack, { start_index: 40, end_index: 46 });
  assert.equal(end?.field, "end_index");
  assert.match(end.reason, /end_index 46 .*last valid index is 45/);
  assert.equal(intervalFault(oneTrack, { start_index: 46, end_index: 50 })?.field, "start_index");
});

test("an interval across two tracks names the bounds of the one it begins in", () => {
  const fault = intervalFault(twoTracks, { start_index: 19, end_index: 20 });
  assert.match(fault!.reason, /the track of sensor "A" has rows 0 to 19/);
  assert.equal(intervalFault(twoTracks, { start_index: 20, end_index: 29 }), null);
});

test("a dataset without tracks is one track, and one without rows has nothing to label", () => {
  assert.equal(intervalFault({ totalRecords: 5, tracks: [] }, { start_index: 0, end_index: 4 }), null);
  const empty = intervalFault({ totalRecords: 0, tracks: [] }, { start_index: 0, end_index: 0 });
  assert.match(empty!.reason, /no rows/);
});

test("an interval has no fault exactly when all its rows exist and are of one track", () => {
  const index = fc.integer({ min: 0, max: 35 });
  fc.assert(
    fc.property(index, index, (start_index, end_index) => {
      const trackOf = (row: number) =>
        twoTracks.tracks.findIndex((track) => track.start_index <= row && row <= track.end_index);
      let fits = end_index >= start_index;
      for (let row = start_index; row <= end_index; row++) {
        if (trackOf(row) < 0 || trackOf(row) !== trackOf(start_index)) fits = false;
      }
      assert.equal(intervalFault(twoTracks, { start_index, end_index }) === null, fits);
    }),
    { numRuns: 500, seed: 7 },
  );
});
