import assert from "node:assert/strict";
import { test } from "node:test";
import { binFeatures, binFeaturesInStretches } from "./forest/binFeatures.ts";
import { predictInStretches } from "./forest/predictInStretches.ts";
import { predictProbabilities } from "./forest/predictProbabilities.ts";
import { runTreesHere } from "./forest/runTreesHere.ts";
import { readHyperparameters } from "./hyperparameters.ts";
import { predictGivenIntervals } from "./prediction/predictGivenIntervals.ts";
import { predictIntervals } from "./prediction/predictIntervals.ts";
import { simulateEvents } from "./testing/simulateEvents.ts";
import { trainForest } from "./training/trainForest.ts";
import type { Recording, Tree } from "./types.ts";
import { createWorkBudget, type YieldToEventLoop } from "./workBudget.ts";

const source = simulateEvents({ seed: 51, rows: 24_000, rateHz: 10, eventSeconds: [3, 12] });

/** Counts how often others had their turn. */
function counter() {
  let yields = 0;
  const yieldToEventLoop: YieldToEventLoop = async () => {
    yields++;
  };
  return { yieldToEventLoop, yields: () => yields };
}

function train(unit: string, recording: Recording, yieldToEventLoop?: YieldToEventLoop) {
  const reading = readHyperparameters({ unit, background: true, n_trees: 12, folds: 2 });
  assert.ok(reading.ok);
  return trainForest({
    sources: [{ recording, labels: source.labels }],
    hyperparameters: reading.hyperparameters,
    programVersion: "test",
    runTrees: runTreesHere,
    ...(yieldToEventLoop && { yieldToEventLoop }),
  });
}

test("a yield is due whenever 25 ms of work are spent, and never without anybody to yield to", async () => {
  const { yieldToEventLoop, yields } = counter();
  const work = createWorkBudget(yieldToEventLoop);
  assert.deepEqual([work.spend(25e6), work.spend(1)], [false, true]);
  await work.yield();
  assert.deepEqual([yields(), work.spend(25e6), work.spend(0), work.spend(1)], [1, false, false, true]);
  assert.equal(createWorkBudget(undefined).spend(Number.POSITIVE_INFINITY), false);
});

test("training and prediction yield as they compute, and give the same as without", async () => {
  for (const unit of ["window", "annotation"]) {
    const plain = await train(unit, source.recording);
    const training = counter();
    const yielding = await train(unit, source.recording, training.yieldToEventLoop);
    assert.deepEqual(yielding.bytes, plain.bytes);
    assert.deepEqual(yielding.metrics, plain.metrics);
    // Whole annotations are few: learning from them takes no time.
    if (unit === "window") assert.ok(training.yields() >= 2, `${training.yields()} yields of a training`);

    const { model } = plain;
    const search = counter();
    const { recording } = source;
    const { yieldToEventLoop } = search;
    assert.deepEqual(
      await predictIntervals({ recording, model, yieldToEventLoop }),
      await predictIntervals({ recording, model }),
    );
    assert.ok(search.yields() >= 2, `${search.yields()} yields of a search by ${unit}`);

    const answers = counter();
    const intervals = Array.from({ length: 20 }, () => source.labels).flat();
    assert.deepEqual(
      await predictGivenIntervals({
        recording,
        model,
        intervals,
        yieldToEventLoop: answers.yieldToEventLoop,
      }),
      await predictGivenIntervals({ recording, model, intervals }),
    );
    assert.ok(answers.yields() >= 1, `${answers.yields()} yields of answers by ${unit}`);
  }
});

test("one read's worth of windows is not one stretch: a stop is heard amid it", async () => {
  const { model } = await train("window", source.recording);
  const reason = new Error("stopped");
  const controller = new AbortController();
  let reads = 0;
  const recording: Recording = {
    ...source.recording,
    read: (start, end) => {
      reads++;
      return source.recording.read(start, end);
    },
  };
  const stopped = predictIntervals({
    recording,
    model,
    signal: controller.signal,
    yieldToEventLoop: async () => controller.abort(reason),
  });
  await assert.rejects(stopped, reason);
  assert.equal(reads, 1);
});

test("a large forest is asked in pieces of rows and trees, which change no bit", async () => {
  const features = 2;
  const tree = (threshold: number): Tree => ({
    feature: Int16Array.of(1, -1, -1),
    threshold: Float32Array.of(threshold, 0, 0),
    child: Int32Array.of(1, 0, 1),
    probabilities: Float32Array.of(0.1, 0.9, 0.7, 0.3),
    importances: new Float64Array(features),
  });
  const trees = Array.from({ length: 300 }, (_, t) => tree(-t));
  for (const n of [0, 1, 2, 9000]) {
    const matrix = Float32Array.from({ length: n * features }, (_, i) =>
      i % 97 === 0 ? Number.NaN : -i % 311,
    );
    for (const rows of [n, Uint32Array.from({ length: n }, (_, i) => n - 1 - i)]) {
      const { yieldToEventLoop, yields } = counter();
      const work = createWorkBudget(yieldToEventLoop);
      const pieces = await predictInStretches(trees, matrix, features, 2, rows, work);
      assert.deepEqual(pieces, predictProbabilities(trees, matrix, features, 2, rows));
      assert.ok(n < 9000 ? yields() === 0 : yields() >= 4, `${yields()} yields for ${n} rows`);
    }
  }
  const work = createWorkBudget(undefined);
  await assert.rejects(predictInStretches([], new Float32Array(2), features, 2, 1, work), RangeError);
});

test("many values are binned feature by feature, to the same bins", async () => {
  const n = 60_000;
  const features = 5;
  const options = {
    matrix: Float32Array.from({ length: n * features }, (_, i) => ((i * 7919) % 10_007) - 9000),
    features,
    labels: new Uint8Array(n),
    classes: 1,
    rows: Uint32Array.from({ length: n }, (_, i) => i),
    maxBins: 200,
  };
  const { yieldToEventLoop, yields } = counter();
  assert.deepEqual(
    await binFeaturesInStretches(options, createWorkBudget(yieldToEventLoop)),
    binFeatures(options),
  );
  assert.ok(yields() >= 2, `${yields()} yields`);
});
