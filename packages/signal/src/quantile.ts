import { selectInPlace } from "./selectInPlace.ts";

/**
 * Quantile of the values that are not NaN, interpolated linearly between neighbouring ranks.
 *
 * @param values Shape (n), unchanged.
 * @param probability 0…1.
 * @returns NaN when no value is left.
 * @throws {RangeError} probability outside 0…1.
 * Cost O(n). Source: Hyndman & Fan, "Sample quantiles" (1996), definition 7 (NumPy's default).
 */
export function quantile(values: ArrayLike<number>, probability: number): number {
  if (!(probability >= 0 && probability <= 1))
    throw new RangeError(`probability must be 0…1, not ${probability}`);
  const kept = new Float64Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i]!)) kept[count++] = values[i]!;
  if (count === 0) return Number.NaN;
  const rank = probability * (count - 1);
  const below = Math.floor(rank);
  const value = selectInPlace(kept, below, count);
  if (rank === below) return value;
  let above = Number.POSITIVE_INFINITY;
  for (let i = below + 1; i < count; i++) if (kept[i]! < above) above = kept[i]!;
  return value + (rank - below) * (above - value);
}
