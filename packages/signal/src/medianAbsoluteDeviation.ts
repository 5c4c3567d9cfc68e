import { median } from "./median.ts";

/**
 * Median distance from the median: a spread that outliers do not move. Unscaled: times 1.4826 it estimates the
 * standard deviation of normal noise.
 *
 * @param values Shape (n), unchanged; NaN is left out.
 * @returns Same unit as the values; NaN when no value is left. Cost O(n). Source: Hampel (1974).
 */
export function medianAbsoluteDeviation(values: ArrayLike<number>): number {
  const centre = median(values);
  return median(Float64Array.from(values, (value) => Math.abs(value - centre)));
}
