import type { BinnedData, TreeParameters } from "../types.ts";

/** Below this many rows, sorting them costs less than filling and scanning a histogram. */
const SORT_BELOW = 24;

export interface SplitFinder {
  /**
   * Seeks the best split of rows order[start … end). `weights` are the node's class weights, `examples` its drawn
   * examples. True when there is one; it is then in `feature`, `code` and `gain` until the next call.
   */
  find(start: number, end: number, examples: number, weights: Float64Array): boolean;
  feature: number;
  /** Rows with a code at or below this go to the first child. */
  code: number;
  /** Decrease of weighted Gini impurity. */
  gain: number;
}

export interface SplitFinderOptions {
  data: BinnedData;
  /** How often the bootstrap drew each row. */
  drawn: Uint16Array;
  order: Uint32Array;
  parameters: TreeParameters;
  random: () => number;
}

/**
 * Seeks splits by Gini impurity over binned features, with buffers that are reused from node to node.
 *
 * Features are drawn without replacement; those constant within the node do not count against
 * `featuresPerSplit`, as in scikit-learn. Of equal splits the first found stays.
 */
export function createSplitFinder(options: SplitFinderOptions): SplitFinder {
  const { data, drawn, order, parameters, random } = options;
  const { rows: n, features, classes, codes, labels } = data;
  const { featuresPerSplit, minLeaf, classWeights } = parameters;

  const candidates = Uint16Array.from({ length: features }, (_, f) => f);
  const histogram = new Int32Array(256 * classes);
  const touched = new Uint32Array(8);
  const touchedCodes = new Uint8Array(256);
  const nodeClass = new Uint8Array(n);
  const nodeDrawn = new Uint16Array(n);
  const keys = new Uint32Array(SORT_BELOW);
  const left = new Float64Array(classes);
  const right = new Float64Array(classes);

  const finder: SplitFinder = { feature: 0, code: 0, gain: 0, find };
  let best = 0;

  function find(start: number, end: number, examples: number, weights: Float64Array): boolean {
    const count = end - start;
    let total = 0;
    let squares = 0;
    for (let c = 0; c < classes; c++) {
      total += weights[c]!;
      squares += weights[c]! * weights[c]!;
    }
    const parentScore = squares / total;
    best = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      const row = order[start + i]!;
      nodeClass[i] = labels[row]!;
      nodeDrawn[i] = drawn[row]!;
    }

    let tried = 0;
    for (let left = features; left > 0 && tried < featuresPerSplit; left--) {
      const pick = Math.floor(random() * left);
      const f = candidates[pick]!;
      candidates[pick] = candidates[left - 1]!;
      candidates[left - 1] = f;
      const varies =
        count < SORT_BELOW
          ? scanSorted(f, start, count, examples, weights, total, squares)
          : scanHistogram(f, start, count, examples, weights, total, squares);
      if (varies) tried++;
    }
    finder.gain = best - parentScore;
    return best > Number.NEGATIVE_INFINITY;
  }

  /** Returns whether the feature varies within the node. */
  function scanHistogram(
    f: number,
    start: number,
    count: number,
    examples: number,
    weights: Float64Array,
    total: number,
    squares: number,
  ): boolean {
    const column = f * n;
    for (let i = 0; i < count; i++) {
      const code = codes[column + order[start + i]!]!;
      touched[code >> 5]! |= 1 << (code & 31);
      histogram[code * classes + nodeClass[i]!]! += nodeDrawn[i]!;
    }
    let bins = 0;
    for (let word = 0; word < 8; word++) {
      for (let bits = touched[word]!; bits !== 0; bits &= bits - 1) {
        touchedCodes[bins++] = (word << 5) | (31 - Math.clz32(bits & -bits));
      }
      touched[word] = 0;
    }
    if (bins > 1) {
      left.fill(0);
      right.set(weights);
      let leftTotal = 0;
      let leftSquares = 0;
      let rightSquares = squares;
      let leftExamples = 0;
      for (let b = 0; b < bins - 1; b++) {
        const at = touchedCodes[b]! * classes;
        for (let c = 0; c < classes; c++) {
          const hits = histogram[at + c]!;
          if (hits === 0) continue;
          const weight = hits * classWeights[c]!;
          leftSquares += weight * (2 * left[c]! + weight);
          rightSquares += weight * (weight - 2 * right[c]!);
          left[c]! += weight;
          right[c]! -= weight;
          leftTotal += weight;
          leftExamples += hits;
        }
        if (leftExamples < minLeaf || examples - leftExamples < minLeaf) continue;
        const score = leftSquares / leftTotal + rightSquares / (total - leftTotal);
        if (score > best) keep(score, f, touchedCodes[b]!, touchedCodes[b + 1]!);
      }
    }
    for (let b = 0; b < bins; b++) {
      const at = touchedCodes[b]! * classes;
      for (let c = 0; c < classes; c++) histogram[at + c] = 0;
    }
    return bins > 1;
  }

  function scanSorted(
    f: number,
    start: number,
    count: number,
    examples: number,
    weights: Float64Array,
    total: number,
    squares: number,
  ): boolean {
    const column = f * n;
    for (let i = 0; i < count; i++) {
      const key = (codes[column + order[start + i]!]! << 8) | i;
      let at = i;
      for (; at > 0 && keys[at - 1]! > key; at--) keys[at] = keys[at - 1]!;
      keys[at] = key;
    }
    if (keys[0]! >> 8 === keys[count - 1]! >> 8) return false;
    left.fill(0);
    right.set(weights);
    let leftTotal = 0;
    let leftSquares = 0;
    let rightSquares = squares;
    let leftExamples = 0;
    for (let k = 0; k < count - 1; k++) {
      const i = keys[k]! & 255;
      const c = nodeClass[i]!;
      const weight = nodeDrawn[i]! * classWeights[c]!;
      leftSquares += weight * (2 * left[c]! + weight);
      rightSquares += weight * (weight - 2 * right[c]!);
      left[c]! += weight;
      right[c]! -= weight;
      leftTotal += weight;
      leftExamples += nodeDrawn[i]!;
      const code = keys[k]! >> 8;
      const nextCode = keys[k + 1]! >> 8;
      if (code === nextCode || leftExamples < minLeaf || examples - leftExamples < minLeaf) continue;
      const score = leftSquares / leftTotal + rightSquares / (total - leftTotal);
      if (score > best) keep(score, f, code, nextCode);
    }
    return true;
  }

  /** Takes the split; empty bins between the two codes are shared out, which puts the threshold mid-gap. */
  function keep(score: number, f: number, code: number, nextCode: number): void {
    best = score;
    finder.feature = f;
    finder.code = (code + nextCode - 1) >> 1;
  }

  return finder;
}
