import { LEVEL_FACTOR } from "./seriesLayout.ts";
import type { Track } from "./types.ts";

/** Buckets [start, start + count) of a level; at level 0, rows. */
export interface Piece {
  readonly level: number;
  readonly start: number;
  readonly count: number;
}

/** Rows [start, end) that are drawn as a line of their own. */
export interface Segment {
  readonly start: number;
  readonly end: number;
}

export interface WindowPlan {
  readonly level: number;
  /** Points begin at the segments' starts and at multiples of this row count: panning moves no point. */
  readonly rowsPerPoint: number;
  readonly segments: readonly Segment[];
}

/** With more tracks than this in view their borders are under a pixel apart, and points may straddle them. */
const MAX_SEGMENTS = 16;

function pointsOf({ start, end }: Segment, rowsPerPoint: number): number {
  return Math.ceil(end / rowsPerPoint) - Math.floor(start / rowsPerPoint);
}

function segmentsOf(start: number, end: number, points: number, tracks: readonly Track[]): Segment[] {
  const segments: Segment[] = [];
  for (const track of tracks) {
    if (track.endIndex <= start || track.startIndex >= end) continue;
    segments.push({ start: Math.max(start, track.startIndex), end: Math.min(end, track.endIndex) });
    if (segments.length > MAX_SEGMENTS || segments.length * 4 > points) return [{ start, end }];
  }
  return segments;
}

/**
 * Buckets folded into a point at most, below the top level. Five to seven would give up to 1.6 times as many points as
 * one bucket of the next level, for seven times the reading: those windows were the slowest percent.
 */
const MAX_BUCKETS_PER_POINT = 4;

/**
 * Chooses the finest level and the fewest of its buckets a point that give at most `points` points for rows
 * [start, end), start < end; between half of `points` and all of it, but for what alignment costs.
 */
export function planWindow(
  range: Segment,
  points: number,
  topLevel: number,
  tracks: readonly Track[],
): WindowPlan {
  const segments = segmentsOf(range.start, range.end, points, tracks);
  const fits = (rows: number): boolean =>
    segments.reduce((sum, segment) => sum + pointsOf(segment, rows), 0) <= points;
  for (let level = 0; level < topLevel; level++) {
    for (let buckets = 1; buckets <= MAX_BUCKETS_PER_POINT; buckets++) {
      const rowsPerPoint = buckets * LEVEL_FACTOR ** level;
      if (fits(rowsPerPoint)) return { level, rowsPerPoint, segments };
    }
  }
  let buckets = 1;
  // Steps of an eighth keep this short; a window that wants so few points does not mind.
  while (!fits(buckets * LEVEL_FACTOR ** topLevel)) buckets += Math.ceil(buckets / LEVEL_FACTOR);
  return { level: topLevel, rowsPerPoint: buckets * LEVEL_FACTOR ** topLevel, segments };
}

/**
 * Covers rows [start, end) exactly, in order, by whole buckets of `level` in the middle and ever finer ones towards
 * both ends. At most 2 × level + 1 pieces, all but the middle one of fewer than 2 × 8 buckets.
 */
export function coverRows(start: number, end: number, level: number): Piece[] {
  if (start >= end) return [];
  if (level === 0) return [{ level, start, count: end - start }];
  const size = LEVEL_FACTOR ** level;
  const first = Math.ceil(start / size);
  const last = Math.floor(end / size);
  if (first > last) return coverRows(start, end, level - 1);
  const middle: Piece[] = first === last ? [] : [{ level, start: first, count: last - first }];
  return [...coverRows(start, first * size, level - 1), ...middle, ...coverRows(last * size, end, level - 1)];
}
