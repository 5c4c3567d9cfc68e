/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { roundStep, rowTicks, timeTicks } from "./timeTicks.ts";

const noon = Date.UTC(2025, 10, 6, 12) / 1000;

function recording(rows: number, secondsAt: (row: number) => number) {
  return {
    row: Float64Array.from({ length: rows }, (_, i) => i),
    seconds: Float64Array.from({ length: rows }, (_, i) => secondsAt(i)),
  };
}

test("steps are round in the way clocks are", () => {
  assert.equal(roundStep(0.013), 0.02);
  assert.ok(Math.abs(roundStep(0.1) - 0.1) < 1e-12);
  assert.equal(roundStep(0.7), 1);
  assert.equal(roundStep(11), 15);
  assert.equal(roundStep(61), 120);
  assert.equal(roundStep(4000), 7200);
  assert.equal(roundStep(50_000), 86_400);
  assert.equal(roundStep(3 * 86_400), 5 * 86_400);
});

test("ticks stand at round times, the first one with its date", () => {
  const ticks = timeTicks(
    { start: -0.5, end: 99.5 },
    recording(100, (i) => noon + i / 10),
    "absolute",
    5,
  );
  assert.deepEqual(
    ticks.map((tick) => tick.text),
    ["12:00:00\n2025-11-06", "12:00:02", "12:00:04", "12:00:06", "12:00:08"],
  );
  assert.ok(Math.abs((ticks[1]?.x ?? 0) - 20) < 1e-4);
});

test("where rows are not evenly spaced the tick follows the time", () => {
  const ticks = timeTicks(
    { start: 0, end: 9 },
    recording(10, (i) => (i < 5 ? i : i + 10)),
    "relative",
    4,
  );
  assert.deepEqual(
    ticks.map((tick) => tick.text),
    ["0:00", "0:05", "0:10", "0:15"],
  );
  // 5 s and 10 s fall into the gap between row 4 (4 s) and row 5 (15 s).
  assert.ok((ticks[1]?.x ?? 0) > 4 && (ticks[2]?.x ?? 0) < 5);
  assert.equal(ticks[3]?.x, 5);
});

test("times that go backward or are unknown give row numbers instead", () => {
  const view = { start: -0.5, end: 19.5 };
  const backward = timeTicks(
    view,
    recording(20, (i) => (i < 10 ? i : i - 10)),
    "relative",
    4,
  );
  assert.deepEqual(
    backward.map((tick) => tick.text),
    ["#0", "#5", "#10", "#15"],
  );
  assert.equal(
    timeTicks(
      view,
      recording(20, () => Number.NaN),
      "absolute",
      4,
    )[0]?.text,
    "#0",
  );
  assert.equal(
    timeTicks(
      view,
      recording(20, () => 7),
      "absolute",
      4,
    )[0]?.text,
    "#0",
  );
});

test("no points, one point and a single row still have an axis", () => {
  assert.ok(
    timeTicks(
      { start: -0.5, end: 0.5 },
      recording(0, () => 0),
      "absolute",
      4,
    ).length > 0,
  );
  assert.ok(
    timeTicks(
      { start: -0.5, end: 0.5 },
      recording(1, () => 0),
      "absolute",
      4,
    ).length > 0,
  );
  assert.deepEqual(rowTicks({ start: -0.5, end: 0.5 }, 8), [{ x: 0, text: "#0" }]);
});

test("days have no clock, and there are never many more ticks than fit", () => {
  const days = timeTicks(
    { start: 0, end: 99 },
    recording(100, (i) => noon + i * 86_400),
    "absolute",
    6,
  );
  assert.match(days[0]?.text ?? "", /^\d{4}-\d\d-\d\d$/);
  assert.match(days[1]?.text ?? "", /^\d{4}-\d\d-\d\d$/);
  assert.ok(days.length <= 7);
});
