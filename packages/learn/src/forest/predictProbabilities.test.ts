import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "@magtrace/signal";
import type { Tree } from "../types.ts";
import { binFeatures } from "./binFeatures.ts";
import { fitTree } from "./fitTree.ts";
import { addLeaves, predictProbabilities } from "./predictProbabilities.ts";

/** What each row gets when it is sent down each tree by itself, in plain steps. */
function walked(
  trees: readonly Tree[],
  matrix: Float32Array,
  features: number,
  classes: number,
): Float64Array {
  const n = matrix.length / features;
  const means = new Float64Array(n * classes);
  for (let i = 0; i < n; i++) {
    for (const tree of trees) {
      let node = 0;
      while (tree.feature[node]! >= 0) {
        const goesFirst = matrix[i * features + tree.feature[node]!]! <= tree.threshold[node]!;
        node = tree.child[node]! + (goesFirst ? 0 : 1);
      }
      for (let c = 0; c < classes; c++)
        means[i * classes + c]! += tree.probabilities[tree.child[node]! * classes + c]!;
    }
    for (let c = 0; c < classes; c++) means[i * classes + c]! /= trees.length;
  }
  return means;
}

function leafOf(...shares: number[]): Tree {
  return {
    feature: Int16Array.of(-1),
    threshold: new Float32Array(1),
    child: new Int32Array(1),
    probabilities: Float32Array.from(shares),
    importances: new Float64Array(1),
  };
}

/** A tree of one split of one feature. */
function stumpAt(threshold: number): Tree {
  return {
    ...leafOf(0.25, 0.75, 1, 0),
    feature: Int16Array.of(0, -1, -1),
    threshold: Float32Array.of(threshold, 0, 0),
    child: Int32Array.of(1, 0, 1),
  };
}

test("rows sent down together get, bit for bit, what each gets by itself: any number, any values", () => {
  const random = createRandom(41);
  const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0];
  const drawValue = () => (random() < 0.05 ? special[Math.floor(5 * random())]! : -10 * random());
  for (const [classes, features] of [
    [1, 1],
    [2, 3],
    [5, 7],
  ] as const) {
    const training = Float32Array.from({ length: 900 * features }, drawValue);
    const labels = Uint8Array.from({ length: 900 }, (_, i) =>
      training[i * features]! > -5 ? 0 : Math.floor(random() * classes),
    );
    const rows = Uint32Array.from({ length: 900 }, (_, i) => i);
    const data = binFeatures({ matrix: training, features, labels, classes, rows, maxBins: 255 });
    const parameters = {
      seed: 1,
      maxDepth: null,
      minLeaf: 1 + classes,
      featuresPerSplit: features,
      classWeights: new Float64Array(classes).fill(1),
    };
    const trees = [0, 1, 2, 3].map((t) => fitTree(data, parameters, t));
    for (const forest of [trees, trees.slice(1, 2), [leafOf(...new Array<number>(classes).fill(0.1))]]) {
      for (const n of [0, 1, 2, 3, 63, 900, 20_000]) {
        const matrix = Float32Array.from({ length: n * features }, drawValue);
        const found = predictProbabilities(forest, matrix, features, classes, n);
        assert.deepEqual(found, walked(forest, matrix, features, classes));
        const chosen = Uint32Array.from({ length: n }, (_, i) => n - 1 - i);
        const backwards = predictProbabilities(forest, matrix, features, classes, chosen);
        for (let i = 0; i < n * classes; i++) {
          const mirrored = (n - 1 - Math.floor(i / classes)) * classes + (i % classes);
          assert.equal(backwards[i], found[mirrored]);
        }
      }
    }
  }
});

test("a value at the threshold goes to the first child, NaN to the second, whichever child is empty", () => {
  const stump = stumpAt(-2);
  assert.deepEqual(
    [...predictProbabilities([stump], Float32Array.of(-2, Number.NaN, -1.5, -3), 1, 2, 4)],
    [0.25, 0.75, 1, 0, 1, 0, 0.25, 0.75],
  );
  for (const value of [-3, 7, Number.NaN]) {
    const shares = value <= -2 ? [0.25, 0.75] : [1, 0];
    const found = predictProbabilities([stump], new Float32Array(3).fill(value), 1, 2, 3);
    assert.deepEqual([...found], [...shares, ...shares, ...shares]);
  }
});

test("a tree as deep as it has rows is walked to its end", () => {
  // Each split parts one row from all others, which wait together.
  const n = 300;
  const nodes = 2 * n - 1;
  const chain: Tree = {
    feature: Int16Array.from({ length: nodes }, (_, node) => (node % 2 === 0 && node < nodes - 1 ? 0 : -1)),
    threshold: Float32Array.from({ length: nodes }, (_, node) => node / 2),
    child: Int32Array.from({ length: nodes }, (_, node) =>
      node % 2 === 0 && node < nodes - 1 ? node + 1 : node === nodes - 1 ? n - 1 : (node - 1) / 2,
    ),
    probabilities: Float32Array.from({ length: n }, (_, leaf) => leaf / n),
    importances: new Float64Array(1),
  };
  const values = Float32Array.from({ length: n }, (_, i) => (i * 7) % n);
  const found = predictProbabilities([chain], values, 1, 1, n);
  for (let i = 0; i < n; i++) assert.equal(found[i], Math.fround(values[i]! / n));
});

test("leaves can be summed in parts", () => {
  const trees = [stumpAt(-1), leafOf(0.5, 0.5), stumpAt(4)];
  const matrix = Float32Array.of(-2, 0, 5);
  const sums = new Float64Array(6);
  addLeaves(trees.slice(0, 1), matrix, 1, 2, [2, 0, 1], sums);
  addLeaves([], matrix, 1, 2, [2, 0, 1], sums);
  addLeaves(trees.slice(1), matrix, 1, 2, [2, 0, 1], sums);
  for (let i = 0; i < 6; i++) sums[i]! /= 3;
  assert.deepEqual(sums, predictProbabilities(trees, matrix, 1, 2, [2, 0, 1]));
});
