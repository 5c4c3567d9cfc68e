/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { rowTicks, type Tick, timeTicks } from "./timeTicks.ts";
import type { Viewport } from "./viewport.ts";

const noon = Date.UTC(2025, 10, 6, 12) / 1000;

function recording(rows: number, secondsAt: (row: number) => number) {
  return {
    row: Float64Array.from({ length: rows }, (_, i) => i),
    seconds: Float64Array.from({ length: rows }, (_, i) => secondsAt(i)),
  };
}

const textsOf = (ticks: readonly Tick[]) => ticks.map((tick) => tick.text);

/** Space between neighbouring texts, pixels; digits of an 11 px system font are 6.2 px wide. */
function spaces(ticks: readonly Tick[], view: Viewport, widthPx: number): number[] {
  const halfPx = (tick: Tick) => (Math.max(...tick.text.split("\n").map((line) => line.length)) * 6.2) / 2;
  const at = (tick: Tick) => ((tick.x - view.start) / (view.end - view.start)) * widthPx;
  return ticks
    .slice(1)
    .map((tick, i) => at(tick) - halfPx(tick) - at(ticks[i] as Tick) - halfPx(ticks[i] as Tick));
}

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const CLOCK_STEPS = [
  1,
  5,
  15,
  30,
  MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
];

/** Whether ticks this far apart are round: 1-2-5 below a second, as clocks have it above, then whole days. */
function isRound(step: number): boolean {
  if (step > 0.9) {
    return CLOCK_STEPS.some((round) => Math.abs(step - round) < 1e-6 * round) || Math.abs(step % DAY) < 1e-6;
  }
  const digit = step / 10 ** Math.floor(Math.log10(step) + 1e-9);
  return [1, 2, 5].some((round) => Math.abs(digit - round) < 0.01);
}

test("ticks stand at round times, the first one with its date", () => {
  const ticks = timeTicks(
    { start: -0.5, end: 99.5 },
    recording(100, (i) => noon + i / 2),
    "absolute",
    900,
  );
  assert.deepEqual(textsOf(ticks), [
    "12:00:00\n2025-11-06",
    "12:00:05",
    "12:00:10",
    "12:00:15",
    "12:00:20",
    "12:00:25",
    "12:00:30",
    "12:00:35",
    "12:00:40",
    "12:00:45",
  ]);
  assert.ok(Math.abs((ticks[1]?.x ?? 0) - 10) < 1e-4);
});

test("at every zoom and width ticks are at round times, do not overlap, and are at least one", () => {
  fc.assert(
    fc.property(
      fc.double({ min: -4, max: 8.5, noNaN: true }),
      fc.integer({ min: 300, max: 3000 }),
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      fc.constantFrom("absolute" as const, "relative" as const),
      (power, widthPx, later, kind) => {
        // Seconds since 1970 are exact to 0.3 µs.
        const spanSeconds = 10 ** (kind === "absolute" ? Math.max(power, -2) : power);
        const view = { start: 0, end: 1000 };
        const begin = (kind === "absolute" ? noon : 0) + later;
        const points = recording(1001, (i) => begin + (i / 1000) * spanSeconds);
        const ticks = timeTicks(view, points, kind, widthPx);
        assert.ok(ticks.length >= 1 && ticks.length <= Math.max(widthPx / 50, 4));
        for (const space of spaces(ticks, view, widthPx)) assert.ok(space > 3, `${space} px between texts`);
        const times = ticks.map(({ x }) => begin + (x / 1000) * spanSeconds);
        const steps = times.slice(1).map((time, i) => time - (times[i] as number));
        for (const step of steps) {
          // Looked up between two points, it is not exact to the last digit.
          const rounded = step < 0.9 ? Number(step.toPrecision(3)) : Math.round(step);
          assert.ok(Math.abs(rounded - step) < 1e-3 * step && isRound(rounded), `a step of ${step} s`);
        }
      },
    ),
    { numRuns: 400 },
  );
});

