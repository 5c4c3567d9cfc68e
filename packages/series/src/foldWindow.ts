import type { Piece, Segment, WindowPlan } from "./planWindow.ts";
import type { Cells } from "./seriesFileReader.ts";
import { LEVEL_FACTOR } from "./seriesLayout.ts";
import type { BucketChannel, Track } from "./types.ts";

/** A piece of a segment and its cells: t, step_max (levels only), then the channels' columns. */
export interface ReadPiece extends Piece {
  readonly cells: Cells;
}

export interface FoldedWindow {
  readonly index: Float64Array;
  readonly timeUs: Float64Array;
  readonly gap: Uint8Array;
  readonly channels: readonly BucketChannel[];
}

interface Accumulator {
  readonly index: Float64Array;
  readonly timeUs: Float64Array;
  /** Longest step out of a row of the point. */
  readonly stepMaxUs: Float64Array;
  readonly channels: readonly BucketChannel[];
}

/**
 * Folds pieces into points. Minimum and maximum are those of the rows themselves; the mean is exact but for rounding.
 * Cost O(buckets read × channels).
 */
export function foldWindow(
  plan: WindowPlan,
  pieces: readonly (readonly ReadPiece[])[],
  channels: readonly string[],
  tracks: readonly Track[],
  gapStepUs: number | null,
): FoldedWindow {
  const rowsPerPoint = plan.rowsPerPoint;
  const firstPoints = [0];
  for (const { start, end } of plan.segments) {
    const count = Math.ceil(end / rowsPerPoint) - Math.floor(start / rowsPerPoint);
    firstPoints.push(firstPoints.at(-1)! + count);
  }
  const into = emptyAccumulator(firstPoints.at(-1)!, channels);
  plan.segments.forEach((segment, s) => {
    // Points are numbered from the multiple of rowsPerPoint at or before the segment's start.
    const shift = firstPoints[s] - Math.floor(segment.start / rowsPerPoint);
    foldTimes(segment, pieces[s], rowsPerPoint, shift, tracks, into);
    for (const piece of pieces[s]) {
      channels.forEach((_, c) => {
        if (piece.level === 0) foldRows(piece, c, rowsPerPoint, shift, into.channels[c]);
        else foldBucketsOf(piece, c, rowsPerPoint, shift, into.channels[c]);
      });
    }
  });
  for (const channel of into.channels) finishChannel(channel);
  const limit = gapStepUs ?? Number.MAX_VALUE;
  const gap = new Uint8Array(into.index.length);
  for (let p = 1; p < gap.length; p++) gap[p] = into.stepMaxUs[p - 1] > limit ? 1 : 0;
  for (const first of firstPoints.slice(0, -1)) gap[first] = 1;
  return { index: into.index, timeUs: into.timeUs, gap, channels: into.channels };
}

function emptyAccumulator(points: number, channels: readonly string[]): Accumulator {
  return {
    index: new Float64Array(points).fill(-1),
    timeUs: new Float64Array(points),
    stepMaxUs: new Float64Array(points),
    channels: channels.map((name) => ({
      name,
      min: new Float64Array(points).fill(Number.POSITIVE_INFINITY),
      max: new Float64Array(points).fill(Number.NEGATIVE_INFINITY),
      mean: new Float64Array(points),
      count: new Int32Array(points),
    })),
  };
}

function foldTimes(
  segment: Segment,
  pieces: readonly ReadPiece[],
  rowsPerPoint: number,
  shift: number,
  tracks: readonly Track[],
  into: Accumulator,
): void {
  const trackStarts = new Set(tracks.map((track) => track.startIndex));
  pieces.forEach((piece, k) => {
    const size = LEVEL_FACTOR ** piece.level;
    const time = piece.cells[0];
    const nextTime = pieces[k + 1]?.cells[0][0] ?? Number.NaN;
    for (let i = 0; i < piece.count; i++) {
      const row = (piece.start + i) * size;
      const point = Math.floor(row / rowsPerPoint) + shift;
      if (into.index[point] < 0) {
        into.index[point] = row;
        into.timeUs[point] = time[i];
      }
      let step = piece.level === 0 ? 0 : piece.cells[1][i];
      if (piece.level === 0 && row + 1 < segment.end) {
        const next = i + 1 < piece.count ? time[i + 1] : nextTime;
        step = trackStarts.has(row + 1) ? Number.POSITIVE_INFINITY : Math.abs(next - time[i]);
      }
      if (step > into.stepMaxUs[point]) into.stepMaxUs[point] = step;
    }
  });
}

/** While folding, `mean` holds the sum. */
function foldRows(
  piece: ReadPiece,
  channel: number,
  rowsPerPoint: number,
  shift: number,
  into: BucketChannel,
): void {
  const values = piece.cells[1 + channel];
  for (let i = 0; i < piece.count; i++) {
    const value = values[i];
    if (Number.isNaN(value)) continue;
    const point = Math.floor((piece.start + i) / rowsPerPoint) + shift;
    if (value < into.min[point]) into.min[point] = value;
    if (value > into.max[point]) into.max[point] = value;
    into.mean[point] += value;
    into.count[point]++;
  }
}

function foldBucketsOf(
  piece: ReadPiece,
  channel: number,
  rowsPerPoint: number,
  shift: number,
  into: BucketChannel,
): void {
  const [min, max, mean, count] = piece.cells.slice(2 + 4 * channel);
  const bucketsPerPoint = rowsPerPoint / LEVEL_FACTOR ** piece.level;
  for (let i = 0; i < piece.count; ) {
    const multiple = Math.floor((piece.start + i) / bucketsPerPoint);
    const point = multiple + shift;
    const end = Math.min((multiple + 1) * bucketsPerPoint - piece.start, piece.count);
    let least = into.min[point];
    let most = into.max[point];
    let sum = 0;
    let values = 0;
    for (; i < end; i++) {
      const weight = count[i];
      if (weight === 0) continue;
      if (min[i] < least) least = min[i];
      if (max[i] > most) most = max[i];
      sum += mean[i] * weight;
      values += weight;
    }
    into.min[point] = least;
    into.max[point] = most;
    into.mean[point] += sum;
    into.count[point] += values;
  }
}

function finishChannel(channel: BucketChannel): void {
  for (let p = 0; p < channel.count.length; p++) {
    channel.mean[p] /= channel.count[p];
    if (channel.count[p] > 0) continue;
    channel.min[p] = Number.NaN;
    channel.max[p] = Number.NaN;
  }
}
