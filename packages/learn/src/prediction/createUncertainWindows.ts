import type { WindowSummary } from "./windowSummary.ts";

export interface UncertainWindows {
  /** Takes the summary of a window that begins at row `start` and has `length` rows. */
  offer(summary: WindowSummary, start: number, length: number): void;
  /** The least certain first. Each spans its whole window. */
  finish(): WindowSummary[];
}

/**
 * Keeps the windows with the smallest margins, at most one in each window's length of rows, so that a reviewer is not
 * offered the same place many times. Memory: four times `most`.
 */
export function createUncertainWindows(most: number): UncertainWindows {
  let kept: WindowSummary[] = [];
  let best: WindowSummary | null = null;
  let stretch = "";

  function close(): void {
    if (best !== null) kept.push(best);
    best = null;
    if (kept.length > 4 * most) kept = leastCertain();
  }

  function leastCertain(): WindowSummary[] {
    return kept.sort((a, b) => a.margin - b.margin || a.startIndex - b.startIndex).slice(0, most);
  }

  return {
    offer(summary, start, length) {
      const own = `${length}/${Math.floor(start / length)}`;
      if (own !== stretch) close();
      stretch = own;
      if (best === null || summary.margin < best.margin) {
        best = { ...summary, startIndex: start, endIndex: start + length - 1 };
      }
    },
    finish() {
      close();
      return leastCertain();
    },
  };
}
