export interface LinearTrend {
  /** Change from one sample to the next. */
  slope: number;
  /** Value of the line at sample 0. */
  intercept: number;
}

/**
 * Least-squares line through evenly spaced samples.
 *
 * @param values Shape (n), n ≥ 2. NaN propagates.
 * @throws {RangeError} n < 2.
 * Cost O(n). Source: Press et al., Numerical Recipes §15.2, equal weights.
 */
export function linearTrend(values: ArrayLike<number>): LinearTrend {
  const n = values.length;
  if (n < 2) throw new RangeError(`a line needs two samples, not ${n}`);
  const centre = (n - 1) / 2;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += values[i]!;
  mean /= n;
  let product = 0;
  for (let i = 0; i < n; i++) product += (i - centre) * (values[i]! - mean);
  const slope = (12 * product) / (n * (n * n - 1));
  return { slope, intercept: mean - slope * centre };
}
