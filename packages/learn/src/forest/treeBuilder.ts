import type { Tree } from "../types.ts";

export interface TreeBuilder {
  addNode(): number;
  setSplit(node: number, feature: number, threshold: number, child: number): void;
  /** Turns class weights into shares. */
  setLeaf(node: number, weights: Float64Array): void;
  addImportance(feature: number, gain: number): void;
  finish(): Tree;
}

/** Collects a tree's nodes in growing typed arrays. */
export function createTreeBuilder(features: number, classes: number): TreeBuilder {
  let capacity = 1024;
  let feature = new Int16Array(capacity);
  let threshold = new Float32Array(capacity);
  let child = new Int32Array(capacity);
  let probabilities = new Float32Array(capacity * classes);
  const importances = new Float64Array(features);
  let nodes = 0;
  let leaves = 0;

  return {
    addNode() {
      if (nodes === capacity) {
        capacity *= 2;
        feature = grown(feature, new Int16Array(capacity));
        threshold = grown(threshold, new Float32Array(capacity));
        child = grown(child, new Int32Array(capacity));
        probabilities = grown(probabilities, new Float32Array(capacity * classes));
      }
      return nodes++;
    },
    setSplit(node, splitFeature, splitThreshold, firstChild) {
      feature[node] = splitFeature;
      threshold[node] = splitThreshold;
      child[node] = firstChild;
    },
    setLeaf(node, weights) {
      feature[node] = -1;
      child[node] = leaves;
      let sum = 0;
      for (let c = 0; c < classes; c++) sum += weights[c]!;
      for (let c = 0; c < classes; c++) probabilities[leaves * classes + c] = weights[c]! / sum;
      leaves++;
    },
    addImportance(splitFeature, gain) {
      importances[splitFeature]! += gain;
    },
    finish() {
      return {
        feature: feature.slice(0, nodes),
        threshold: threshold.slice(0, nodes),
        child: child.slice(0, nodes),
        probabilities: probabilities.slice(0, leaves * classes),
        importances,
      };
    },
  };
}

function grown<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}
