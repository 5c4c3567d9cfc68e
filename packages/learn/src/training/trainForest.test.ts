import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runTreesHere } from "../forest/runTreesHere.ts";
import { readHyperparameters } from "../hyperparameters.ts";
import { scoreEvents } from "../intervals/scoreEvents.ts";
import { decodeModel } from "../model/encodeModel.ts";
import { predictGivenIntervals } from "../prediction/predictGivenIntervals.ts";
import { predictIntervals } from "../prediction/predictIntervals.ts";
import { recordingOf } from "../testing/recordingOf.ts";
import { simulateEvents } from "../testing/simulateEvents.ts";
import type { CheckpointPort, Label, TrainingProgress, TrainingSource } from "../types.ts";
import { type TrainedForest, type TrainForestOptions, trainForest } from "./trainForest.ts";

const survey = (seed: number) => simulateEvents({ seed, rows: 8_000, rateHz: 10, eventSeconds: [3, 12] });

function train(
  sources: TrainingSource[],
  given: Record<string, unknown> = {},
  options: Partial<TrainForestOptions> = {},
): Promise<TrainedForest> {
  const reading = readHyperparameters(given);
  assert.ok(reading.ok);
  const { hyperparameters } = reading;
  return trainForest({
    sources,
    hyperparameters,
    programVersion: "test",
    runTrees: runTreesHere,
    ...options,
  });
}

/** Keeps the last checkpoint, and dies at the n-th save: before it is written, or after. */
function mortalCheckpoint(dieAt: number, after: boolean) {
  let saved: Uint8Array | null = null;
  let saves = 0;
  const port: CheckpointPort = {
    load: async () => saved?.slice() ?? null,
    save: async (bytes) => {
      saves++;
      if (saves === dieAt && !after) throw new Error("killed");
      saved = bytes.slice();
      if (saves === dieAt && after) throw new Error("killed");
    },
  };
  return { port, saves: () => saves };
}

test("killed at any checkpoint and continued, a training gives the same model and metrics", async () => {
  const source = simulateEvents({ seed: 1, rows: 4_000, rateHz: 10, eventSeconds: [3, 12] });
  const given = { n_trees: 20, folds: 3, background: true };
  const whole = await train([source], given);
  const immortal = mortalCheckpoint(0, true);
  await train([source], given, { checkpoint: immortal.port });
  assert.ok(immortal.saves() >= 10);
  for (let dieAt = 1; dieAt <= immortal.saves(); dieAt++) {
    const { port } = mortalCheckpoint(dieAt, dieAt % 2 === 0);
    await assert.rejects(train([source], given, { checkpoint: port }), /killed/);
    const continued = await train([source], given, { checkpoint: port });
    assert.deepEqual(continued.bytes, whole.bytes, `killed at save ${dieAt}`);
    assert.deepEqual(continued.metrics, whole.metrics);
  }
});

test("continuing does not repeat trees, and a checkpoint of another training or a damaged one is not used", async () => {
  const source = survey(1);
  const given = { n_trees: 20, folds: 3, background: true };
  const { port } = mortalCheckpoint(7, true);
  await assert.rejects(train([source], given, { checkpoint: port }), /killed/);
  const countingTrees = () => {
    let grown = 0;
    const runTrees: TrainForestOptions["runTrees"] = (request) => {
      grown += request.treeIndices.length;
      return runTreesHere(request);
    };
    return { runTrees, grown: () => grown };
  };
  const half = (await port.load())!;
  const keeping = (bytes: Uint8Array): CheckpointPort => ({ load: async () => bytes, save: async () => {} });

  const resumed = countingTrees();
  await train([source], given, { checkpoint: keeping(half), runTrees: resumed.runTrees });
  assert.ok(resumed.grown() > 0 && resumed.grown() < 60, `${resumed.grown()} of 80 trees were grown`);

  const damaged = half.slice();
  damaged[damaged.length >> 1]! ^= 1;
  for (const [checkpoint, changed] of [
    [damaged, {}],
    [half, { seed: 1 }],
    [new Uint8Array(0), {}],
  ] as const) {
    const anew = countingTrees();
    const result = await train(
      [source],
      { ...given, ...changed },
      { checkpoint: keeping(checkpoint), runTrees: anew.runTrees },
    );
    assert.equal(anew.grown(), 80);
    assert.deepEqual(result.bytes, (await train([source], { ...given, ...changed })).bytes);
  }
});

