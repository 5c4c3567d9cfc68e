import { selectInPlace } from "./selectInPlace.ts";

/**
 * Median of values[0 … end−1], reordering them: for hot loops that own their buffer.
 *
 * @param values No NaN among the first `end`.
 * @returns NaN when end is 0; the mean of the two middle values for an even count. Cost O(end).
 */
export function medianInPlace(values: Float64Array, end = values.length): number {
  if (end === 0) return Number.NaN;
  const middle = end >> 1;
  const upper = selectInPlace(values, middle, end);
  if (end % 2 === 1) return upper;
  let lower = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < middle; i++) if (values[i]! > lower) lower = values[i]!;
  return lower + (upper - lower) / 2;
}
