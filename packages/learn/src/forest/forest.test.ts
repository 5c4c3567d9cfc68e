import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "@magtrace/signal";
import fc from "fast-check";
import type { BinnedData, TreeParameters } from "../types.ts";
import { binFeatures } from "./binFeatures.ts";
import { BIN_STRIDE } from "./binStride.ts";
import { classWeights } from "./classWeights.ts";
import { featuresPerSplit } from "./featuresPerSplit.ts";
import { fitTree } from "./fitTree.ts";
import { predictProbabilities } from "./predictProbabilities.ts";

const everyRow = (n: number) => Uint32Array.from({ length: n }, (_, i) => i);

function bin(matrix: number[][], labels: number[], classes: number, maxBins = 255): BinnedData {
  return binFeatures({
    matrix: Float32Array.from(matrix.flat()),
    features: matrix[0]!.length,
    labels: Uint8Array.from(labels),
    classes,
    rows: everyRow(matrix.length),
    maxBins,
  });
}

function parametersFor(data: BinnedData, changes: Partial<TreeParameters> = {}): TreeParameters {
  const weights = new Float64Array(data.classes).fill(1);
  const { features } = data;
  return {
    seed: 1,
    maxDepth: null,
    minLeaf: 1,
    featuresPerSplit: features,
    classWeights: weights,
    ...changes,
  };
}

test("a value lies at or below an edge exactly when its code does, NaN above all", () => {
  const value = fc.oneof(
    fc.float({ noDefaultInfinity: true }),
    fc.integer({ min: -4, max: 0 }),
    fc.constant(Number.NEGATIVE_INFINITY),
    fc.constant(Number.POSITIVE_INFINITY),
  );
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 2, max: 255 }),
      (values, maxBins) => {
        const data = bin(
          values.map((v) => [v]),
          values.map(() => 0),
          1,
          maxBins,
        );
        assert.ok(data.binCounts[0]! <= maxBins);
        const single = values.map(Math.fround);
        for (const [i, v] of single.entries()) {
          const code = data.codes[i]!;
          assert.ok(code < data.binCounts[0]!);
          if (Number.isNaN(v)) assert.equal(code, data.binCounts[0]! - 1);
          for (let edge = 0; edge < data.binCounts[0]! - 1; edge++) {
            assert.equal(v <= data.edges[edge]!, code <= edge, `${v} against edge ${data.edges[edge]}`);
          }
          for (const [k, other] of single.entries()) if (v < other) assert.ok(code <= data.codes[k]!);
        }
      },
    ),
  );
});

test("few distinct values get a bin each, many get bins of about equal counts", () => {
  const few = bin([[-3], [-1], [-3], [-2]], [0, 0, 0, 0], 1);
  assert.deepEqual([...few.codes], [0, 2, 0, 1]);
  assert.deepEqual([...few.edges.subarray(0, 2)], [-2.5, -1.5]);
  const n = 10_000;
  const random = createRandom(2);
  const many = bin(
    Array.from({ length: n }, () => [random() ** 4]),
    new Array<number>(n).fill(0),
    1,
    50,
  );
  const counts = new Array<number>(50).fill(0);
  for (const code of many.codes) counts[code]!++;
  for (const count of counts) assert.ok(count > 150 && count < 250, `bin of ${count}`);
});

test("maxBins outside 2…255 is refused", () => {
  for (const maxBins of [1, 256, Number.NaN]) assert.throws(() => bin([[1]], [0], 1, maxBins), RangeError);
});

test("a tree without examples is refused; with one or two equal ones it is a single leaf", () => {
  const one = bin([[-7]], [1], 3);
  assert.throws(() => fitTree({ ...one, rows: 0 }, parametersFor(one), 0), RangeError);
  const leaf = fitTree(one, parametersFor(one), 0);
  assert.deepEqual([...leaf.feature], [-1]);
  assert.deepEqual([...leaf.probabilities], [0, 1, 0]);
  const equal = bin([[-7], [-7]], [0, 1], 2);
  assert.equal(fitTree(equal, parametersFor(equal), 0).feature.length, 1);
});

