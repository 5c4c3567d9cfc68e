import type { Windowing } from "../windows/chooseWindowing.ts";

/** Steps to either side that vote on a step, when probabilities are averaged over `smoothing` windows. */
export function smoothingReach(smoothing: number, { lengthRows, stepRows }: Windowing): number {
  return Math.round((smoothing * lengthRows) / stepRows / 2);
}

/**
 * Averages each step's class probabilities with those of the steps up to `reach` before and after it. With a reach
 * of half a window this is a vote of all windows that cover the step. Steps that are NaN (gaps) stay NaN and
 * have no vote.
 *
 * @param probabilities Shape (steps, classes).
 * @returns Newly allocated, same shape. Cost O(steps × classes × reach).
 */
export function smoothProbabilities(
  probabilities: Float64Array,
  classes: number,
  reach: number,
): Float64Array {
  const steps = probabilities.length / classes;
  const smoothed = new Float64Array(probabilities.length).fill(Number.NaN);
  for (let step = 0; step < steps; step++) {
    if (Number.isNaN(probabilities[step * classes]!)) continue;
    const from = Math.max(0, step - reach);
    const to = Math.min(steps - 1, step + reach);
    const at = step * classes;
    smoothed.fill(0, at, at + classes);
    let votes = 0;
    for (let other = from; other <= to; other++) {
      if (Number.isNaN(probabilities[other * classes]!)) continue;
      for (let c = 0; c < classes; c++) smoothed[at + c]! += probabilities[other * classes + c]!;
      votes++;
    }
    for (let c = 0; c < classes; c++) smoothed[at + c]! /= votes;
  }
  return smoothed;
}
