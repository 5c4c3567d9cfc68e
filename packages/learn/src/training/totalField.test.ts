import assert from "node:assert/strict";
import { test } from "node:test";
import { featureNames } from "../features/createFeatureExtractor.ts";
import { readInterval } from "../features/readInterval.ts";
import { fieldOf, recordingAs } from "../features/totalField.ts";
import { runTreesHere } from "../forest/runTreesHere.ts";
import { readHyperparameters } from "../hyperparameters.ts";
import { decodeModel } from "../model/encodeModel.ts";
import { predictGivenIntervals } from "../prediction/predictGivenIntervals.ts";
import { predictIntervals } from "../prediction/predictIntervals.ts";
import { simulateEvents } from "../testing/simulateEvents.ts";
import type { Recording, TrainingSource } from "../types.ts";
import { trainForest } from "./trainForest.ts";

const source = simulateEvents({ seed: 71, rows: 6_000, rateHz: 10, eventSeconds: [3, 10] });
const scalar = (offsetNt = 0): TrainingSource => ({
  ...source,
  recording: measured(source.recording, offsetNt),
});

/** What a scalar magnetometer would have measured, less a base level: residuals are negative, too. */
function measured(recording: Recording, offsetNt: number): Recording {
  const total = recordingAs(recording, "scalar");
  return {
    ...total,
    async read(startIndex, endIndex) {
      const readings = await total.read(startIndex, endIndex);
      assert.ok("b" in readings);
      return { b: readings.b.map((b) => b - offsetNt) };
    },
  };
}

function train(sources: TrainingSource[], unit: "window" | "annotation" = "window") {
  const reading = readHyperparameters({ unit, background: true, n_trees: 12, folds: 2 });
  assert.ok(reading.ok);
  const { hyperparameters } = reading;
  return trainForest({ sources, hyperparameters, programVersion: "test", runTrees: runTreesHere });
}

test("total field alone is learned from and predicted on, by windows and by whole labels", async () => {
  for (const unit of ["window", "annotation"] as const) {
    const { bytes, metrics } = await train([scalar()], unit);
    const model = decodeModel(bytes);
    assert.equal(model.features.field, "scalar");
    assert.ok(metrics.accuracy! > 0.75, `${unit}: ${metrics.accuracy}`);
    assert.deepEqual(
      metrics.warnings.filter((words) => words.includes("total field")),
      [],
    );
    const answers = await predictGivenIntervals({
      recording: scalar().recording,
      model,
      intervals: source.labels,
    });
    const right = answers.filter(({ category }, i) => category === source.labels[i]!.category);
    assert.ok(right.length > 0.9 * answers.length, `${unit}: ${right.length} of ${answers.length}`);
  }
});

test("a base level taken off changes nothing that relative features see, though residuals are negative", async () => {
  const [plain, residual] = await Promise.all([train([scalar()]), train([scalar(45_000)])]);
  assert.ok(Math.abs(plain.metrics.accuracy! - residual.metrics.accuracy!) < 0.02);
});

test("the features of total field are those of b, and none of a vector", () => {
  const config = { unit: "window", level: "absolute", attitude: "keep", rateHz: 10 } as const;
  const names = featureNames({ ...config, field: "scalar" });
  const ofVector = ["first_axis_share", "last_axis_share", "near_vector", "far_vector"];
  const invariant = featureNames({ ...config, attitude: "invariant" });
  assert.deepEqual(
    names,
    invariant.filter((name) => !ofVector.includes(name)),
  );
  assert.deepEqual(featureNames({ ...config, attitude: "invariant", field: "scalar" }), names);
});

test("datasets of both kinds are learned from by what they have in common, and a warning says so", async () => {
  const { model, metrics } = await train([source, scalar()]);
  assert.equal(model.features.field, "scalar");
  assert.ok(metrics.warnings.some((words) => words.includes("only b was learned from")));
});

test("a model of total field looks at b of a dataset with axes; a model of axes refuses total field", async () => {
  const { model } = await train([scalar()]);
  const onScalar = await predictIntervals({ recording: scalar().recording, model });
  const onVector = await predictIntervals({ recording: source.recording, model });
  assert.deepEqual(onVector.intervals, onScalar.intervals);
  assert.ok(onVector.intervals.length > 10);

  const vector = (await train([source])).model;
  assert.equal("field" in vector.features, false);
  await assert.rejects(
    predictIntervals({ recording: scalar().recording, model: vector }),
    (error) => error instanceof RangeError && /total field b alone/.test(error.message),
  );
});

test("a long interval of total field is averaged down as one of axes is", async () => {
  const total = recordingAs(source.recording, "scalar");
  assert.equal(fieldOf(total), "scalar");
  const whole = await total.read(0, 999);
  const { readings, rows } = await readInterval(total, 0, 999, 100);
  assert.ok("b" in readings && "b" in whole);
  assert.equal(rows, 100);
  const mean = whole.b.subarray(10, 20).reduce((sum, b) => sum + b, 0) / 10;
  assert.ok(Math.abs(readings.b[1]! - mean) < 1e-9);
});
