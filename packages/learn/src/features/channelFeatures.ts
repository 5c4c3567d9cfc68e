import { medianInPlace } from "@magtrace/signal";
import type { FeatureGroup } from "./featureGroup.ts";
import type { WindowRows } from "./windowRows.ts";

export type Channel = "x" | "y" | "z" | "b";

/**
 * Statistics of one channel that do not see its level: spread, form of the distribution, trend and how often the
 * detrended signal changes sign. Missing rows are left out (the trend takes them filled in).
 *
 * Cost O(n) a window. Skewness and excess kurtosis are the moment estimators g₁ and g₂ (Joanes & Gill 1998),
 * 0 for a constant.
 */
export function channelFeatures(channel: Channel): FeatureGroup {
  let spare = new Float64Array(0);
  const names = ["std", "range", "mad", "skewness", "kurtosis", "slope", "crossings"];

  function write(rows: WindowRows, out: Float32Array, at: number): void {
    const { length, valid, validCount } = rows;
    const values = rows[channel];
    if (spare.length < length) spare = new Float64Array(length);
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    let sum = 0;
    for (let i = 0; i < length; i++) {
      if (valid[i] === 0) continue;
      const value = values[i]!;
      sum += value;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    const mean = sum / validCount;
    let second = 0;
    let third = 0;
    let fourth = 0;
    for (let i = 0; i < length; i++) {
      if (valid[i] === 0) continue;
      const d = values[i]! - mean;
      const d2 = d * d;
      second += d2;
      third += d2 * d;
      fourth += d2 * d2;
    }
    second /= validCount;
    const constant = high === low || second === 0;
    out[at] = Math.sqrt(second);
    out[at + 1] = high - low;
    out[at + 2] = deviationFromMedian(values, valid, length);
    out[at + 3] = constant ? 0 : third / validCount / second ** 1.5;
    out[at + 4] = constant ? 0 : fourth / validCount / (second * second) - 3;
    const slope = trendOf(values, length);
    out[at + 5] = slope * rows.rateHz;
    out[at + 6] = crossingRate(values, length, slope);
  }

  function deviationFromMedian(values: Float64Array, valid: Uint8Array, length: number): number {
    let count = 0;
    for (let i = 0; i < length; i++) if (valid[i] === 1) spare[count++] = values[i]!;
    const centre = medianInPlace(spare, count);
    for (let i = 0; i < count; i++) spare[i] = Math.abs(spare[i]! - centre);
    return medianInPlace(spare, count);
  }

  return { names: names.map((name) => `${name}_${channel}`), write };
}

/** Least-squares slope per row; 0 for a single row. */
export function trendOf(values: Float64Array, length: number): number {
  if (length < 2) return 0;
  const centre = (length - 1) / 2;
  let product = 0;
  for (let i = 0; i < length; i++) product += (i - centre) * values[i]!;
  return (12 * product) / (length * (length * length - 1));
}

/** Share of the steps, 0…1, at which the signal crosses its own trend line. */
function crossingRate(values: Float64Array, length: number, slope: number): number {
  if (length < 2) return 0;
  let mean = 0;
  for (let i = 0; i < length; i++) mean += values[i]!;
  mean /= length;
  const start = mean - (slope * (length - 1)) / 2;
  let crossings = 0;
  let last = 0;
  for (let i = 0; i < length; i++) {
    const sign = Math.sign(values[i]! - start - slope * i);
    if (sign === 0) continue;
    if (last !== 0 && sign !== last) crossings++;
    last = sign;
  }
  return crossings / (length - 1);
}