test("another seed gives another model; the order in which trees finish changes nothing", async () => {
  const source = survey(2);
  const given = { n_trees: 16, folds: 2, background: true };
  const backwards: TrainForestOptions["runTrees"] = async (request) => {
    const reversed = { ...request, treeIndices: [...request.treeIndices].reverse() };
    return (await runTreesHere(reversed)).reverse();
  };
  const { bytes } = await train([source], given);
  assert.deepEqual((await train([source], given, { runTrees: backwards })).bytes, bytes);
  assert.notDeepEqual((await train([source], { ...given, seed: 5 })).bytes, bytes);
});

test("progress rises to 1, counts trees, and shows the fold's accuracy while it grows", async () => {
  const seen: TrainingProgress[] = [];
  await train(
    [survey(1)],
    { n_trees: 16, folds: 2, background: true },
    { onProgress: (progress) => seen.push(progress) },
  );
  for (const [i, progress] of seen.entries()) {
    assert.ok(i === 0 || progress.fraction >= seen[i - 1]!.fraction);
    assert.ok(progress.message.length > 0);
  }
  assert.deepEqual(
    [...new Set(seen.map(({ phase }) => phase))],
    ["windows", "features", "validation", "forest", "finished"],
  );
  assert.equal(seen.at(-1)!.fraction, 1);
  assert.equal(seen.at(-1)!.treesDone, 48);
  const live = seen.flatMap(({ metrics }) => (metrics ? [metrics] : []));
  assert.ok(live.every(({ fold_accuracy }) => fold_accuracy > 0.3 && fold_accuracy <= 1));
  assert.equal(live[0]!.out_of_fold_accuracy, null);
  assert.ok(live.at(-1)!.out_of_fold_accuracy! > 0.5);
});

test("a stop ends a training with the stop's own reason", async () => {
  const controller = new AbortController();
  const reason = new Error("stopped by its user");
  let batches = 0;
  const runTrees: TrainForestOptions["runTrees"] = (request) => {
    if (++batches === 3) controller.abort(reason);
    return runTreesHere(request);
  };
  const stopped = train([survey(1)], { n_trees: 40 }, { signal: controller.signal, runTrees });
  await assert.rejects(stopped, reason);
  assert.equal(batches, 3);
});

test("events of 2 to 60 s at 10 and 50 Hz are found on another day's survey, and cross-validation says so before", async () => {
  for (const { rateHz, eventSeconds, rows } of [
    { rateHz: 10, eventSeconds: [2, 10], rows: 8_000 },
    { rateHz: 50, eventSeconds: [5, 60], rows: 60_000 },
  ] as const) {
    const [first, second] = [11, 12].map((seed) => simulateEvents({ seed, rows, rateHz, eventSeconds })) as [
      TrainingSource,
      TrainingSource,
    ];
    const { bytes, metrics } = await train([first], { background: true, n_trees: 60 });
    assert.ok(
      metrics.event_f1! >= 0.85,
      `event F1 of ${metrics.event_f1} in cross-validation at ${rateHz} Hz`,
    );
    const { intervals } = await predictIntervals({ recording: second.recording, model: decodeModel(bytes) });
    const { f1, n_truth } = scoreEvents(intervals, second.labels);
    assert.ok(n_truth > 20 && f1 >= 0.9, `event F1 of ${f1} at ${rateHz} Hz`);
  }
});

