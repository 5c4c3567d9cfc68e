import assert from "node:assert/strict";
import { test } from "node:test";
import { binFeatures, runTreesHere, type TreeParameters } from "@magtrace/learn";
import { createRandom } from "@magtrace/signal";
import { createTreePool } from "./treePool.ts";

const features = 12;
const classes = 3;
const parameters: TreeParameters = {
  seed: 4,
  maxDepth: null,
  minLeaf: 1,
  featuresPerSplit: 3,
  classWeights: Float64Array.of(1, 2, 0.5),
};

function noisyData(n: number) {
  const random = createRandom(n);
  const labels = Uint8Array.from({ length: n }, () => Math.floor(random() * classes));
  const matrix = Float32Array.from(
    { length: n * features },
    (_, i) => random() * 3 + labels[Math.floor(i / features)]!,
  );
  const rows = Uint32Array.from({ length: n }, (_, i) => i);
  return binFeatures({ matrix, features, labels, classes, rows, maxBins: 255 });
}

test("one thread, four threads and the calling thread grow the same trees, in the order asked for", async () => {
  const data = noisyData(600);
  const treeIndices = [5, 3, 4, 100, 0, 1, 2];
  const wanted = await runTreesHere({ data, parameters, treeIndices });
  for (const threads of [1, 4]) {
    const pool = createTreePool(threads);
    try {
      assert.deepEqual(await pool.runTrees({ data, parameters, treeIndices }), wanted);
      // The same data again, now from its shared copy.
      assert.deepEqual(await pool.runTrees({ data, parameters, treeIndices: [3] }), [wanted[1]]);
    } finally {
      await pool.close();
    }
  }
});

test("a stop while trees grow is heard at once, and the pool goes on working for others", async () => {
  const pool = createTreePool(2);
  try {
    const controller = new AbortController();
    const reason = new Error("stopped by its user");
    const data = noisyData(20_000);
    const running = pool.runTrees({
      data,
      parameters,
      treeIndices: Array.from({ length: 400 }, (_, i) => i),
      signal: controller.signal,
    });
    const small = noisyData(50);
    setImmediate(() => controller.abort(reason));
    await assert.rejects(running, reason);
    assert.equal((await pool.runTrees({ data: small, parameters, treeIndices: [0, 1] })).length, 2);
    await assert.rejects(
      pool.runTrees({ data: small, parameters, treeIndices: [0], signal: controller.signal }),
      reason,
    );
  } finally {
    await pool.close();
  }
});

test("a failure on a thread reaches the caller", async () => {
  const pool = createTreePool(1);
  try {
    const data = { ...noisyData(10), rows: 0 };
    await assert.rejects(pool.runTrees({ data, parameters, treeIndices: [0] }), /at least one example/);
  } finally {
    await pool.close();
  }
});

test("a pool of no threads is refused", () => {
  for (const threads of [0, -1, 1.5]) assert.throws(() => createTreePool(threads), RangeError);
});
