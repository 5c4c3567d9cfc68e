import { predictInStretches } from "../forest/predictInStretches.ts";
import { bestClass } from "../intervals/bestClass.ts";
import type { Tree } from "../types.ts";
import type { WorkBudget } from "../workBudget.ts";
import type { EventSteps } from "./eventSteps.ts";

/** Lets the forest of a fold answer for the steps that belong to it. */
export async function predictSteps(
  steps: EventSteps,
  fold: number,
  trees: readonly Tree[],
  features: number,
  classes: number,
  into: Float64Array,
  work: WorkBudget,
): Promise<void> {
  const rows = Uint32Array.from([...steps.foldOf.keys()].filter((step) => steps.foldOf[step] === fold));
  const probabilities = await predictInStretches(trees, steps.matrix, features, classes, rows, work);
  for (const [k, step] of rows.entries()) {
    into.set(probabilities.subarray(k * classes, (k + 1) * classes), step * classes);
  }
}

/**
 * Share of the rows whose largest sum is that of their class.
 *
 * @param sums Leaf sums of the rows, shape (rows, classes).
 */
export function accuracyOf(
  sums: Float64Array,
  rows: readonly number[],
  labels: Uint8Array,
  classes: number,
): number {
  let hits = 0;
  for (const [k, i] of rows.entries()) if (bestClass(sums, k * classes, classes).best === labels[i]) hits++;
  return hits / rows.length;
}

/** The same over all examples that already have an out-of-fold answer; null when none has. */
export function outOfFoldAccuracy(
  outOfFold: Float64Array,
  labels: Uint8Array,
  classes: number,
): number | null {
  let hits = 0;
  let n = 0;
  for (let i = 0; i < labels.length; i++) {
    const { best } = bestClass(outOfFold, i * classes, classes);
    if (best < 0) continue;
    n++;
    if (best === labels[i]) hits++;
  }
  return n === 0 ? null : hits / n;
}
