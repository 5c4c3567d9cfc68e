import type { Tree } from "../types.ts";

/** Rows sent down a tree together: enough that reading the tree costs little a row; their numbers fit 16 bits. */
const ROWS_AT_ONCE = 8192;

/**
 * Class probabilities by a forest: the mean of its trees' leaves, always summed in the trees' order.
 *
 * @param matrix Row-major features, shape (≥ n, features).
 * @param rows Which rows of the matrix, or how many of the first ones.
 * @returns Shape (n, classes).
 * @throws {RangeError} No trees.
 * Cost O(n × trees × depth), about 50 ns a row and tree of depth 15.
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
  const most = Math.min(n, ROWS_AT_ONCE);
  const descent = { order: new Uint16Array(2 * most), pending: new Int32Array(4 * most) };
  const chosen = new Float32Array(typeof rows === "number" ? 0 : most * features);
  for (let first = 0; first < n; first += most) {
    const count = Math.min(most, n - first);
    let block: Float32Array = chosen;
    if (typeof rows === "number") block = matrix.subarray(first * features, (first + count) * features);
    else copyRows(matrix, features, rows, first, count, chosen);
    const own = sums.subarray(first * classes, (first + count) * classes);
    for (const tree of trees) addTree(tree, block, features, count, classes, own, descent);
  }
}

function copyRows(
  matrix: Float32Array,
  features: number,
  rows: ArrayLike<number>,
  first: number,
  count: number,
  into: Float32Array,
): void {
  for (let i = 0; i < count; i++) {
    const offset = rows[first + i]! * features;
    for (let f = 0; f < features; f++) into[i * features + f] = matrix[offset + f]!;
  }
}

/** Buffers reused from tree to tree. */
interface Descent {
  /** Two lists of row numbers, one behind the other: a node's rows are read from one and shared out into the other. */
  order: Uint16Array;
  /** Node, first and end of its rows, and their list, for each second child that waits: fewer than there are rows. */
  pending: Int32Array;
}

/**
 * Sends rows down a tree together, node by node: a node's rows are shared out to its children, as quicksort does,
 * until they are in leaves. A row by itself would wait for the memory and mispredict half of its turns; this reads
 * each node once, in the order the trees are stored in, and has no branch that depends on a value.
 *
 * @param matrix The rows, shape (count, features).
 * @param sums Theirs, shape (count, classes).
 */
function addTree(
  { feature, threshold, child, probabilities }: Tree,
  matrix: Float32Array,
  features: number,
  count: number,
  classes: number,
  sums: Float64Array,
  { order, pending }: Descent,
): void {
  const second = order.length >> 1;
  for (let i = 0; i < count; i++) order[i] = i;
  let waiting = 0;
  let node = 0;
  let list = 0;
  let first = 0;
  let end = count;
  for (;;) {
    const split = feature[node]!;
    if (split >= 0) {
      const limit = threshold[node]!;
      const other = second - list;
      let front = other + first;
      let back = other + end - 1;
      for (let k = list + first; k < list + end; k++) {
        const row = order[k]!;
        // The row is written to the next place of either child; where it does not belong, another will follow.
        order[front] = row;
        order[back] = row;
        const goesFirst = +(matrix[row * features + split]! <= limit);
        front += goesFirst;
        back += goesFirst - 1;
      }
      const middle = front - other;
      node = child[node]!;
      list = other;
      if (middle === first) node++;
      else {
        if (middle < end) {
          pending[waiting++] = node + 1;
          pending[waiting++] = middle;
          pending[waiting++] = end;
          pending[waiting++] = list;
        }
        end = middle;
      }
      continue;
    }
    const leaf = child[node]! * classes;
    for (let c = 0; c < classes; c++) {
      const share = probabilities[leaf + c]!;
      if (share === 0) continue;
      for (let k = list + first; k < list + end; k++) sums[order[k]! * classes + c]! += share;
    }
    if (waiting === 0) return;
    list = pending[--waiting]!;
    end = pending[--waiting]!;
    first = pending[--waiting]!;
    node = pending[--waiting]!;
  }
}
