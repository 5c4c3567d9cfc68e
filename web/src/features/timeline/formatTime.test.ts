/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { digitsFor, formatClock, formatDay, formatInstant } from "./formatTime.ts";

const noon = Date.UTC(2025, 10, 6, 12) / 1000;

test("absolute times are UTC", () => {
  assert.equal(formatClock(noon + 5.25, "absolute", 3), "12:00:05.250");
  assert.equal(formatInstant(noon, "absolute", 0), "2025-11-06 12:00:00 UTC");
  assert.equal(formatDay(noon), "2025-11-06");
});

test("rounding never shows sixty seconds, and carries into the next day", () => {
  assert.equal(formatClock(59.9996, "relative", 3), "1:00.000");
  assert.equal(
    formatInstant(Date.UTC(2025, 11, 31, 23, 59, 59, 999) / 1000, "absolute", 0),
    "2026-01-01 00:00:00 UTC",
  );
});

test("relative times have hours only when there are any, and may be negative", () => {
  assert.equal(formatClock(5, "relative", 0), "0:05");
  assert.equal(formatClock(3605.5, "relative", 1), "1:00:05.5");
  assert.equal(formatClock(-65, "relative", 0), "−1:05");
});

test("times before 1970 are times of day too", () => {
  assert.equal(formatClock(-1, "absolute", 0), "23:59:59");
  assert.equal(formatInstant(-1, "absolute", 0), "1969-12-31 23:59:59 UTC");
});

test("an unknown time is a dash", () => {
  assert.equal(formatClock(Number.NaN, "absolute", 3), "–");
  assert.equal(formatInstant(Number.NaN, "relative", 3), "–");
  assert.equal(formatDay(1e20), "–");
});

test("there are as many digits as the step needs", () => {
  assert.equal(digitsFor(1), 0);
  assert.equal(digitsFor(60), 0);
  assert.equal(digitsFor(0.5), 1);
  assert.equal(digitsFor(0.1), 1);
  assert.equal(digitsFor(0.019), 2);
  assert.equal(digitsFor(1e-9), 6);
});
