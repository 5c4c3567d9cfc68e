import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Dataset, DatasetStatistics, ErrorBody } from "@magtrace/contracts";
import {
  createModel,
  createProject,
  type LearningStage,
  label,
  ok,
  predict,
  setLearningStage,
  simulateSurvey,
  train,
  upload,
} from "../support/learningStage.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";

const survey = simulateSurvey({ seed: 9 });
/** What a scalar magnetometer would have written of the same survey. */
const totalField = survey.csv
  .trim()
  .split("\n")
  .map((line, i) => {
    const [time, ...axes] = line.split(",");
    return i === 0 ? "time_s,mag_nT" : `${time},${Math.hypot(...axes.map(Number)).toFixed(3)}`;
  })
  .join("\n");

describe("a dataset of total field alone", () => {
  const cleanup = suiteCleanup();
  let stage: LearningStage;
  let project: number;
  let dataset: Dataset;

  before(async () => {
    stage = await setLearningStage(cleanup);
    project = await createProject(stage.ann, "Scalar");
    dataset = await upload(stage.ann, project, totalField, "scalar.csv");
  });

  test("has channel, statistics and windows of b, and exports as text", async () => {
    const { ann } = stage;
    assert.deepEqual(dataset.channels, ["b"]);
    const statistics = await ok<DatasetStatistics>(ann, "GET", `/api/datasets/${dataset.id}/statistics/`);
    const nothing = { min: null, max: null, mean: null, std: null };
    assert.deepEqual(statistics.magnetic_field_stats, { b_x: nothing, b_y: nothing, b_z: nothing });
    assert.ok(Math.abs(statistics.channel_stats.b!.mean! - 47_700) < 300);
    const path = `/api/datasets/${dataset.id}/data/`;
    const rows = await ok<Record<string, unknown>[]>(ann, "GET", `${path}?max_points=10&format=json`);
    assert.ok(rows.length > 0 && rows.every((row) => typeof row.b === "number" && !("b_x" in row)));
    const { status } = await ann.call("GET", `${path}?channels=b_x`);
    assert.equal(status, 400);
    const csv = await ann.call<string>("GET", `${path}?start_index=0&end_index=1&format=csv`);
    assert.equal(csv.status, 200);
  });

  test("is labelled, learned from and searched; a model of axes refuses it and says why", async () => {
    const { ann } = stage;
    await label(ann, dataset, survey.events);
    const model = await createModel(ann, project);
    const session = await train(ann, model, dataset);
    assert.equal(session.status, "completed", session.error_message ?? "");
    assert.equal(session.lineage.field, "scalar");
    const found = await predict(ann, { dataset: dataset.id, model: model.id });
    assert.equal(found.status, "completed");
    assert.ok(found.predictions.length >= survey.events.length / 2, `${found.predictions.length} found`);

    const vectors = await upload(ann, project, survey.csv);
    const onVectors = await predict(ann, { dataset: vectors.id, model: model.id });
    assert.equal(onVectors.status, "completed");
    assert.ok(onVectors.predictions.length >= survey.events.length / 2);

    await label(ann, vectors, survey.events);
    const ofAxes = await createModel(ann, project);
    assert.equal((await train(ann, ofAxes, vectors)).status, "completed");
    for (const [path, body] of [
      ["/api/predictions/", { dataset: dataset.id, model: ofAxes.id }],
      ["/api/suggestions/", { dataset: dataset.id, model: ofAxes.id }],
    ] as const) {
      const refusal = await ann.call<ErrorBody>("POST", path, body);
      assert.equal(refusal.status, 400, path);
      assert.match(JSON.stringify(refusal.body), /total field b alone/);
    }
  });
});
