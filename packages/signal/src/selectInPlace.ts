/**
 * Finds the k-th smallest value by partly sorting the array: afterwards values[0 … k−1] ≤ values[k] ≤ the rest.
 *
 * @param values Shape (≥ end), no NaN (its place would be undefined).
 * @param k 0-based rank, 0 ≤ k < end.
 * @param end Only values[0 … end−1] are looked at; all of them by default.
 * @throws {RangeError} k outside the range.
 * Cost O(end) on average. Source: Hoare, "Algorithm 65: Find" (1961), median of three as pivot.
 */
export function selectInPlace(values: Float64Array, k: number, end = values.length): number {
  if (!(k >= 0 && k < end)) throw new RangeError(`rank ${k} outside 0…${end - 1}`);
  let low = 0;
  let high = end - 1;
  while (low < high) {
    const pivot = medianOfThree(values[low]!, values[(low + high) >> 1]!, values[high]!);
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const swapped = values[i]!;
      values[i++] = values[j]!;
      values[j--] = swapped;
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else break;
  }
  return values[k]!;
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
