import type { Example } from "../windows/planWindows.ts";

/**
 * Examples to train on while fold `fold` is held back: those of the other folds that share no row with any held-back
 * example of the same recording.
 *
 * @param foldOf Fold each example is held back in, −1 for never, shape (examples).
 * @returns Positions of the examples, ascending. Cost O(n log n). Source: purging as in López de Prado, "Advances in
 * financial machine learning" (2018), §7.4.1.
 */
export function purgedTrainingRows(
  examples: readonly Example[],
  foldOf: Int8Array,
  fold: number,
): Uint32Array {
  const held = examples.flatMap((example, i) => (foldOf[i] === fold ? [example] : []));
  held.sort((a, b) => a.source - b.source || a.start - b.start);
  const furthest = new Float64Array(held.length);
  for (const [i, { source, start, length }] of held.entries()) {
    const before = i > 0 && held[i - 1]!.source === source ? furthest[i - 1]! : Number.NEGATIVE_INFINITY;
    furthest[i] = Math.max(before, start + length - 1);
  }
  const kept: number[] = [];
  for (const [i, example] of examples.entries()) {
    if (foldOf[i] === fold) continue;
    // The last held-back example that starts no later than this one ends: it, or one before it, reaches furthest.
    let low = 0;
    let high = held.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = held[middle]!;
      const isBefore =
        other.source < example.source ||
        (other.source === example.source && other.start <= example.start + example.length - 1);
      if (isBefore) low = middle + 1;
      else high = middle;
    }
    const last = low - 1;
    const overlaps = last >= 0 && held[last]!.source === example.source && furthest[last]! >= example.start;
    if (!overlaps) kept.push(i);
  }
  return Uint32Array.from(kept);
}
