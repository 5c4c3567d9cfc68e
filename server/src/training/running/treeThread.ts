import { type BinnedData, fitTree, type Tree, type TreeParameters } from "@magtrace/learn";

export interface TreeTask {
  data: BinnedData;
  parameters: TreeParameters;
  treeIndex: number;
}

/** Runs on a thread of the tree pool. */
export default function growTree({ data, parameters, treeIndex }: TreeTask): Tree {
  return fitTree(data, parameters, treeIndex);
}
