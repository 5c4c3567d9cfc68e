import { createRandom } from "@magtrace/signal";
import type { BinnedData, Tree, TreeParameters } from "../types.ts";
import { BIN_STRIDE } from "./binStride.ts";
import { createSplitFinder } from "./findSplit.ts";
import { createTreeBuilder } from "./treeBuilder.ts";

/**
 * Grows one tree of a random forest: a bootstrap sample of the examples, and at each split the best of a random
 * choice of features by Gini impurity.
 *
 * The tree follows from (data, parameters, treeIndex) alone: the number of threads, the order in which trees are
 * grown and interruptions change nothing.
 *
 * @param treeIndex Its place in the forest, ≥ 0; it chooses the random sequence.
 * @throws {RangeError} No examples.
 * Cost O(rows × featuresPerSplit × depth). Source: Breiman, "Random forests" (2001); stops as scikit-learn does
 * (pure leaf, too few examples, or no feature that varies).
 */
export function fitTree(data: BinnedData, parameters: TreeParameters, treeIndex: number): Tree {
  const { rows: n, features, classes } = data;
  if (n < 1) throw new RangeError("a tree needs at least one example");
  const { classWeights, minLeaf } = parameters;
  const maxDepth = parameters.maxDepth ?? Number.POSITIVE_INFINITY;
  const random = createRandom(parameters.seed, treeIndex);

  const drawn = new Uint16Array(n);
  for (let i = 0; i < n; i++) drawn[Math.floor(random() * n)]!++;
  let unique = 0;
  for (let i = 0; i < n; i++) if (drawn[i]! > 0) unique++;
  const order = new Uint32Array(unique);
  for (let i = 0, k = 0; i < n; i++) if (drawn[i]! > 0) order[k++] = i;

  const finder = createSplitFinder({ data, drawn, order, parameters, random });
  const tree = createTreeBuilder(features, classes);
  const weights = new Float64Array(classes);
  const spare = new Uint32Array(unique);
  const stack = [{ node: tree.addNode(), start: 0, end: unique, depth: 0 }];

  for (let task = stack.pop(); task !== undefined; task = stack.pop()) {
    const { node, start, end, depth } = task;
    let examples = 0;
    weights.fill(0);
    for (let i = start; i < end; i++) {
      const row = order[i]!;
      const c = data.labels[row]!;
      weights[c]! += drawn[row]! * classWeights[c]!;
      examples += drawn[row]!;
    }
    let present = 0;
    for (let c = 0; c < classes; c++) if (weights[c]! > 0) present++;
    const found =
      present > 1 &&
      depth < maxDepth &&
      examples >= 2 * minLeaf &&
      finder.find(start, end, examples, weights);
    if (!found) {
      tree.setLeaf(node, weights);
      continue;
    }
    const { feature, code } = finder;
    const middle = partitionStably(order, spare, start, end, data.codes, feature * n, code);
    const child = tree.addNode();
    tree.addNode();
    tree.setSplit(node, feature, data.edges[feature * BIN_STRIDE + code]!, child);
    tree.addImportance(feature, finder.gain);
    stack.push({ node: child + 1, start: middle, end, depth: depth + 1 });
    stack.push({ node: child, start, end: middle, depth: depth + 1 });
  }
  return tree.finish();
}

/** Moves the rows with code ≤ limit to the front of [start, end), keeping their order; returns where they end. */
function partitionStably(
  order: Uint32Array,
  spare: Uint32Array,
  start: number,
  end: number,
  codes: Uint8Array,
  column: number,
  limit: number,
): number {
  let front = start;
  let kept = 0;
  for (let i = start; i < end; i++) {
    const row = order[i]!;
    if (codes[column + row]! <= limit) order[front++] = row;
    else spare[kept++] = row;
  }
  for (let i = 0; i < kept; i++) order[front + i] = spare[i]!;
  return front;
}