test("metrics are plain JSON without a NaN, and every count in them adds up", async () => {
  const { metrics } = await train([survey(3)], { background: true, n_trees: 20 });
  assert.deepEqual(JSON.parse(JSON.stringify(metrics)), metrics);
  const { validation } = metrics;
  assert.ok(validation);
  const total = (counts: Iterable<number>) => [...counts].reduce((sum, count) => sum + count, 0);
  assert.equal(total(Object.values(metrics.examples_per_class)), metrics.examples);
  assert.equal(total(validation.confusion_matrix.flat()), validation.n);
  assert.equal(total(validation.per_class.map(({ support }) => support)), validation.n);
  assert.equal(total(validation.calibration.bins.map(({ n }) => n)), validation.n);
  assert.equal(total(Object.values(metrics.labels_per_class)), validation.events!.n_truth);
  assert.ok(Math.abs(total(metrics.feature_importances.map(({ importance }) => importance)) - 1) < 1e-9);
  assert.deepEqual(metrics.classes, ["bump", "noise", "tone", "background"]);
});

test("labels that mean nothing score no better than chance: nothing leaks into validation", async () => {
  // The same shapes under names drawn by position: whoever scores well has seen the answers.
  const source = survey(4);
  const labels = source.labels.map((label, i) => ({
    ...label,
    category: (i * 7) % 5 < 2 ? "heads" : "tails",
  }));
  const { metrics } = await train([{ ...source, labels }], { n_trees: 30, stride: 1 });
  assert.ok(metrics.balanced_accuracy! < 0.68, `balanced accuracy of ${metrics.balanced_accuracy}`);
});

/** Rows without a pattern, as an old client's small file has them. */
function smallSource(
  rows: number,
  labels: Omit<Label, "id">[],
  sampleRateHz: number | null = 10,
): TrainingSource {
  const column = (k: number) =>
    Float64Array.from({ length: rows }, (_, i) => 9000 * k + 400 * Math.sin(i * (k + 1.7) ** 2));
  const recording = recordingOf({ b_x: column(1), b_y: column(2), b_z: column(3) }, sampleRateHz);
  return { recording, labels: labels.map((label, i) => ({ id: `${i}`, ...label })) };
}

test("one category with one label of eleven rows of 46 is trained, with a warning instead of a score", async () => {
  for (const rate of [10, null]) {
    const source = smallSource(46, [{ startIndex: 10, endIndex: 20, category: "Fan noise" }], rate);
    const { model, metrics } = await train([source]);
    assert.equal(metrics.accuracy, null);
    assert.equal(metrics.validation, null);
    assert.match(metrics.warnings.join(" "), /too few labels.*mean nothing/);
    assert.deepEqual(metrics.classes, ["Fan noise", "background"]);
    const { intervals } = await predictIntervals({ recording: source.recording, model });
    assert.ok(intervals.every(({ category }) => category === "Fan noise"));
  }
});

test("one category over the whole dataset gives a model that always answers it, with a warning", async () => {
  const source = smallSource(46, [{ startIndex: 0, endIndex: 45, category: "Motor" }]);
  for (const unit of ["window", "annotation"]) {
    const { model, metrics } = await train([source], { unit });
    assert.match(metrics.warnings.join(" "), /"Motor" is all there is to learn/);
    assert.equal(metrics.accuracy, null);
    const { intervals } = await predictIntervals({ recording: source.recording, model });
    assert.deepEqual(
      intervals.map(({ startIndex, endIndex, category, confidence }) => [
        startIndex,
        endIndex,
        category,
        confidence,
      ]),
      [[0, 45, "Motor", 1]],
    );
  }
});

test("any small dataset with any labels is trained or refused with a sentence", async () => {
  for (const rows of [1, 2, 3, 5, 12, 46]) {
    for (const [start, end] of [
      [0, 0],
      [0, rows - 1],
      [rows >> 1, rows - 1],
    ] as const) {
      for (const unit of ["window", "annotation"]) {
        for (const categories of [["a"], ["a", "b"]]) {
          const labels = categories.map((category, i) => {
            return {
              startIndex: Math.min(start + i, rows - 1),
              endIndex: Math.max(end, Math.min(start + i, rows - 1)),
              category,
            };
          });
          const { metrics, bytes } = await train([smallSource(rows, labels, null)], { unit, n_trees: 3 });
          assert.ok(metrics.warnings.length > 0);
          assert.ok(decodeModel(bytes).trees.length > 0);
        }
      }
    }
  }
});

