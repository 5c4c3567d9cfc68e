/**
 * Counts changes of sign between successive samples. Zeros and NaN have no sign and are passed over, so that
 * +1, 0, −1 is one crossing and +1, 0, +1 none.
 *
 * @param values Shape (n). Cost O(n).
 */
export function countZeroCrossings(values: ArrayLike<number>): number {
  let crossings = 0;
  let last = 0;
  for (let i = 0; i < values.length; i++) {
    const sign = Math.sign(values[i]!);
    if (sign !== 1 && sign !== -1) continue;
    if (last !== 0 && sign !== last) crossings++;
    last = sign;
  }
  return crossings;
}
