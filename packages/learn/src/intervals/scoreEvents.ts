import type { EventScore, RowRange } from "../types.ts";

interface Event extends RowRange {
  category: string;
}

/**
 * Compares predicted intervals with true ones. A predicted interval and a true one of the same category match when
 * their intersection over union is at least `iou`; the best matches are taken first and each interval matches at
 * most once. Precision and recall of nothing are 0.
 *
 * @throws {RangeError} iou outside 0…1 (0 excluded).
 * Cost O(n log n + overlaps). Source: matching as in Everingham et al., "The Pascal visual object classes
 * challenge" (2010), §4.4, in one dimension.
 */
export function scoreEvents(predicted: readonly Event[], truth: readonly Event[], iou = 0.5): EventScore {
  if (!(iou > 0 && iou <= 1)) throw new RangeError(`iou must be above 0 and at most 1, not ${iou}`);
  const categories = [...new Set([...truth, ...predicted].map((event) => event.category))].sort();
  const per_category = categories.map((category) => {
    const own = predicted.filter((event) => event.category === category);
    const wanted = truth.filter((event) => event.category === category);
    return { category, ...rates(countMatches(own, wanted, iou), own.length, wanted.length) };
  });
  const matched = per_category.reduce((sum, score) => sum + score.n_matched, 0);
  return { iou, ...rates(matched, predicted.length, truth.length), per_category };
}

function countMatches(predicted: readonly Event[], truth: readonly Event[], iou: number): number {
  const byStart = [...predicted].sort((a, b) => a.startIndex - b.startIndex || a.endIndex - b.endIndex);
  const longest = byStart.reduce((most, event) => Math.max(most, event.endIndex - event.startIndex), 0);
  const pairs: { t: number; p: number; overlap: number }[] = [];
  for (const [t, { startIndex, endIndex }] of truth.entries()) {
    for (let p = firstFrom(byStart, startIndex - longest); p < byStart.length; p++) {
      const event = byStart[p]!;
      if (event.startIndex > endIndex) break;
      const both = Math.min(endIndex, event.endIndex) - Math.max(startIndex, event.startIndex) + 1;
      if (both <= 0) continue;
      const overlap = both / (endIndex - startIndex + 1 + (event.endIndex - event.startIndex + 1) - both);
      if (overlap >= iou) pairs.push({ t, p, overlap });
    }
  }
  pairs.sort((a, b) => b.overlap - a.overlap || a.t - b.t || a.p - b.p);
  const takenTruth = new Set<number>();
  const takenPredicted = new Set<number>();
  for (const { t, p } of pairs) {
    if (takenTruth.has(t) || takenPredicted.has(p)) continue;
    takenTruth.add(t);
    takenPredicted.add(p);
  }
  return takenTruth.size;
}

/** Position of the first event that starts at or after a row. */
function firstFrom(byStart: readonly Event[], row: number): number {
  let low = 0;
  let high = byStart.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (byStart[middle]!.startIndex < row) low = middle + 1;
    else high = middle;
  }
  return low;
}

function rates(n_matched: number, n_predicted: number, n_truth: number) {
  const precision = n_predicted > 0 ? n_matched / n_predicted : 0;
  const recall = n_truth > 0 ? n_matched / n_truth : 0;
  const f1 = n_predicted + n_truth > 0 ? (2 * n_matched) / (n_predicted + n_truth) : 0;
  return { precision, recall, f1, n_truth, n_predicted, n_matched };
}
