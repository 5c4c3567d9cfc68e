import { LEVEL_FACTOR } from "./seriesLayout.ts";

/** min, max, mean and count of one channel, one element a bucket. */
export interface BucketColumns {
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly mean: Float64Array;
  readonly count: Int32Array;
}

/**
 * Folds readings into buckets of eight.
 *
 * @param values Readings, shape (≥ rows). NaN is no value; a bucket without any has NaN, NaN, NaN, 0.
 * @param into Written from bucket `at` on; ⌈rows / 8⌉ buckets.
 * Cost O(rows).
 */
export function foldReadings(values: Float64Array, rows: number, into: BucketColumns, at: number): void {
  for (let start = 0, bucket = at; start < rows; start += LEVEL_FACTOR, bucket++) {
    const end = Math.min(start + LEVEL_FACTOR, rows);
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    let sum = 0;
    let count = 0;
    for (let i = start; i < end; i++) {
      const value = values[i];
      if (Number.isNaN(value)) continue;
      if (value < min) min = value;
      if (value > max) max = value;
      sum += value;
      count++;
    }
    into.min[bucket] = count === 0 ? Number.NaN : min;
    into.max[bucket] = count === 0 ? Number.NaN : max;
    into.mean[bucket] = sum / count;
    into.count[bucket] = count;
  }
}

/** Folds the first `buckets` buckets of a level, eight at a time, into the level above from bucket `at` on. */
export function foldBuckets(from: BucketColumns, buckets: number, into: BucketColumns, at: number): void {
  for (let start = 0, bucket = at; start < buckets; start += LEVEL_FACTOR, bucket++) {
    const end = Math.min(start + LEVEL_FACTOR, buckets);
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    let sum = 0;
    let count = 0;
    for (let i = start; i < end; i++) {
      const weight = from.count[i];
      if (weight === 0) continue;
      if (from.min[i] < min) min = from.min[i];
      if (from.max[i] > max) max = from.max[i];
      sum += from.mean[i] * weight;
      count += weight;
    }
    into.min[bucket] = count === 0 ? Number.NaN : min;
    into.max[bucket] = count === 0 ? Number.NaN : max;
    into.mean[bucket] = sum / count;
    into.count[bucket] = count;
  }
}

/**
 * Largest magnitude of each eight of `steps[0 … n)`, into[at …]. Both directions count: a line drawn far back in time
 * is as wrong as one drawn across a gap.
 */
export function foldSteps(steps: Float64Array, n: number, into: Float64Array, at: number): void {
  for (let start = 0, bucket = at; start < n; start += LEVEL_FACTOR, bucket++) {
    const end = Math.min(start + LEVEL_FACTOR, n);
    let largest = 0;
    for (let i = start; i < end; i++) {
      const size = Math.abs(steps[i]);
      if (size > largest) largest = size;
    }
    into[bucket] = largest;
  }
}
