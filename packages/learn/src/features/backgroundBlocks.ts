import { medianInPlace } from "@magtrace/signal";
import type { Readings, VectorReadings } from "../types.ts";

/** Where a window's surroundings lie, in rows. */
export interface BackgroundConfig {
  /** Rows in a block; blocks are counted from the start of a track, so that they never depend on chunking. */
  blockRows: number;
  /** Rows to either side of the window that count as near and as far surroundings. */
  nearRows: number;
  farRows: number;
}

/** Medians over the surroundings of one window, nT. Without surroundings: those of the window itself. */
export interface BackgroundLevels {
  near: Float64Array;
  far: Float64Array;
  /** Median over the far blocks of the blocks' standard deviation of |b|, nT; NaN without surroundings. */
  farSpread: number;
}

/** Block statistics over a stretch of a track. */
export interface BackgroundBlocks {
  firstBlock: number;
  count: number;
  /** Medians of x, y, z, b and the standard deviation of b in each block, shape (5, count); NaN when empty. */
  statistics: Float64Array;
}

const CHANNELS = 4;
const SPREAD = 4;

/**
 * Takes the medians of whole blocks, which is what the background of a window is made of.
 *
 * @param readings Rows from `firstRow` on; rows are counted from the start of the track.
 * @param trackRows Rows in the track. A last block that is not full is left out, unless it is the only one.
 * Blocks of which over half is missing are NaN. Cost O(rows).
 */
export function summarizeBlocks(
  readings: Readings,
  firstRow: number,
  rows: number,
  trackRows: number,
  blockRows: number,
): BackgroundBlocks {
  const firstBlock = Math.ceil(firstRow / blockRows);
  const full = Math.floor((firstRow + rows) / blockRows);
  const onlyPartial = trackRows < blockRows && firstRow === 0 && rows === trackRows;
  const count = Math.max(0, onlyPartial ? 1 : full - firstBlock);
  const statistics = new Float64Array(5 * count).fill(Number.NaN);
  const buffers = Array.from({ length: CHANNELS }, () => new Float64Array(blockRows));
  const isScalar = "b" in readings;
  const { b_x, b_y, b_z } = isScalar ? alongX(readings.b) : readings;
  const [xs, ys, zs, bs] = buffers as [Float64Array, Float64Array, Float64Array, Float64Array];
  for (let block = 0; block < count; block++) {
    const offset = (firstBlock + block) * blockRows - firstRow;
    const length = Math.min(blockRows, rows - offset);
    let kept = 0;
    let sum = 0;
    for (let i = offset; i < offset + length; i++) {
      const x = b_x[i]!;
      const y = b_y[i]!;
      const z = b_z[i]!;
      const b = isScalar ? x : Math.sqrt(x * x + y * y + z * z);
      if (!Number.isFinite(b)) continue;
      xs[kept] = x;
      ys[kept] = y;
      zs[kept] = z;
      bs[kept] = b;
      sum += b;
      kept++;
    }
    if (2 * kept < length || kept === 0) continue;
    let squares = 0;
    for (let i = 0; i < kept; i++) squares += (bs[i]! - sum / kept) ** 2;
    statistics[SPREAD * count + block] = Math.sqrt(squares / kept);
    for (let c = 0; c < CHANNELS; c++) statistics[c * count + block] = medianInPlace(buffers[c]!, kept);
  }
  return { firstBlock, count, statistics };
}

/** The total field as a vector along x. */
function alongX(b: Float64Array): VectorReadings {
  const none = new Float64Array(b.length);
  return { b_x: b, b_y: none, b_z: none };
}

export function createBackgroundLevels(): BackgroundLevels {
  return { near: new Float64Array(CHANNELS), far: new Float64Array(CHANNELS), farSpread: Number.NaN };
}

/**
 * Medians over the blocks around a window, leaving out those that touch it.
 *
 * @param start First row of the window, counted from the start of the track.
 * @param into Overwritten; NaN where there are no surroundings.
 * @param spare Scratch of at least blocks.count values. Cost O(blocks within reach).
 */
export function levelsAround(
  blocks: BackgroundBlocks,
  config: BackgroundConfig,
  start: number,
  length: number,
  into: BackgroundLevels,
  spare: Float64Array,
): void {
  const { count, firstBlock, statistics } = blocks;
  const { blockRows } = config;
  for (const [reach, levels] of [
    [config.nearRows, into.near],
    [config.farRows, into.far],
  ] as const) {
    const from = Math.max(0, Math.ceil((start - reach) / blockRows) - firstBlock);
    const to = Math.min(count, Math.floor((start + length + reach) / blockRows) - firstBlock);
    const skipFrom = Math.floor(start / blockRows) - firstBlock;
    const skipTo = Math.ceil((start + length) / blockRows) - firstBlock;
    for (let c = 0; c <= CHANNELS; c++) {
      if (c === SPREAD && levels === into.near) break;
      let kept = 0;
      for (let block = from; block < to; block++) {
        if (block >= skipFrom && block < skipTo) continue;
        const value = statistics[c * count + block]!;
        if (!Number.isNaN(value)) spare[kept++] = value;
      }
      const middle = medianInPlace(spare, kept);
      if (c === SPREAD) into.farSpread = middle;
      else levels[c] = middle;
    }
  }
}
