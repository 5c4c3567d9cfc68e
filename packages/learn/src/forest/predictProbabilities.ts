import type { Tree } from "../types.ts";

/** Rows pushed through one tree after the other while they and the tree are in the processor's cache. */
const ROWS_AT_ONCE = 512;

/**
 * Class probabilities by a forest: the mean of its trees' leaves, always summed in the trees' order.
 *
 * @param matrix Row-major features, shape (≥ n, features).
 * @param rows Which rows of the matrix, or how many of the first ones.
 * @returns Shape (n, classes).
 * @throws {RangeError} No trees.
 * Cost O(n × trees × depth).
 */
export function predictProbabilities(
  trees: readonly Tree[],
  matrix: Float32Array,
  features: number,
  classes: number,
  rows: ArrayLike<number> | number,
): Float64Array {
  if (trees.length === 0) throw new RangeError("a forest needs at least one tree");
  const sums = new Float64Array((typeof rows === "number" ? rows : rows.length) * classes);
  addLeaves(trees, matrix, features, classes, rows, sums);
  for (let i = 0; i < sums.length; i++) sums[i]! /= trees.length;
  return sums;
}

/** Adds each tree's leaf to `sums`, shape (n, classes), tree after tree: sums can be continued with later trees. */
export function addLeaves(
  trees: readonly Tree[],
  matrix: Float32Array,
  features: number,
  classes: number,
  rows: ArrayLike<number> | number,
  sums: Float64Array,
): void {
  const n = typeof rows === "number" ? rows : rows.length;
  const offsets = new Uint32Array(ROWS_AT_ONCE);
  for (let first = 0; first < n; first += ROWS_AT_ONCE) {
    const count = Math.min(ROWS_AT_ONCE, n - first);
    for (let i = 0; i < count; i++) {
      offsets[i] = (typeof rows === "number" ? first + i : rows[first + i]!) * features;
    }
    for (const tree of trees) addTree(tree, matrix, offsets, count, classes, sums, first * classes);
  }
}

function addTree(
  { feature, threshold, child, probabilities }: Tree,
  matrix: Float32Array,
  offsets: Uint32Array,
  count: number,
  classes: number,
  sums: Float64Array,
  at: number,
): void {
  for (let i = 0; i < count; i++) {
    const offset = offsets[i]!;
    let node = 0;
    let split = feature[0]!;
    while (split >= 0) {
      const next = child[node]!;
      node = matrix[offset + split]! <= threshold[node]! ? next : next + 1;
      split = feature[node]!;
    }
    const leaf = child[node]! * classes;
    const to = at + i * classes;
    for (let c = 0; c < classes; c++) sums[to + c]! += probabilities[leaf + c]!;
  }
}
