/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { readQuality, samplingRate } from "./readQuality.ts";

test("oddities become sentences with rows to look at, and what did not happen is left out", () => {
  const remarks = readQuality({
    gaps: { count: 1200, first: [{ index: 40 }, { index: 90 }] },
    longest_gap: { index: 90, time_us: 0, step_us: 3_200_000 },
    duplicate_times: { count: 0, first: [] },
    missing: [
      { channel: "b_x", count: 1, first_lines: [3] },
      { channel: "lat", count: 0, first_lines: [] },
    ],
    notes: [{ code: "unit_unlikely", message: "The field looks like µT." }],
  });
  assert.deepEqual(
    remarks.map((remark) => remark.text),
    [
      "The field looks like µT.",
      "Gaps in time: 1,200. No line is drawn across them.",
      "The longest gap lasts 3.2 s.",
      "b_x: 1 reading without a value.",
    ],
  );
  assert.deepEqual(remarks[1]?.rows, [40, 90]);
  assert.equal(remarks[0]?.isWarning, true);
});

test("an empty or strange report says nothing", () => {
  assert.deepEqual(readQuality({}), []);
  assert.deepEqual(readQuality({ gaps: 3, notes: [null, 4, {}], missing: [null], longest_gap: null }), []);
});

test("a slow recording is told by its period", () => {
  assert.equal(samplingRate({ sampling_rate_hz: 53.19149 }), "53.19 Hz");
  assert.equal(samplingRate({ sampling_rate_hz: 1 / 60 }), "1 reading every 1 min 00 s");
  assert.equal(samplingRate({ sampling_rate_hz: null }), null);
  assert.equal(samplingRate({}), null);
});
