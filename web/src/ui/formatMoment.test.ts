/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDuration, formatMoment } from "./formatMoment.ts";

test("durations never show sixty of anything", () => {
  assert.equal(formatDuration(0.44), "0.4 s");
  assert.equal(formatDuration(9.96), "10 s");
  assert.equal(formatDuration(59.6), "1 min 00 s");
  assert.equal(formatDuration(3599.7), "1 h 00 min");
  assert.equal(formatDuration(7199), "2 h 00 min");
  assert.equal(formatDuration(-1), "–");
});

test("a missing moment is a dash and an unreadable one is shown as it is", () => {
  assert.equal(formatMoment(null), "–");
  assert.equal(formatMoment("soon"), "soon");
  assert.match(formatMoment("2025-11-06T12:00:00Z"), /2025/);
});
