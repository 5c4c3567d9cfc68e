/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PredictedInterval } from "@magtrace/contracts";
import { mergeIntervals, neighbour, nextPending, pendingCount, sortIntervals } from "./reviewOrder.ts";

const interval = (
  index: number,
  confidence: number,
  review: PredictedInterval["review"] = "pending",
): PredictedInterval => ({
  index,
  start_index: index * 10,
  end_index: index * 10 + 5,
  category: "Motor",
  category_id: 1,
  confidence,
  review,
  annotation: null,
});

const indices = (intervals: readonly PredictedInterval[]) => intervals.map(({ index }) => index);

test("intervals are sorted by confidence either way or by row, ties by row", () => {
  const all = [interval(2, 0.5), interval(0, 0.9), interval(1, 0.5)];
  assert.deepEqual(indices(sortIntervals(all, "certain")), [0, 1, 2]);
  assert.deepEqual(indices(sortIntervals(all, "uncertain")), [1, 2, 0]);
  assert.deepEqual(indices(sortIntervals(all, "row")), [0, 1, 2]);
  assert.deepEqual(indices(all), [2, 0, 1]);
});

test("the next undecided interval is looked for downward, then from the top", () => {
  const ordered = [interval(0, 1), interval(1, 1, "accepted"), interval(2, 1), interval(3, 1, "rejected")];
  assert.equal(nextPending(ordered, 0)?.index, 2);
  assert.equal(nextPending(ordered, 2)?.index, 0);
  assert.equal(nextPending(ordered, null)?.index, 0);
});

test("when the only undecided interval is the current one there is no next", () => {
  assert.equal(nextPending([interval(0, 1)], 0), null);
  assert.equal(nextPending([interval(0, 1, "accepted")], null), null);
  assert.equal(nextPending([], null), null);
});

test("stepping stops at the ends of the list and begins at its top", () => {
  const ordered = [interval(0, 1), interval(1, 1)];
  assert.equal(neighbour(ordered, 1, 1)?.index, 1);
  assert.equal(neighbour(ordered, 0, -1)?.index, 0);
  assert.equal(neighbour(ordered, null, 1)?.index, 0);
  assert.equal(neighbour([], 0, 1), null);
});

test("undecided intervals are counted from a confidence upward, that confidence included", () => {
  const all = [interval(0, 0.8), interval(1, 0.79), interval(2, 0.9, "accepted")];
  assert.equal(pendingCount(all), 2);
  assert.equal(pendingCount(all, 0.8), 1);
});

test("what was decided takes its place among the known, and nothing else is added", () => {
  const merged = mergeIntervals(
    [interval(4, 0.8), interval(2, 0.7)],
    [interval(2, 0.7, "accepted"), interval(9, 1)],
  );
  assert.deepEqual(
    merged.map(({ index, review }) => [index, review]),
    [
      [4, "pending"],
      [2, "accepted"],
    ],
  );
});
