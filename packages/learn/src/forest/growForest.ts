import type { BinnedData, RunTrees, Tree, TreeParameters } from "../types.ts";

export interface ForestGrowth {
  data: BinnedData;
  parameters: TreeParameters;
  /** Index of the forest's first tree, which sets its random sequences apart from those of other forests. */
  firstIndex: number;
  count: number;
  /** Trees grown before an interruption: the first ones of the forest. */
  grown: readonly Tree[];
  runTrees: RunTrees;
  /** Called after each batch with the trees it added. */
  onTrees: (added: readonly Tree[], all: readonly Tree[]) => Promise<void>;
  signal?: AbortSignal;
}

/** Fewest trees asked for at once: enough to keep several threads busy to the end of the batch. */
const FEWEST_AT_ONCE = 8;
const BATCHES = 10;

/** Grows the trees of a forest that are still missing, in batches. */
export async function growForest(growth: ForestGrowth): Promise<Tree[]> {
  const { data, parameters, firstIndex, count, runTrees, onTrees, signal } = growth;
  const trees = growth.grown.slice(0, count);
  const batch = Math.max(FEWEST_AT_ONCE, Math.ceil(count / BATCHES));
  while (trees.length < count) {
    signal?.throwIfAborted();
    const missing = Math.min(batch, count - trees.length);
    const treeIndices = Array.from({ length: missing }, (_, i) => firstIndex + trees.length + i);
    const added = await runTrees({ data, parameters, treeIndices, ...(signal && { signal }) });
    trees.push(...added);
    await onTrees(added, trees);
  }
  return trees;
}
