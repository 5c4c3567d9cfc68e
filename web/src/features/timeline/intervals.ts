import type { RowRange, Viewport } from "./viewport.ts";

/** Something drawn over the readings from row `start` to row `end`, both inclusive: a label, a prediction. */
export interface ChartInterval extends RowRange {
  readonly key: string;
  readonly color: string;
  readonly text: string;
  /** Drawn fainter and hatched: not (or no longer) a fact. */
  readonly faint?: boolean;
}

/** Intervals that never overlap, by start: so their ends ascend too. */
export type Lane = readonly ChartInterval[];

export const MOST_LANES = 5;

/**
 * Puts each interval into the first lane where it overlaps nothing. What fits in none goes on a last lane beside the
 * others, where intervals may overlap; lanes stay few because the readings need the room.
 *
 * Cost O(n log n + n × lanes).
 */
export function packLanes(intervals: readonly ChartInterval[]): { lanes: Lane[]; crowded: Lane } {
  const sorted = [...intervals].sort((a, b) => a.start - b.start || b.end - a.end);
  const lanes: ChartInterval[][] = [];
  const crowded: ChartInterval[] = [];
  for (const interval of sorted) {
    const free = lanes.find((lane) => (lane.at(-1)?.end ?? -1) < interval.start);
    if (free !== undefined) free.push(interval);
    else if (lanes.length < MOST_LANES) lanes.push([interval]);
    else crowded.push(interval);
  }
  return { lanes, crowded };
}

/** First interval of a lane that ends at or after `x`. Cost O(log n). */
function firstEndingFrom(lane: Lane, x: number): number {
  let low = 0;
  let high = lane.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((lane[middle] as ChartInterval).end + 0.5 < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Intervals of a lane that a view touches. Cost O(log n + found). */
export function visibleIn(lane: Lane, view: Viewport): Lane {
  const first = firstEndingFrom(lane, view.start);
  let last = first;
  while (last < lane.length && (lane[last] as ChartInterval).start - 0.5 <= view.end) last += 1;
  return lane.slice(first, last);
}

/**
 * The interval of a lane nearest to `x`, if it is no further away than `reach` (both in rows): an interval narrower
 * than a pixel can still be clicked. Cost O(log n).
 */
export function hitInLane(lane: Lane, x: number, reach: number): ChartInterval | null {
  const at = firstEndingFrom(lane, x);
  let best: ChartInterval | null = null;
  let distance = reach;
  for (const candidate of [lane[at - 1], lane[at]]) {
    if (candidate === undefined) continue;
    const away = Math.max(candidate.start - 0.5 - x, x - candidate.end - 0.5, 0);
    if (away <= distance) {
      best = candidate;
      distance = away;
    }
  }
  return best;
}

/** Of all intervals over `x` the shortest: a long one can be clicked beside the short one, not the other way round. */
export function hitInPlot(lanes: readonly Lane[], crowded: Lane, x: number): ChartInterval | null {
  let best: ChartInterval | null = null;
  const consider = (candidate: ChartInterval | null) => {
    if (candidate === null || x < candidate.start - 0.5 || x > candidate.end + 0.5) return;
    if (best === null || candidate.end - candidate.start < best.end - best.start) best = candidate;
  };
  for (const lane of lanes) consider(hitInLane(lane, x, 0));
  for (const interval of crowded) consider(interval);
  return best;
}

export type Edge = "start" | "end";

/** Which edge of an interval lies within `reach` rows of `x`; the nearer one where both do. */
export function edgeAt(interval: RowRange, x: number, reach: number): Edge | null {
  const toStart = Math.abs(x - (interval.start - 0.5));
  const toEnd = Math.abs(x - (interval.end + 0.5));
  if (Math.min(toStart, toEnd) > reach) return null;
  return toStart < toEnd ? "start" : "end";
}

/** The interval after an edge has been dragged to a row: never less than one row, never past its other edge. */
export function moveEdge(interval: RowRange, edge: Edge, row: number): RowRange {
  return edge === "start"
    ? { start: Math.min(row, interval.end), end: interval.end }
    : { start: interval.start, end: Math.max(row, interval.start) };
}
