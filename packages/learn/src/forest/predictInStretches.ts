import type { Tree } from "../types.ts";
import { createWorkBudget, type WorkBudget, type YieldToEventLoop } from "../workBudget.ts";
import { addLeaves } from "./predictProbabilities.ts";

/** Of a tree for a row. */
const WALK_NS = 60;
/** Rows and trees in a piece: 20 ms by the measure above. */
const ROWS_A_PIECE = 4096;
const TREES_A_PIECE = 80;

/** `addLeaves` that yields between pieces. The sums are the same, bit for bit. */
export async function addLeavesInStretches(
  trees: readonly Tree[],
  matrix: Float32Array,
  features: number,
  classes: number,
  rows: ArrayLike<number> | number,
  sums: Float64Array,
  work: WorkBudget,
): Promise<void> {
  const n = typeof rows === "number" ? rows : rows.length;
  for (let first = 0; first < n; first += ROWS_A_PIECE) {
    const end = Math.min(n, first + ROWS_A_PIECE);
    const own = sums.subarray(first * classes, end * classes);
    const [from, some] =
      typeof rows === "number"
        ? [matrix.subarray(first * features, end * features), end - first]
        : [matrix, Uint32Array.from({ length: end - first }, (_, i) => rows[first + i]!)];
    for (let tree = 0; tree < trees.length; tree += TREES_A_PIECE) {
      const group = trees.slice(tree, tree + TREES_A_PIECE);
      if (work.spend(WALK_NS * group.length * (end - first))) await work.yield();
      addLeaves(group, from, features, classes, some, own);
    }
  }
}

/** `predictProbabilities` that yields between pieces. The result is the same, bit for bit. */
export async function predictInStretches(
  trees: readonly Tree[],
  matrix: Float32Array,
  features: number,
  classes: number,
  rows: ArrayLike<number> | number,
  work: WorkBudget,
): Promise<Float64Array> {
  if (trees.length === 0) throw new RangeError("a forest needs at least one tree");
  const sums = new Float64Array((typeof rows === "number" ? rows : rows.length) * classes);
  await addLeavesInStretches(trees, matrix, features, classes, rows, sums, work);
  for (let i = 0; i < sums.length; i++) sums[i]! /= trees.length;
  return sums;
}

/** Class probabilities of the first `rows` rows of a matrix, shape (rows, classes), as `predictProbabilities` gives them. */
export type ClassifyRows = (
  trees: readonly Tree[],
  matrix: Float32Array,
  features: number,
  classes: number,
  rows: number,
) => Promise<Float64Array>;

/** Classifies on this thread, and gives others their turn in between. */
export function classifyHere(yieldToEventLoop: YieldToEventLoop | undefined): ClassifyRows {
  const work = createWorkBudget(yieldToEventLoop);
  return (trees, matrix, features, classes, rows) =>
    predictInStretches(trees, matrix, features, classes, rows, work);
}
