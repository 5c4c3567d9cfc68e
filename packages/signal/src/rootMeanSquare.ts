/**
 * Square root of the mean square of the values that are not NaN.
 *
 * @param values Shape (n).
 * @returns Same unit as the values; NaN when no value is left. Cost O(n).
 */
export function rootMeanSquare(values: ArrayLike<number>): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    sum += value * value;
    count++;
  }
  return Math.sqrt(sum / count);
}