/** Gini impurity decrease of the best split over all features and values, by trying all. */
function bestGain(data: BinnedData, drawn: number[], weights: Float64Array): number {
  const score = (counts: number[]) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    return total === 0 ? 0 : counts.reduce((sum, count) => sum + count * count, 0) / total;
  };
  let best = Number.NEGATIVE_INFINITY;
  for (let f = 0; f < data.features; f++) {
    for (let code = 0; code < data.binCounts[f]! - 1; code++) {
      const left = new Array<number>(data.classes).fill(0);
      const right = new Array<number>(data.classes).fill(0);
      for (let i = 0; i < data.rows; i++) {
        const c = data.labels[i]!;
        (data.codes[f * data.rows + i]! <= code ? left : right)[c]! += drawn[i]! * weights[c]!;
      }
      if (score(left) === 0 || score(right) === 0) continue;
      const all = left.map((count, c) => count + right[c]!);
      best = Math.max(best, score(left) + score(right) - score(all));
    }
  }
  return best;
}

/** How often the tree's own bootstrap drew each row: the draws come first in its random sequence. */
function drawsOf(seed: number, treeIndex: number, n: number): number[] {
  const random = createRandom(seed, treeIndex);
  const drawn = new Array<number>(n).fill(0);
  for (let i = 0; i < n; i++) drawn[Math.floor(random() * n)]!++;
  return drawn;
}

test("the root's split is the best of all splits, for nodes of every size and any class weights", () => {
  const random = createRandom(77);
  for (const n of [4, 20, 60, 700, 3000]) {
    const rows = Array.from({ length: n }, () => [random(), Math.floor(random() * 5), -(random() ** 9)]);
    const labels = rows.map((row) => (row[0]! + 0.3 * random() > 0.6 ? 1 : row[1]! > 3 ? 2 : 0));
    const data = bin(rows, labels, 3);
    for (const weights of [Float64Array.of(1, 1, 1), Float64Array.of(0.2, 3, 1.7)]) {
      const parameters = parametersFor(data, { maxDepth: 1, classWeights: weights, seed: n });
      const tree = fitTree(data, parameters, 3);
      const wanted = bestGain(data, drawsOf(n, 3, n), weights);
      const gain = tree.importances.reduce((sum, value) => sum + value, 0);
      assert.ok(
        Math.abs(gain - wanted) < 1e-9 * Math.max(1, wanted),
        `${gain} instead of ${wanted} for n = ${n}`,
      );
    }
  }
});

test("a fully grown tree puts every example it drew into a pure leaf, through thresholds on raw values", () => {
  const random = createRandom(6);
  const n = 2500;
  const rows = Array.from({ length: n }, () => [random(), random() - 5, random() * 1e6]);
  const labels = rows.map(() => Math.floor(random() * 4));
  const data = bin(rows, labels, 4, 255);
  const tree = fitTree(data, parametersFor(data, { featuresPerSplit: 1 }), 9);
  const drawn = drawsOf(1, 9, n);
  const matrix = Float32Array.from(rows.flat());
  const probabilities = predictProbabilities([tree], matrix, 3, 4, n);
  let impure = 0;
  for (let i = 0; i < n; i++) if (drawn[i]! > 0 && probabilities[i * 4 + labels[i]!] !== 1) impure++;
  // Two examples that share every bin cannot be told apart.
  assert.ok(impure <= n / 100, `${impure} of ${n}`);
});

