import type { Recording, Track } from "../types.ts";
import { type Windowing, windowingFor } from "../windows/chooseWindowing.ts";
import type { WorkBudget } from "../workBudget.ts";
import { createBackgroundLevels, levelsAround, summarizeBlocks } from "./backgroundBlocks.ts";
import type { FeatureExtractor } from "./createFeatureExtractor.ts";

/** Rows read at once besides a chunk's surroundings. */
const CHUNK_ROWS = 131_072;
/** Features of a window, and what each of its rows adds. */
export const WINDOW_NS = 10_000;
export const WINDOW_ROW_NS = 400;
/** Background of a row. */
const BLOCK_ROW_NS = 70;

export interface WindowExtraction {
  recording: Recording;
  track: Track;
  windowing: Windowing;
  extractor: FeatureExtractor;
  /** First rows of the windows, ascending, all windows inside the track. */
  starts: ArrayLike<number>;
  /** Room for the features of all windows, shape (starts, features), from row `at` on. */
  out: Float32Array;
  at: number;
  /** Set to 1 for each window that has features, 0 for one lost to a gap, from row `at` on. */
  usable: Uint8Array;
  /** Yields between windows when it says so. */
  work: WorkBudget;
  signal?: AbortSignal;
}

/**
 * Computes the features of windows of one track, each against its surroundings, reading the track piece by piece.
 * What a window gets does not depend on the pieces. Memory: one piece and its surroundings.
 */
export async function extractWindows(extraction: WindowExtraction): Promise<void> {
  const { recording, track, windowing, extractor, starts, out, at, usable, work, signal } = extraction;
  const own = windowingFor(track, windowing);
  const length = own.lengthRows;
  const trackRows = track.endIndex - track.startIndex + 1;
  const reach = Math.max(own.nearRows, own.farRows) + own.blockRows;
  const levels = createBackgroundLevels();
  const features = extractor.names.length;

  for (let first = 0; first < starts.length; ) {
    signal?.throwIfAborted();
    let end = first + 1;
    while (end < starts.length && starts[end]! + length - starts[first]! <= CHUNK_ROWS) {
      // Far apart, what lies between need not be read.
      if (starts[end]! - starts[end - 1]! > 2 * reach + length) break;
      end++;
    }
    const from = Math.max(track.startIndex, starts[first]! - reach);
    const to = Math.min(track.endIndex, starts[end - 1]! + length - 1 + reach);
    const readings = await recording.read(from, to);
    const relative = from - track.startIndex;
    if (work.spend(BLOCK_ROW_NS * (to - from + 1))) await work.yield();
    const blocks = summarizeBlocks(readings, relative, to - from + 1, trackRows, own.blockRows);
    const spare = new Float64Array(blocks.count);
    for (let i = first; i < end; i++) {
      if (work.spend(WINDOW_NS + WINDOW_ROW_NS * length)) {
        await work.yield();
        signal?.throwIfAborted();
      }
      const start = starts[i]!;
      levelsAround(blocks, own, start - track.startIndex, length, levels, spare);
      const row = at + i;
      const isUsable = extractor.extract(
        readings,
        start - from,
        length,
        track.sampleRateHz,
        levels,
        out,
        row * features,
      );
      usable[row] = isUsable ? 1 : 0;
    }
    first = end;
  }
}
