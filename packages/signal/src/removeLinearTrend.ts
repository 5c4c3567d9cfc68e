import { linearTrend } from "./linearTrend.ts";

/**
 * Subtracts the least-squares line from evenly spaced samples.
 *
 * @param values E.g. field magnitude in nT, shape (n), n ≥ 2. NaN propagates.
 * @returns Residual, same unit, shape (n), newly allocated.
 * @throws {RangeError} n < 2.
 * Cost O(n). Source: Press et al., Numerical Recipes §15.2, equal weights.
 */
export function removeLinearTrend(values: Float64Array): Float64Array {
  const { slope, intercept } = linearTrend(values);
  return values.map((value, i) => value - intercept - slope * i);
}