test("days and months begin where the calendar has them", () => {
  const year = timeTicks(
    { start: 0, end: 365 },
    recording(366, (i) => Date.UTC(2025, 0, 1) / 1000 + i * DAY),
    "absolute",
    900,
  );
  assert.deepEqual(textsOf(year), ["2025-01-01", "2025-04-01", "2025-07-01", "2025-10-01", "2026-01-01"]);
});

test("times since a zero without a date are counted on in hours and whole days", () => {
  const ticks = timeTicks(
    { start: 0, end: 100 },
    recording(101, (i) => i * DAY),
    "relative",
    900,
  );
  assert.deepEqual(textsOf(ticks), [
    "0:00",
    "480:00:00",
    "960:00:00",
    "1440:00:00",
    "1920:00:00",
    "2400:00:00",
  ]);
});

test("where rows are not evenly spaced the tick follows the time", () => {
  const ticks = timeTicks(
    { start: 0, end: 9 },
    recording(10, (i) => (i < 5 ? i : i + 10)),
    "relative",
    900,
  );
  assert.deepEqual(textsOf(ticks), ["0:00", "0:05", "0:10", "0:15"]);
  // 5 s and 10 s fall into the gap between row 4 (4 s) and row 5 (15 s).
  assert.ok((ticks[1]?.x ?? 0) > 4 && (ticks[2]?.x ?? 0) < 5);
  assert.equal(ticks[3]?.x, 5);
});

test("of the ticks inside a gap in time only those are left that have room", () => {
  const view = { start: 0, end: 2000 };
  // An hour without readings: nearly all round times fall between two rows.
  const points = recording(2001, (i) => noon + i / 10 + (i > 1000 ? HOUR : 0));
  const ticks = timeTicks(view, points, "absolute", 900);
  assert.ok(ticks.length >= 1);
  for (const space of spaces(ticks, view, 900)) assert.ok(space > 3);
});

test("times that go backward or are unknown give row numbers instead", () => {
  const view = { start: -0.5, end: 19.5 };
  const backward = timeTicks(
    view,
    recording(20, (i) => (i < 10 ? i : i - 10)),
    "relative",
    600,
  );
  assert.deepEqual(textsOf(backward), ["#0", "#5", "#10", "#15"]);
  for (const secondsAt of [() => Number.NaN, () => 7]) {
    assert.equal(timeTicks(view, recording(20, secondsAt), "absolute", 600)[0]?.text, "#0");
  }
});

test("row numbers are round and whole, and do not overlap", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e7, noNaN: true }),
      fc.double({ min: 0.9, max: 7, noNaN: true }),
      fc.integer({ min: 300, max: 3000 }),
      (start, power, widthPx) => {
        const view = { start: start - 0.5, end: start - 0.5 + 10 ** power };
        const ticks = rowTicks(view, widthPx);
        assert.ok(ticks.length >= 1);
        for (const { x } of ticks) assert.ok(Number.isInteger(x) && x >= view.start && x <= view.end);
        for (const space of spaces(ticks, view, widthPx)) assert.ok(space > 3);
        const [first, second] = ticks;
        if (first && second) assert.ok(isRound((second.x - first.x) / 1e9));
      },
    ),
  );
});

test("no points, one point and a single row still have an axis", () => {
  const view = { start: -0.5, end: 0.5 };
  for (const rows of [0, 1]) {
    assert.ok(
      timeTicks(
        view,
        recording(rows, () => 0),
        "absolute",
        600,
      ).length > 0,
    );
  }
  assert.deepEqual(rowTicks(view, 1000), [{ x: 0, text: "#0" }]);
});

test("days have no clock", () => {
  const days = timeTicks(
    { start: 0, end: 99 },
    recording(100, (i) => noon + i * DAY),
    "absolute",
    900,
  );
  assert.ok(days.length > 1);
  for (const { text } of days) assert.match(text, /^\d{4}-\d\d-\d\d$/);
});
