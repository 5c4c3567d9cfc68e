/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type ChartInterval,
  edgeAt,
  hitInLane,
  hitInPlot,
  moveEdge,
  packLanes,
  visibleIn,
} from "./intervals.ts";

let next = 0;
const interval = (start: number, end: number): ChartInterval => {
  next += 1;
  return { key: String(next), start, end, color: "#000000", text: "" };
};

const manyIntervals = fc.array(
  fc
    .tuple(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 80 }))
    .map(([start, length]) => interval(start, start + length)),
  { maxLength: 60 },
);

test("intervals of a lane never overlap and none is lost", () => {
  fc.assert(
    fc.property(manyIntervals, (all) => {
      const { lanes, crowded } = packLanes(all);
      assert.equal(lanes.flat().length + crowded.length, all.length);
      for (const lane of lanes) {
        for (let i = 1; i < lane.length; i += 1) {
          assert.ok((lane[i]?.start ?? 0) > (lane[i - 1]?.end ?? 0));
        }
      }
    }),
  );
});

test("only a sixth interval over the same rows is crowded out", () => {
  const { lanes, crowded } = packLanes(Array.from({ length: 6 }, () => interval(10, 20)));
  assert.equal(lanes.length, 5);
  assert.equal(crowded.length, 1);
});

test("what a view touches is what a plain search finds", () => {
  fc.assert(
    fc.property(
      manyIntervals,
      fc.integer({ min: 0, max: 500 }),
      fc.integer({ min: 1, max: 200 }),
      (all, at, span) => {
        const view = { start: at - 0.5, end: at + span - 0.5 };
        for (const lane of packLanes(all).lanes) {
          assert.deepEqual(
            visibleIn(lane, view),
            lane.filter((i) => i.end + 0.5 >= view.start && i.start - 0.5 <= view.end),
          );
        }
      },
    ),
  );
});

test("a click beside a narrow label still finds it, and one far away does not", () => {
  const lane = [interval(10, 10), interval(50, 60)];
  assert.equal(hitInLane(lane, 10, 0), lane[0]);
  assert.equal(hitInLane(lane, 13, 5), lane[0]);
  assert.equal(hitInLane(lane, 48, 5), lane[1]);
  assert.equal(hitInLane(lane, 30, 5), null);
  assert.equal(hitInLane([], 30, 5), null);
});

test("in the plot the shortest of several labels is meant", () => {
  const long = interval(0, 100);
  const short = interval(40, 50);
  const { lanes, crowded } = packLanes([long, short]);
  assert.equal(hitInPlot(lanes, crowded, 45), short);
  assert.equal(hitInPlot(lanes, crowded, 70), long);
  assert.equal(hitInPlot(lanes, crowded, 170), null);
});

test("an edge is grabbed within reach, the nearer one of a short label", () => {
  const label = { start: 10, end: 20 };
  assert.equal(edgeAt(label, 9, 2), "start");
  assert.equal(edgeAt(label, 21, 2), "end");
  assert.equal(edgeAt(label, 15, 2), null);
  assert.equal(edgeAt({ start: 10, end: 10 }, 10.4, 2), "end");
});

test("a dragged edge never passes the other one", () => {
  assert.deepEqual(moveEdge({ start: 10, end: 20 }, "start", 15), { start: 15, end: 20 });
  assert.deepEqual(moveEdge({ start: 10, end: 20 }, "start", 99), { start: 20, end: 20 });
  assert.deepEqual(moveEdge({ start: 10, end: 20 }, "end", 3), { start: 10, end: 10 });
});
