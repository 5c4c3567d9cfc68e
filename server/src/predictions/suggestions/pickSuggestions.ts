import type { RowInterval } from "../types.ts";

/**
 * The first `count` of some intervals that touch neither the occupied rows nor each other, in their order.
 * Cost O((n + m) log (n + m)) for n occupied intervals and m that are picked from, plus m × count.
 */
export function pickSuggestions<T extends RowInterval>(
  from: readonly T[],
  occupied: readonly RowInterval[],
  count: number,
): T[] {
  const ranges = merged(occupied);
  const picked: T[] = [];
  for (const candidate of from) {
    if (picked.length >= count) break;
    if (touchesAny(ranges, candidate) || picked.some((other) => touches(other, candidate))) continue;
    picked.push(candidate);
  }
  return picked;
}

function touches(a: RowInterval, b: RowInterval): boolean {
  return a.start_index <= b.end_index && b.start_index <= a.end_index;
}

/** The same rows as ranges in order, none touching another. */
function merged(intervals: readonly RowInterval[]): RowInterval[] {
  const ranges: RowInterval[] = [];
  for (const interval of [...intervals].sort((a, b) => a.start_index - b.start_index)) {
    const last = ranges.at(-1);
    if (!last || interval.start_index > last.end_index) ranges.push(interval);
    else if (interval.end_index > last.end_index) {
      ranges[ranges.length - 1] = { start_index: last.start_index, end_index: interval.end_index };
    }
  }
  return ranges;
}

function touchesAny(ranges: readonly RowInterval[], { start_index, end_index }: RowInterval): boolean {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle]!.end_index < start_index) low = middle + 1;
    else high = middle;
  }
  return low < ranges.length && ranges[low]!.start_index <= end_index;
}
