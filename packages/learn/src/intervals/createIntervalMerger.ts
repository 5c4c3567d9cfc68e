import type { ClassName, PredictedInterval } from "../types.ts";

export interface IntervalMerger {
  /**
   * Takes the next step of a track: rows startRow … endRow, both inclusive, directly after the step before.
   * NaN probabilities are a gap.
   */
  push(startRow: number, endRow: number, probabilities: Float64Array, at: number): void;
  /** The intervals of the track, in order. The merger is empty afterwards. */
  finish(): PredictedInterval[];
}

interface Run extends PredictedInterval {
  steps: number;
}

/**
 * Joins steps with the same most probable class into intervals; background and gaps become none.
 *
 * Two intervals of a category at most half a window apart, with nothing between, are one. An interval shorter than
 * half a window is noise: no label so short could have made a window its own.
 */
export function createIntervalMerger(classes: readonly ClassName[], windowRows: number): IntervalMerger {
  const fewestRows = windowRows / 2;
  const bridgeRows = windowRows / 2;
  let runs: Run[] = [];
  let open = false;

  function push(startRow: number, endRow: number, probabilities: Float64Array, at: number): void {
    const { best, margin } = bestClass(probabilities, at, classes.length);
    const category = best < 0 ? null : classes[best]!;
    if (category === null) {
      open = false;
      return;
    }
    const confidence = probabilities[at + best]!;
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
      return { startIndex, endIndex, category, confidence, margin };
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

/**
 * The most probable class (of equals the first) and its distance to the runner-up; −1 for NaN. With one class the
 * runner-up is nothing, and the margin 1.
 */
export function bestClass(
  probabilities: Float64Array,
  at: number,
  classes: number,
): { best: number; margin: number } {
  let best = -1;
  let first = Number.NEGATIVE_INFINITY;
  let second = 0;
  for (let c = 0; c < classes; c++) {
    const p = probabilities[at + c]!;
    if (p > first) {
      if (best >= 0) second = first;
      first = p;
      best = c;
    } else if (p > second) second = p;
  }
  return { best, margin: best < 0 ? 0 : first - second };
}
