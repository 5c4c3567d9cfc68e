import type { RunTrees } from "../types.ts";
import { fitTree } from "./fitTree.ts";

/** Grows trees on the calling thread, one after the other. */
export const runTreesHere: RunTrees = async ({ data, parameters, treeIndices, signal }) =>
  treeIndices.map((index) => {
    signal?.throwIfAborted();
    return fitTree(data, parameters, index);
  });
