import type { PredictedInterval } from "@magtrace/contracts";

export type ReviewSort = "certain" | "uncertain" | "row";

/** Intervals in the order they are looked at. Ties go by row, so that the order never jumps. */
export function sortIntervals(
  intervals: readonly PredictedInterval[],
  sort: ReviewSort,
): PredictedInterval[] {
  const sign = sort === "certain" ? -1 : 1;
  return [...intervals].sort(
    (a, b) =>
      (sort === "row" ? 0 : sign * (a.confidence - b.confidence)) ||
      a.start_index - b.start_index ||
      a.index - b.index,
  );
}

/** The undecided interval after the one with `index`, going round once; null when all are decided. */
export function nextPending(
  ordered: readonly PredictedInterval[],
  index: number | null,
): PredictedInterval | null {
  const at = ordered.findIndex((interval) => interval.index === index);
  for (let step = 1; step <= ordered.length; step += 1) {
    const candidate = ordered[(at + step + ordered.length) % ordered.length];
    if (candidate?.review === "pending" && candidate.index !== index) return candidate;
  }
  return null;
}

/** The interval `step` places further down the list, stopping at its ends. */
export function neighbour(
  ordered: readonly PredictedInterval[],
  index: number | null,
  step: number,
): PredictedInterval | null {
  const at = ordered.findIndex((interval) => interval.index === index);
  if (at < 0) return ordered[0] ?? null;
  return ordered[Math.min(Math.max(at + step, 0), ordered.length - 1)] ?? null;
}

export function pendingCount(intervals: readonly PredictedInterval[], leastConfidence = 0): number {
  return intervals.filter(({ review, confidence }) => review === "pending" && confidence >= leastConfidence)
    .length;
}

/** Those known, with what has changed of them in its place. */
export function mergeIntervals(
  known: readonly PredictedInterval[],
  changed: readonly PredictedInterval[],
): PredictedInterval[] {
  const byIndex = new Map(changed.map((interval) => [interval.index, interval]));
  return known.map((interval) => byIndex.get(interval.index) ?? interval);
}
