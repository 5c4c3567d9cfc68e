import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { afterEach, before, describe, test } from "node:test";
import type { TrainingSession, UserModel } from "@magtrace/contracts";
import { decodeModel, type TrainingMetrics } from "@magtrace/learn";
import {
  createModel,
  createProject,
  label,
  modelBytes,
  ok,
  simulateSurvey,
  startTraining,
  train,
  until,
  upload,
} from "../support/learningStage.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { untilTrue } from "../support/untilTrue.ts";
import { SESSIONS, setTrainingStage, type TrainingStage } from "./trainingStage.ts";

describe("training", () => {
  const cleanup = suiteCleanup();
  let stage: TrainingStage["stage"];
  let ann: TrainingStage["ann"];
  let project: TrainingStage["project"];
  let survey: TrainingStage["survey"];
  let dataset: TrainingStage["dataset"];
  let start: TrainingStage["start"];
  let keysOf: TrainingStage["keysOf"];
  let untilNoCheckpoint: TrainingStage["untilNoCheckpoint"];

  before(async () => {
    ({ stage, ann, project, survey, dataset, start, keysOf, untilNoCheckpoint } =
      await setTrainingStage(cleanup));
  });

  /** A test that failed in between leaves the next ones their worker. */
  afterEach(() => stage.resumeWorker());

  test("a session ends completed, with scores, a log, a file, and where it all comes from", async () => {
    const model = await createModel(ann, project, { seed: 5, epochs: 30 });
    const session = await train(ann, model, dataset, { training_config: { n_trees: 10 } });
    assert.equal(session.status, "completed", String(session.error_message));
    assert.equal(session.progress, 100);
    assert.equal(session.current_epoch, session.total_epochs);
    assert.equal(session.total_epochs, 10 * (3 + 1));
    assert.ok(session.started_at !== null && session.completed_at !== null);

    const metrics = session.final_metrics as unknown as TrainingMetrics;
    assert.deepEqual(metrics.classes, ["Fan noise", "Motor", "background"]);
    assert.ok(metrics.accuracy! > 0.8, `accuracy ${metrics.accuracy}`);
    assert.equal(session.validation_metrics.n, metrics.validation!.n);
    assert.equal(session.training_metrics.examples, metrics.examples);

    const messages = session.training_logs.map(({ message }) => message);
    assert.equal(messages[0], `Started on ${survey.events.length} labels of 1 dataset.`);
    assert.equal(messages.at(-1), "Finished.");
    assert.equal(new Set(messages).size, messages.length);

    const { lineage } = session;
    assert.deepEqual(lineage.hyperparameters, {
      n_trees: 10,
      folds: 3,
      background: true,
      seed: 5,
      epochs: 30,
    });
    const [source] = lineage.datasets as { id: number; sha256: string; total_records: number }[];
    assert.equal(source!.id, dataset.id);
    assert.equal(source!.sha256, createHash("sha256").update(survey.csv).digest("hex"));
    assert.equal(source!.total_records, 4_000);
    assert.equal(lineage.labels_count, survey.events.length);
    assert.match(String(lineage.labels_sha256), /^[0-9a-f]{64}$/);
    assert.equal(lineage.seed, 5);
    assert.equal(lineage.algorithm, "random_forest");
    assert.equal(lineage.program_version, stage.config.version);
    assert.equal(lineage.node_version, process.version);

    const bytes = await modelBytes(stage, ann, session.id);
    assert.equal(createHash("sha256").update(bytes).digest("hex"), lineage.model_sha256);
    // A plain array: a Buffer's slices share their memory.
    assert.equal(decodeModel(new Uint8Array(bytes)).trees.length, 10);

    const scored = await ok<UserModel>(ann, "GET", `/api/user-models/${model.id}/`);
    assert.equal(scored.performance_metrics.training_session, session.id);
    assert.equal(scored.performance_metrics.accuracy, metrics.accuracy);
    const { checkpoint_key } = await keysOf(session.id);
    assert.equal(checkpoint_key, null);
    await untilNoCheckpoint(session.id);
  });

  test("the same data, labels, hyperparameters and seed give the same file", async () => {
    const model = await createModel(ann, project);
    const [first, second] = [await train(ann, model, dataset), await train(ann, model, dataset)];
    const other = await train(ann, model, dataset, { training_config: { seed: 1 } });
    const bytes = (session: TrainingSession) => modelBytes(stage, ann, session.id);
    assert.ok((await bytes(first)).equals(await bytes(second)));
    assert.equal((await bytes(first)).equals(await bytes(other)), false);
    assert.equal(first.lineage.labels_sha256, second.lineage.labels_sha256);
  });

  test("creating a session starts it, and an old client's total_epochs is kept for the record", async () => {
    const model = await createModel(ann, project, { n_trees: 4 });
    const made = await ann.call<TrainingSession>("POST", SESSIONS, {
      model: model.id,
      dataset: dataset.id,
      total_epochs: 77,
    });
    assert.equal(made.status, 201);
    assert.equal(made.body.status, "pending");
    const ended = await until<TrainingSession>(ann, `${SESSIONS}${made.body.id}/status/`);
    assert.equal(ended.status, "completed");
    assert.equal((ended.lineage.hyperparameters as Record<string, unknown>).total_epochs, 77);
    assert.equal(ended.total_epochs, 4 * (3 + 1));
  });

  test("one label of eleven rows in a dataset of 46 ends completed, with an honest warning", async () => {
    const lines = Array.from({ length: 46 }, (_, i) => {
      const time = `24:${(40 + Math.floor(i * 0.95) / 10).toFixed(1)}`;
      return `${time},${7_000 + 300 * Math.sin(i)},${9_400 + 40 * i},${14_600 + 200 * Math.cos(2 * i)}`;
    });
    const tiny = await upload(ann, project, ["timestamp_pc,b_x,b_y,b_z", ...lines].join("\n"), "tiny.csv");
    assert.equal(tiny.total_records, 46);
    await label(ann, tiny, [{ start_index: 10, end_index: 20, category: "Motor" }]);
    const model = await ok<UserModel>(ann, "POST", "/api/user-models/", {
      project,
      name: "old client",
      model_type: "classification",
    });
    const made = await ok<TrainingSession>(ann, "POST", SESSIONS, {
      model: model.id,
      dataset: tiny.id,
      total_epochs: 10,
    });
    const session = await until<TrainingSession>(ann, `${SESSIONS}${made.id}/`);
    assert.equal(session.status, "completed", String(session.error_message));
    const { warnings, accuracy } = session.final_metrics as unknown as TrainingMetrics;
    assert.ok(
      warnings.some((warning) => /mean (nothing|next to nothing)/.test(warning)),
      warnings.join(" | "),
    );
    if (accuracy !== null) assert.ok(warnings.some((warning) => /rest on/.test(warning)));
  });

  test("labels are frozen at the start: what happens to them afterwards changes nothing", async () => {
    const own = await upload(ann, project, survey.csv, "frozen.csv");
    const labels = await label(ann, own, survey.events);
    const model = await createModel(ann, project, { n_trees: 3 });
    await stage.stopWorker();
    const { id } = await startTraining(ann, model, own);
    for (const { id: labelId } of labels) await ann.call("DELETE", `/api/annotations/${labelId}/`);
    await stage.restartWorker();
    const session = await until<TrainingSession>(ann, `${SESSIONS}${id}/`);
    assert.equal(session.status, "completed");
    const { labels_per_class } = session.final_metrics as unknown as TrainingMetrics;
    assert.deepEqual(labels_per_class, { "Fan noise": 8, Motor: 8 });
    assert.equal((await start({ model_id: model.id, dataset_id: own.id })).status, 422);
  });

  test("several datasets are learned from together", async () => {
    const second = simulateSurvey({ seed: 2, rows: 1_500 });
    const other = await upload(ann, project, second.csv, "second.csv");
    await label(ann, other, second.events);
    const model = await createModel(ann, project, { n_trees: 3 });
    const session = await train(ann, model, dataset, {
      additional_dataset_ids: [other.id, dataset.id, other.id],
    });
    assert.equal(session.status, "completed");
    assert.deepEqual(session.additional_datasets, [other.id]);
    assert.equal(session.lineage.labels_count, survey.events.length + second.events.length);
  });

  test("continuing takes along the earlier session's hyperparameters, datasets and frozen labels", async () => {
    const first = simulateSurvey({ seed: 3, rows: 1_500 });
    const earlierData = await upload(ann, project, first.csv, "earlier.csv");
    const [doomed] = await label(ann, earlierData, first.events);
    const model = await createModel(ann, project, { n_trees: 3 });
    const earlier = await train(ann, model, earlierData, { training_config: { seed: 9 } });
    await ann.call("DELETE", `/api/annotations/${doomed!.id}/`);
    const session = await train(ann, model, dataset, {
      continue_from_session: earlier.id,
      training_config: { n_trees: 4 },
    });
    assert.equal(session.status, "completed");
    assert.equal(session.continued_from, earlier.id);
    assert.deepEqual(session.additional_datasets, [earlierData.id]);
    assert.equal(session.lineage.labels_count, survey.events.length + first.events.length);
    const { seed, n_trees } = session.lineage.hyperparameters as Record<string, unknown>;
    assert.deepEqual([seed, n_trees], [9, 4]);

    // Named again, a dataset comes with the labels it has now.
    const again = await train(ann, model, earlierData, { continue_from_session: earlier.id });
    assert.equal(again.lineage.labels_count, first.events.length - 1);

    await ann.call("DELETE", `/api/datasets/${earlierData.id}/`);
    const gone = await start({
      model_id: model.id,
      dataset_id: dataset.id,
      continue_from_session: session.id,
    });
    assert.equal(gone.status, 409);
    assert.match(gone.error, new RegExp(`dataset ${earlierData.id} has been deleted`));
  });

  test("a session of another project, or one that is not completed, cannot be continued", async () => {
    const elsewhere = await createProject(ann, "Elsewhere");
    const theirs = await upload(ann, elsewhere, survey.csv);
    await label(ann, theirs, survey.events);
    const model = await createModel(ann, elsewhere, { n_trees: 2 });
    const session = await train(ann, model, theirs);
    const own = await createModel(ann, project);
    const request = { model_id: own.id, dataset_id: dataset.id };
    assert.equal((await start({ ...request, continue_from_session: session.id })).status, 404);
    assert.equal((await start({ ...request, continue_from_session: 999_999 })).status, 404);
    await stage.stopWorker();
    const waiting = await startTraining(ann, own, dataset);
    const refused = await start({ ...request, continue_from_session: waiting.id });
    assert.deepEqual([refused.status, refused.code], [409, "not_ready"]);
    await ok(ann, "POST", `${SESSIONS}${waiting.id}/stop_training/`);
    await stage.restartWorker();
  });

  test("data that teaches nothing ends failed with the reason, and is not tried again", async () => {
    const model = await createModel(ann, project, { window_length: 3_000 });
    const session = await train(ann, model, dataset);
    assert.equal(session.status, "failed");
    assert.match(session.error_message!, /^No label covers half of a window of 3000 rows.*\.$/);
    // The session says so before its job has ended.
    const job = async () => {
      const { rows } = await stage.owner.query(
        "SELECT state, retry_count FROM pgboss.job WHERE name = 'train' AND data->>'id' = $1",
        [String(session.id)],
      );
      return rows;
    };
    await untilTrue(async () => (await job())[0].state !== "active");
    assert.deepEqual(await job(), [{ state: "completed", retry_count: 0 }]);
  });
});