test("no labels, or labels in gaps only, are refused with a sentence", async () => {
  await assert.rejects(train([smallSource(46, [])]), { name: "RangeError", message: /no labels/ });
  const gone = new Float64Array(60).fill(Number.NaN);
  const recording = recordingOf({ b_x: gone, b_y: gone, b_z: gone }, 10);
  const labels = [{ id: "1", startIndex: 5, endIndex: 25, category: "a" }];
  await assert.rejects(train([{ recording, labels }]), { name: "RangeError", message: /gap/ });
});

test("a category whose only label lies in a gap costs a warning, not the training", async () => {
  const source = survey(5);
  const last = source.labels.at(-1)!.endIndex;
  const whole = source.recording;
  const recording = {
    ...whole,
    async read(start: number, end: number) {
      const readings = await whole.read(start, end);
      assert.ok("b_y" in readings);
      for (let row = Math.max(start, last - 60); row <= end; row++) readings.b_y[row - start] = Number.NaN;
      return readings;
    },
  };
  const labels = [
    ...source.labels.slice(0, -2),
    { id: "lost", startIndex: last - 40, endIndex: last, category: "lost" },
  ];
  const { metrics } = await train([{ recording, labels }], { n_trees: 10, background: true });
  assert.match(metrics.warnings.join(" "), /No readings are left of category "lost"/);
  assert.ok(metrics.accuracy! > 0.8);
});

test("leaving rows unlabelled without learning background is warned of", async () => {
  const { metrics } = await train([survey(6)], { n_trees: 10 });
  assert.match(metrics.warnings.join(" "), /have no label, but the model knows no background/);
  assert.equal(metrics.event_f1, null);
});

test("several recordings of different rates and tracks are learned from together", async () => {
  const slow = simulateEvents({ seed: 21, rows: 6_000, rateHz: 10, eventSeconds: [4, 10] });
  const fast = simulateEvents({ seed: 22, rows: 12_000, rateHz: 20, eventSeconds: [4, 10] });
  const { model, metrics } = await train([slow, fast], { background: true, n_trees: 20 });
  assert.ok(metrics.accuracy! > 0.8, `${metrics.accuracy}`);
  assert.ok(
    Object.values(metrics.labels_per_class).reduce((a, b) => a + b) ===
      slow.labels.length + fast.labels.length,
  );
  assert.equal(
    decodeModel((await train([slow, fast], { background: true, n_trees: 20 })).bytes).windowing.rateHz,
    model.windowing.rateHz,
  );
});

const gestures = join(import.meta.dirname, "../../../../../shared/data/gestures");

function gestureSource(name: string): TrainingSource {
  const table = (file: string) =>
    readFileSync(join(gestures, file), "utf8")
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(","));
  const rows = table(`${name}.csv`);
  const column = (k: number) =>
    Float64Array.from(rows, (row) => (row[k] === "" ? Number.NaN : Number(row[k])));
  const labels = table(`${name}.labels.csv`).map(([start, end, category], i) => {
    return { id: `${i}`, startIndex: Number(start), endIndex: Number(end), category: category! };
  });
  return { recording: recordingOf({ b_x: column(1), b_y: column(2), b_z: column(3) }, 53), labels };
}

test("real gestures are told apart on later recordings by the same hand", async (t) => {
  if (!existsSync(gestures)) {
    t.skip("the gesture recordings are not here");
    return;
  }
  const { model, metrics } = await train([gestureSource("train")], { unit: "annotation" });
  const later = gestureSource("test");
  const answers = await predictGivenIntervals({ recording: later.recording, model, intervals: later.labels });
  const hits = answers.filter(({ category }, i) => category === later.labels[i]!.category).length;
  assert.ok(metrics.accuracy! >= 0.85, `accuracy of ${metrics.accuracy} in cross-validation`);
  assert.ok(hits / answers.length >= 0.78, `accuracy of ${hits / answers.length}`);
  assert.equal(metrics.validation!.events, null);
});
