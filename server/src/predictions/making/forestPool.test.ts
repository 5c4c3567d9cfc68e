import assert from "node:assert/strict";
import { test } from "node:test";
import { binFeatures, fitTree, predictProbabilities } from "@magtrace/learn";
import { createRandom } from "@magtrace/signal";
import { createForestPool } from "./forestPool.ts";

const FEATURES = 4;
const CLASSES = 3;

function grownForest() {
  const random = createRandom(9);
  const examples = 600;
  const matrix = Float32Array.from({ length: examples * FEATURES }, random);
  const labels = Uint8Array.from({ length: examples }, (_, i) => Math.floor(3 * matrix[i * FEATURES]!));
  const rows = Uint32Array.from({ length: examples }, (_, i) => i);
  const data = binFeatures({ matrix, features: FEATURES, labels, classes: CLASSES, rows, maxBins: 255 });
  const parameters = {
    seed: 1,
    maxDepth: null,
    minLeaf: 1,
    featuresPerSplit: 2,
    classWeights: new Float64Array(CLASSES).fill(1),
  };
  const trees = Array.from({ length: 8 }, (_, i) => fitTree(data, parameters, i));
  return { trees, features: FEATURES, classes: CLASSES };
}

test("any number of threads gives the same probabilities, bit for bit, for any number of rows", async () => {
  const forest = grownForest();
  const random = createRandom(10);
  for (const threads of [1, 2, 3]) {
    const pool = createForestPool(forest, threads);
    try {
      for (const rows of [0, 1, 255, 767, 768, 2_000]) {
        const matrix = Float32Array.from({ length: rows * FEATURES }, random);
        const found = await pool.classify(forest.trees, matrix, FEATURES, CLASSES, rows);
        assert.deepEqual(found, predictProbabilities(forest.trees, matrix, FEATURES, CLASSES, rows));
      }
    } finally {
      await pool.close();
    }
  }
});
