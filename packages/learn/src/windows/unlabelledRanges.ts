import type { Label, Track } from "../types.ts";

/** Rows of a track outside every label, as inclusive ranges in order. */
export function unlabelledRanges(track: Track, labels: readonly Label[]): [number, number][] {
  const sorted = labels
    .filter((label) => label.endIndex >= track.startIndex && label.startIndex <= track.endIndex)
    .sort((a, b) => a.startIndex - b.startIndex);
  const ranges: [number, number][] = [];
  let next = track.startIndex;
  for (const label of sorted) {
    if (label.startIndex > next) ranges.push([next, label.startIndex - 1]);
    next = Math.max(next, label.endIndex + 1);
  }
  if (next <= track.endIndex) ranges.push([next, track.endIndex]);
  return ranges;
}
