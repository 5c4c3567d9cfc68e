import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { countZeroCrossings } from "./countZeroCrossings.ts";
import { linearTrend } from "./linearTrend.ts";
import { median } from "./median.ts";
import { medianAbsoluteDeviation } from "./medianAbsoluteDeviation.ts";
import { medianInPlace } from "./medianInPlace.ts";
import { quantile } from "./quantile.ts";
import { removeLinearTrend } from "./removeLinearTrend.ts";
import { rootMeanSquare } from "./rootMeanSquare.ts";
import { sampleRateFromTimes } from "./sampleRateFromTimes.ts";
import { selectInPlace } from "./selectInPlace.ts";

const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });

test("selection finds what sorting finds, at every rank, with ties", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 40 }), (numbers) => {
      const sorted = Float64Array.from(numbers).sort();
      for (let k = 0; k < numbers.length; k++) {
        assert.equal(selectInPlace(Float64Array.from(numbers), k), sorted[k]! + 0);
      }
    }),
  );
  assert.throws(() => selectInPlace(new Float64Array(3), 3), RangeError);
  assert.throws(() => selectInPlace(new Float64Array(0), 0), RangeError);
});

test("both medians are the middle of the sorted values", () => {
  fc.assert(
    fc.property(fc.array(finite, { minLength: 1, maxLength: 30 }), (numbers) => {
      const sorted = Float64Array.from(numbers).sort();
      const low = sorted[(sorted.length - 1) >> 1]!;
      const wanted = low + (sorted[sorted.length >> 1]! - low) / 2;
      assert.ok(Math.abs(median(numbers) - wanted) <= 1e-9);
      assert.ok(Math.abs(medianInPlace(Float64Array.from(numbers)) - wanted) <= 1e-9);
    }),
  );
});

test("quantiles interpolate as NumPy does, leave NaN out and accept all-negative values", () => {
  // numpy.quantile([-1, -7, -4, -2], [0, .1, .5, .9, 1]) → -7, -6.1, -3, -1.3, -1
  const values = [-1, Number.NaN, -7, -4, -2];
  const wanted = [-7, -6.1, -3, -1.3, -1];
  for (const [i, p] of [0, 0.1, 0.5, 0.9, 1].entries()) {
    assert.ok(Math.abs(quantile(values, p) - wanted[i]!) < 1e-12);
  }
  assert.ok(Number.isNaN(quantile([], 0.5)));
  assert.ok(Number.isNaN(median([Number.NaN])));
  assert.ok(Number.isNaN(medianInPlace(new Float64Array(0))));
  assert.equal(quantile([-3], 0.7), -3);
  assert.throws(() => quantile([1], 1.1), RangeError);
});

test("the median absolute deviation ignores an outlier", () => {
  assert.equal(medianAbsoluteDeviation([-1, -2, -3, -4, -1e9]), 1);
  assert.ok(Number.isNaN(medianAbsoluteDeviation([])));
});

test("a line is found and removed exactly", () => {
  const line = Float64Array.from({ length: 9 }, (_, i) => -50_000 - 3 * i);
  const { slope, intercept } = linearTrend(line);
  assert.ok(Math.abs(slope + 3) < 1e-9 && Math.abs(intercept + 50_000) < 1e-7);
  for (const residual of removeLinearTrend(line)) assert.ok(Math.abs(residual) < 1e-7);
  assert.deepEqual([...removeLinearTrend(Float64Array.of(-4, 6))], [0, 0]);
  assert.ok(removeLinearTrend(Float64Array.of(1, Number.NaN, 2)).every(Number.isNaN));
  for (const n of [0, 1]) assert.throws(() => removeLinearTrend(new Float64Array(n)), RangeError);
});

test("the root mean square of ±3 is 3, NaN left out, and of nothing NaN", () => {
  assert.equal(rootMeanSquare([-3, 3, Number.NaN]), 3);
  assert.ok(Number.isNaN(rootMeanSquare([])));
});

test("crossings are changes of sign; zeros and NaN have none", () => {
  assert.equal(countZeroCrossings([1, 0, -1, Number.NaN, -2, 3]), 2);
  assert.equal(countZeroCrossings([1, 0, 1]), 0);
  assert.equal(countZeroCrossings([-1, -2, -3]), 0);
  assert.equal(countZeroCrossings([]), 0);
});

test("the sample rate survives duplicates, backward steps, gaps and missing stamps", () => {
  const even = Float64Array.from({ length: 101 }, (_, i) => i * 0.02);
  assert.ok(Math.abs(sampleRateFromTimes(even)! - 50) < 1e-9);
  const withGap = Float64Array.from(even, (t, i) => (i > 50 ? t + 3600 : t));
  assert.ok(Math.abs(sampleRateFromTimes(withGap)! - 50) < 1e-9);
  const rollover = Float64Array.from(even, (t, i) => (i > 50 ? t - 3600 : t));
  assert.ok(Math.abs(sampleRateFromTimes(rollover)! - 50) < 1e-9);
  const paired = Float64Array.from({ length: 1000 }, (_, i) => Math.floor(i / 2) * 0.1);
  assert.ok(Math.abs(sampleRateFromTimes(paired)! - 20) < 0.05);
  assert.ok(Math.abs(sampleRateFromTimes([0, Number.NaN, 1, 1.5, 2])! - 2) < 1e-12);
  for (const none of [[], [5], [5, 5, 5], [Number.NaN, Number.NaN]])
    assert.equal(sampleRateFromTimes(none), null);
});
