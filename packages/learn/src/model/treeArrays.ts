import type { Tree } from "../types.ts";
import type { NumberArray } from "./container.ts";

/** Arrays a tree is stored as, in this order. */
export const ARRAYS_PER_TREE = 5;

export function treeToArrays(tree: Tree): NumberArray[] {
  return [tree.feature, tree.threshold, tree.child, tree.probabilities, tree.importances];
}

/**
 * Takes a tree from stored arrays, checking everything a walk relies on: afterwards a walk from the root always
 * ends in a leaf, after at most as many steps as there are nodes, and never reads outside an array.
 *
 * @throws {RangeError} Naming what is wrong.
 */
export function treeFromArrays(arrays: readonly NumberArray[], features: number, classes: number): Tree {
  const [feature, threshold, child, probabilities, importances] = arrays;
  if (
    !(feature instanceof Int16Array) ||
    !(threshold instanceof Float32Array) ||
    !(child instanceof Int32Array) ||
    !(probabilities instanceof Float32Array) ||
    !(importances instanceof Float64Array)
  ) {
    throw new RangeError("a tree's arrays have the wrong types");
  }
  const nodes = feature.length;
  const leaves = probabilities.length / classes;
  if (nodes < 1 || threshold.length !== nodes || child.length !== nodes || importances.length !== features) {
    throw new RangeError("a tree's arrays have the wrong lengths");
  }
  if (!Number.isInteger(leaves)) throw new RangeError("a tree's leaves have the wrong length");
  for (let node = 0; node < nodes; node++) {
    const split = feature[node]!;
    const next = child[node]!;
    const isLeaf = split === -1 && next >= 0 && next < leaves;
    const isSplit = split >= 0 && split < features && next > node && next + 1 < nodes;
    if (!isLeaf && !isSplit) throw new RangeError(`node ${node} of a tree points outside it`);
  }
  for (const p of probabilities)
    if (!(p >= 0 && p <= 1)) throw new RangeError(`a tree's leaf has probability ${p}`);
  return { feature, threshold, child, probabilities, importances };
}