test("depth, leaf size and class weights are kept to", () => {
  const random = createRandom(12);
  const n = 400;
  const rows = Array.from({ length: n }, () => [random(), random()]);
  const labels = rows.map((row) => (row[0]! + random() > 1 ? 1 : 0));
  const data = bin(rows, labels, 2);
  assert.ok(fitTree(data, parametersFor(data, { maxDepth: 3 }), 0).feature.length <= 15);

  const minLeaf = 37;
  const tree = fitTree(data, parametersFor(data, { minLeaf }), 4);
  const drawn = drawsOf(1, 4, n);
  const inLeaf = new Map<number, number>();
  for (const [i, row] of rows.entries()) {
    let node = 0;
    while (tree.feature[node]! >= 0) {
      const goesLeft = Math.fround(row[tree.feature[node]!]!) <= tree.threshold[node]!;
      node = tree.child[node]! + (goesLeft ? 0 : 1);
    }
    inLeaf.set(node, (inLeaf.get(node) ?? 0) + drawn[i]!);
  }
  assert.ok(inLeaf.size > 2 && [...inLeaf.values()].every((count) => count >= minLeaf));

  const same = bin([[1], [1], [1], [1]], [0, 1, 1, 1], 2);
  const weighted = fitTree(same, parametersFor(same, { classWeights: Float64Array.of(1000, 1) }), 2);
  if (drawsOf(1, 2, 4)[0]! > 0) assert.ok(weighted.probabilities[0]! > 0.99);
  else assert.equal(weighted.probabilities[0], 0);
});

test("a tree depends on its index and the seed, and on nothing grown before it", () => {
  const random = createRandom(1);
  const rows = Array.from({ length: 80 }, () => [random(), random(), random()]);
  const data = bin(
    rows,
    rows.map(() => Math.floor(random() * 3)),
    3,
  );
  const parameters = parametersFor(data, { featuresPerSplit: 2 });
  const first = fitTree(data, parameters, 7);
  fitTree(data, parameters, 8);
  assert.deepEqual(fitTree(data, parameters, 7), first);
  assert.notDeepEqual(fitTree(data, parameters, 8), first);
  assert.notDeepEqual(fitTree(data, { ...parameters, seed: 2 }, 7), first);
});

test("a forest's probabilities are the mean of its trees', for chosen rows as for all, NaN included", () => {
  const random = createRandom(15);
  const n = 1300;
  const rows = Array.from({ length: n }, (_, i) => [i % 50 === 0 ? Number.NaN : random(), random()]);
  const labels = rows.map((row) => (Number.isNaN(row[0]!) ? 2 : row[0]! > row[1]! ? 1 : 0));
  const data = bin(rows, labels, 3);
  const trees = [0, 1, 2].map((t) => fitTree(data, parametersFor(data), t));
  const matrix = Float32Array.from(rows.flat());
  const all = predictProbabilities(trees, matrix, 2, 3, n);
  for (let i = 0; i < n; i++) assert.ok(Math.abs(all[i * 3]! + all[i * 3 + 1]! + all[i * 3 + 2]! - 1) < 1e-6);
  assert.ok(all[50 * 3 + 2]! > 0.9, "NaN is told apart");
  const chosen = predictProbabilities(trees, matrix, 2, 3, [1299, 50, 50]);
  assert.deepEqual(
    chosen,
    Float64Array.from([1299, 50, 50].flatMap((i) => [...all.slice(i * 3, i * 3 + 3)])),
  );
  assert.throws(() => predictProbabilities([], matrix, 2, 3, 1), RangeError);
});

test("balanced weights make every class present weigh the same", () => {
  assert.deepEqual([...classWeights(Uint8Array.of(0, 0, 0, 2), 3, "balanced")], [4 / 6, 0, 2]);
  assert.deepEqual([...classWeights(Uint8Array.of(0, 2), 3, null)], [1, 1, 1]);
});

test("features per split follow the rule asked for and stay between 1 and all", () => {
  assert.deepEqual(
    (["sqrt", "log2", 7, 0.5, 0.001, 999] as const).map((rule) => featuresPerSplit(rule, 39)),
    [6, 5, 7, 19, 1, 39],
  );
});

test("edges of one feature never run into the next one's", () => {
  const data = bin(
    Array.from({ length: 600 }, (_, i) => [i, -i]),
    new Array<number>(600).fill(0),
    1,
  );
  assert.deepEqual([...data.binCounts], [255, 255]);
  assert.equal(data.edges.length, 2 * BIN_STRIDE);
  assert.ok(data.edges[253]! > 0 && data.edges[BIN_STRIDE]! < 0);
});
