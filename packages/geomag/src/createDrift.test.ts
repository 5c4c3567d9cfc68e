import assert from "node:assert/strict";
import { test } from "node:test";
import { createDrift } from "./createDrift.ts";
import { createGaussian } from "./createGaussian.ts";
import { mulberry32 } from "./testing/mulberry32.ts";

test("normal numbers have mean 0, deviation 1, no skew and the right tails", () => {
  const gaussian = createGaussian(mulberry32(1));
  const n = 200_000;
  const sums = [0, 0, 0, 0];
  let beyondTwo = 0;
  for (let index = 0; index < n; index += 1) {
    const value = gaussian();
    for (let power = 1; power <= 4; power += 1) sums[power - 1] += value ** power / n;
    if (Math.abs(value) > 2) beyondTwo += 1 / n;
  }
  // Four standard errors of each moment.
  assert.ok(Math.abs(sums[0]) < 0.009, `mean ${sums[0]}`);
  assert.ok(Math.abs(sums[1] - 1) < 0.013, `variance ${sums[1]}`);
  assert.ok(Math.abs(sums[2]) < 0.035, `third moment ${sums[2]}`);
  assert.ok(Math.abs(sums[3] - 3) < 0.09, `fourth moment ${sums[3]}`);
  assert.ok(Math.abs(beyondTwo - 0.0455) < 0.002, `beyond two deviations ${beyondTwo}`);
});

test("drift has the deviation asked for, and power that falls as 1/f", () => {
  const options = { stepSeconds: 0.1, deviation: 5, shortestSeconds: 0.2, longestSeconds: 102.4 };
  const drift = createDrift(createGaussian(mulberry32(2)), options);
  const values = Float64Array.from({ length: 200_000 }, drift);
  let sumOfSquares = 0;
  for (const value of values) sumOfSquares += value * value;
  const deviation = Math.sqrt(sumOfSquares / values.length);
  assert.ok(Math.abs(deviation - 5) < 0.5, `${deviation}`);
  // For 1/f the variance of differences grows with the logarithm of the lag: equally by each factor of 4.
  const growths = [8, 32, 128].map(
    (lag) => differenceVariance(values, 4 * lag) - differenceVariance(values, lag),
  );
  for (const growth of growths)
    assert.ok(growth > 0.5 * growths[1] && growth < 1.6 * growths[1], `${growths}`);
});

test("it starts in the steady state: its first sample varies as much as any", () => {
  const options = { stepSeconds: 0.01, deviation: 3, shortestSeconds: 1, longestSeconds: 1000 };
  const gaussian = createGaussian(mulberry32(3));
  let sumOfSquares = 0;
  for (let index = 0; index < 4000; index += 1) sumOfSquares += createDrift(gaussian, options)() ** 2;
  assert.ok(Math.abs(Math.sqrt(sumOfSquares / 4000) - 3) < 0.15);
});

test("steps and ranges that are not above 0 are refused", () => {
  const good = { stepSeconds: 1, deviation: 1, shortestSeconds: 1, longestSeconds: 2 };
  for (const bad of [
    { stepSeconds: 0 },
    { shortestSeconds: 0 },
    { longestSeconds: 0.5 },
    { stepSeconds: Number.NaN },
  ]) {
    assert.throws(() => createDrift(() => 0, { ...good, ...bad }), RangeError);
  }
});

function differenceVariance(values: Float64Array, lag: number): number {
  let sum = 0;
  for (let index = lag; index < values.length; index += 1) sum += (values[index] - values[index - lag]) ** 2;
  return sum / (values.length - lag);
}
