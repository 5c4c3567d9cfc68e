import type { BinnedData, TreeParameters } from "../types.ts";

/** Up to so many rows insertion sort is quickest. */
const INSERT_BELOW = 24;
/** Up to so many rows, walking them in the order of their codes costs less than all classes of all bins. */
const WALK_BELOW = 1024;

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
  const nodeClass = new Uint8Array(n);
  const nodeDrawn = new Uint16Array(n);
  const nodeWeight = new Float64Array(n);
  const keys = new Uint32Array(WALK_BELOW);
  const nodeCode = new Uint8Array(WALK_BELOW);
  const places = new Uint16Array(257);
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
      nodeWeight[i] = drawn[row]! * classWeights[labels[row]!]!;
    }

    let tried = 0;
    for (let left = features; left > 0 && tried < featuresPerSplit; left--) {
      const pick = Math.floor(random() * left);
      const f = candidates[pick]!;
      candidates[pick] = candidates[left - 1]!;
      candidates[left - 1] = f;
      let varies: boolean;
      if (count >= WALK_BELOW) varies = scanHistogram(f, start, count, examples, weights, total, squares);
      else {
        if (count < INSERT_BELOW) insertKeys(f, start, count);
        else countKeys(f, start, count);
        varies = walkKeys(f, count, examples, weights, total, squares);
      }
      if (varies) tried++;
    }
    finder.gain = best - parentScore;
    return best > Number.NEGATIVE_INFINITY;
  }

  /** Seeks among the bins of a large node. Returns whether the feature varies within the node. */
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
    const bins = data.binCounts[f]!;
    histogram.fill(0, 0, bins * classes);
    for (let i = 0; i < count; i++) {
      histogram[codes[column + order[start + i]!]! * classes + nodeClass[i]!]! += nodeDrawn[i]!;
    }
    left.fill(0);
    right.set(weights);
    let leftTotal = 0;
    let leftSquares = 0;
    let rightSquares = squares;
    let leftExamples = 0;
    let lastCode = -1;
    for (let code = 0; code < bins; code++) {
      const at = code * classes;
      let hitsOfBin = 0;
      for (let c = 0; c < classes; c++) hitsOfBin += histogram[at + c]!;
      if (hitsOfBin === 0) continue;
      // Between the bin before and this one lies a possible split.
      if (lastCode >= 0 && leftExamples >= minLeaf && examples - leftExamples >= minLeaf) {
        const score = leftSquares / leftTotal + rightSquares / (total - leftTotal);
        if (score > best) keep(score, f, lastCode, code);
      }
      leftExamples += hitsOfBin;
      if (leftExamples === examples) return lastCode >= 0;
      lastCode = code;
      for (let c = 0; c < classes; c++) {
        const weight = histogram[at + c]! * classWeights[c]!;
        leftSquares += weight * (2 * left[c]! + weight);
        rightSquares += weight * (weight - 2 * right[c]!);
        left[c]! += weight;
        right[c]! -= weight;
        leftTotal += weight;
      }
    }
    return false;
  }

  /** Leaves code << 16 | place of each row of the node in `keys`, ascending. */
  function insertKeys(f: number, start: number, count: number): void {
    const column = f * n;
    for (let i = 0; i < count; i++) {
      const key = (codes[column + order[start + i]!]! << 16) | i;
      let at = i;
      for (; at > 0 && keys[at - 1]! > key; at--) keys[at] = keys[at - 1]!;
      keys[at] = key;
    }
  }

  /** The same by counting. */
  function countKeys(f: number, start: number, count: number): void {
    const column = f * n;
    const bins = data.binCounts[f]!;
    places.fill(0, 0, bins + 1);
    for (let i = 0; i < count; i++) {
      const code = codes[column + order[start + i]!]!;
      nodeCode[i] = code;
      places[code + 1]!++;
    }
    for (let code = 1; code < bins; code++) places[code]! += places[code - 1]!;
    for (let i = 0; i < count; i++) {
      const code = nodeCode[i]!;
      keys[places[code]!++] = (code << 16) | i;
    }
  }

  /** Seeks between the rows in `keys`. Returns whether the feature varies within the node. */
  function walkKeys(
    f: number,
    count: number,
    examples: number,
    weights: Float64Array,
    total: number,
    squares: number,
  ): boolean {
    if (keys[0]! >> 16 === keys[count - 1]! >> 16) return false;
    left.fill(0);
    right.set(weights);
    let leftTotal = 0;
    let leftSquares = 0;
    let rightSquares = squares;
    let leftExamples = 0;
    let code = keys[0]! >> 16;
    for (let k = 0; k < count - 1; k++) {
      const i = keys[k]! & 0xffff;
      const c = nodeClass[i]!;
      const weight = nodeWeight[i]!;
      const l = left[c]!;
      const r = right[c]!;
      leftSquares += weight * (l + l + weight);
      rightSquares += weight * (weight - r - r);
      left[c] = l + weight;
      right[c] = r - weight;
      leftTotal += weight;
      leftExamples += nodeDrawn[i]!;
      const nextCode = keys[k + 1]! >> 16;
      if (nextCode === code) continue;
      if (leftExamples >= minLeaf && examples - leftExamples >= minLeaf) {
        const score = leftSquares / leftTotal + rightSquares / (total - leftTotal);
        if (score > best) keep(score, f, code, nextCode);
      }
      code = nextCode;
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
