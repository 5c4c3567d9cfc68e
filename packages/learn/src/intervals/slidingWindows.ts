import type { Track } from "../types.ts";
import { type Windowing, windowingFor } from "../windows/chooseWindowing.ts";

/** Windows slid over a track in steps, and the rows each one speaks for. */
export interface SlidingWindows {
  count: number;
  length: number;
  stepRows: number;
  startOf(window: number): number;
  /** Rows the window's middle step covers, both inclusive; the first and last reach to the ends of the track. */
  stepOf(window: number): { startRow: number; endRow: number };
}

/** Lays windows on a track at `stepRows` from one to the next. There is at least one. Cost O(1). */
export function slidingWindows(track: Track, windowing: Windowing): SlidingWindows {
  const { lengthRows: length, stepRows } = windowingFor(track, windowing);
  const rows = track.endIndex - track.startIndex + 1;
  const count = Math.floor((rows - length) / stepRows) + 1;
  const lead = Math.floor((length - stepRows) / 2);
  return {
    count,
    length,
    stepRows,
    startOf: (window) => track.startIndex + window * stepRows,
    stepOf(window) {
      const startRow = track.startIndex + window * stepRows + lead;
      return {
        startRow: window === 0 ? track.startIndex : startRow,
        endRow: window === count - 1 ? track.endIndex : startRow + stepRows - 1,
      };
    },
  };
}
