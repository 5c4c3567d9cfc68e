import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type Recording, readHyperparameters, runTreesHere, trainForest } from "@magtrace/learn";
import { createRandom } from "@magtrace/signal";
import { type PredictOptions, predict } from "./predict.ts";

const ROWS = 2_000;
const RATE_HZ = 50;

/** Noise with a hum in rows 200 to 299, 600 to 699 … */
function humming(sampleRateHz: number | null): Recording {
  const random = createRandom(3);
  const hums = (i: number) => i % 400 >= 200 && i % 400 < 300;
  const axis = () =>
    Float64Array.from({ length: ROWS }, (_, i) => (hums(i) ? 100 * Math.sin(i * 1.4) : 0) + 10 * random());
  const whole = { b_x: axis(), b_y: axis(), b_z: axis() };
  return {
    tracks: [{ startIndex: 0, endIndex: ROWS - 1, sampleRateHz }],
    read: async (start, end) => ({
      b_x: whole.b_x.slice(start, end + 1),
      b_y: whole.b_y.slice(start, end + 1),
      b_z: whole.b_z.slice(start, end + 1),
    }),
  };
}

let modelBytes: Uint8Array;
before(async () => {
  const reading = readHyperparameters({ n_trees: 10, window_length: 50, folds: 2 });
  assert.ok(reading.ok);
  const labels = [200, 600, 1_000, 1_400, 1_800].map((startIndex, i) => ({
    id: String(i),
    category: "Motor",
    startIndex,
    endIndex: startIndex + 99,
  }));
  const { bytes } = await trainForest({
    sources: [{ recording: humming(RATE_HZ), labels }],
    hyperparameters: reading.hyperparameters,
    programVersion: "test",
    runTrees: runTreesHere,
  });
  modelBytes = bytes;
});

const run = (options: Partial<PredictOptions>) =>
  predict({
    recording: humming(RATE_HZ),
    modelBytes,
    given: null,
    categories: { Motor: 7 },
    onProgress: () => {},
    signal: new AbortController().signal,
    ...options,
  });

test("a search finds the hum with its category's id, and keeps its least certain windows in order", async () => {
  const { intervals, uncertain, warnings } = await run({});
  assert.equal(intervals.length, 5);
  for (const [i, one] of intervals.entries()) {
    assert.equal(one.category, "Motor");
    assert.equal(one.categoryId, 7);
    assert.ok(Math.abs(one.start_index - (200 + 400 * i)) < 40, `${one.start_index}`);
  }
  assert.deepEqual(warnings, []);
  const margins = uncertain.map(({ margin }) => margin);
  assert.ok(margins.length > 0);
  assert.deepEqual(
    margins,
    [...margins].sort((a, b) => a - b),
  );
  assert.ok(uncertain.every(({ category }) => category === "Motor"));
});

test("given intervals are answered one for one, in their order; background has no category", async () => {
  const given = [
    { start_index: 1_010, end_index: 1_090 },
    { start_index: 20, end_index: 120 },
    { start_index: 205, end_index: 210 },
  ];
  const { intervals, uncertain } = await run({ given });
  assert.deepEqual(
    intervals.map(({ start_index, end_index, category, categoryId }) => ({
      start_index,
      end_index,
      category,
      categoryId,
    })),
    [
      { ...given[0], category: "Motor", categoryId: 7 },
      { ...given[1], category: null, categoryId: null },
      intervals[2] && {
        ...given[2],
        category: intervals[2].category,
        categoryId: intervals[2].category && 7,
      },
    ],
  );
  assert.deepEqual(uncertain, []);
});

test("a category the session does not know any id of has none", async () => {
  const { intervals } = await run({ categories: {} });
  assert.ok(intervals.every(({ categoryId }) => categoryId === null));
});

test("a dataset sampled much faster or slower, or at no known rate, comes with a warning", async () => {
  for (const rate of [RATE_HZ * 1.2, RATE_HZ / 1.2]) {
    assert.deepEqual((await run({ recording: humming(rate) })).warnings, []);
  }
  for (const rate of [200, 12.5]) {
    const { warnings } = await run({ recording: humming(rate) });
    assert.match(warnings[0]!, new RegExp(`has ${rate} readings a second, the training data had 50`));
  }
  assert.match((await run({ recording: humming(null) })).warnings[0]!, /no sampling rate/);
});

test("a file that is no model is refused, and a stop is heard", async () => {
  await assert.rejects(run({ modelBytes: modelBytes.subarray(1) }), RangeError);
  const stopped = AbortSignal.abort(new Error("stopped"));
  await assert.rejects(run({ signal: stopped }), /stopped/);
});
