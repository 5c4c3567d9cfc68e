import type { ClassName, PredictedInterval } from "../types.ts";

export interface IntervalMerger {
  /**
   * Takes the next step of a track: rows startRow … endRow, both inclusive, directly after the step before, with the
   * position of its class (−1 in a gap) and its probabilities from `at` on.
   */
  push(startRow: number, endRow: number, best: number, probabilities: Float64Array, at: number): void;
  /** The intervals of the track, in order. The merger is empty afterwards. */
  finish(): PredictedInterval[];
}

interface Run extends PredictedInterval {
  steps: number;
}

/**
 * Joins steps of the same class into intervals; background and gaps become none.
 *
 * Two intervals of a category at most half a window apart, with nothing between, are one. An interval shorter than
 * half a window is noise: no label so short could have made a window its own.
 */
export function createIntervalMerger(classes: readonly ClassName[], windowRows: number): IntervalMerger {
  const fewestRows = windowRows / 2;
  const bridgeRows = windowRows / 2;
  let runs: Run[] = [];
  let open = false;

  function push(
    startRow: number,
    endRow: number,
    best: number,
    probabilities: Float64Array,
    at: number,
  ): void {
    const category = best < 0 ? null : classes[best]!;
    if (category === null) {
      open = false;
      return;
    }
    const confidence = probabilities[at + best]!;
    let runnerUp = 0;
    for (let c = 0; c < classes.length; c++) {
      if (c !== best && probabilities[at + c]! > runnerUp) runnerUp = probabilities[at + c]!;
    }
    const margin = confidence - runnerUp; // below 0 where the steps around overruled this one
    const last = runs.at(-1);
    const step = { startIndex: startRow, endIndex: endRow, category, confidence, margin, steps: 1 };
    if (open && last !== undefined && last.category === category) runs[runs.length - 1] = joined(last, step);
    else runs.push(step);
    open = true;
  }

  function finish(): PredictedInterval[] {
    let kept = bridge(runs, bridgeRows);
    kept = kept.filter((run) => run.endIndex - run.startIndex + 1 >= fewestRows);
    kept = bridge(kept, bridgeRows);
    runs = [];
    open = false;
    return kept.map(({ startIndex, endIndex, category, confidence, margin }) => {
      return { startIndex, endIndex, category, confidence, margin: Math.max(0, margin) };
    });
  }

  return { push, finish };
}

function bridge(runs: readonly Run[], bridgeRows: number): Run[] {
  const result: Run[] = [];
  for (const run of runs) {
    const last = result.at(-1);
    if (last?.category === run.category && run.startIndex - last.endIndex - 1 <= bridgeRows) {
      result[result.length - 1] = joined(last, run);
    } else result.push(run);
  }
  return result;
}

function joined(a: Run, b: Run): Run {
  const steps = a.steps + b.steps;
  return {
    startIndex: a.startIndex,
    endIndex: b.endIndex,
    category: a.category,
    confidence: (a.confidence * a.steps + b.confidence * b.steps) / steps,
    margin: (a.margin * a.steps + b.margin * b.steps) / steps,
    steps,
  };
}
