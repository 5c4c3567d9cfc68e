import { quantile } from "./quantile.ts";

/**
 * Median of the values that are not NaN; the mean of the two middle ones for an even count.
 *
 * @param values Shape (n), unchanged.
 * @returns NaN when no value is left. Cost O(n).
 */
export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}
