import assert from "node:assert/strict";
import { afterEach, before, describe, test } from "node:test";
import type { TrainingSession } from "@magtrace/contracts";
import { abandonTraining } from "../../src/training/jobs.ts";
import {
  createModel,
  label,
  modelBytes,
  ok,
  startTraining,
  train,
  until,
  upload,
} from "../support/learningStage.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { SESSIONS, setTrainingStage, type TrainingStage } from "./trainingStage.ts";

/** Takes seconds on any machine, so that there is time to stop it. */
const LONG = { n_trees: 2000, folds: 20, stride: 1 };

describe("stopping a training", () => {
  const cleanup = suiteCleanup();
  let stage: TrainingStage["stage"];
  let ann: TrainingStage["ann"];
  let project: TrainingStage["project"];
  let survey: TrainingStage["survey"];
  let dataset: TrainingStage["dataset"];
  let platform: TrainingStage["platform"];
  let refusal: TrainingStage["refusal"];
  let keysOf: TrainingStage["keysOf"];
  let untilNoCheckpoint: TrainingStage["untilNoCheckpoint"];

  before(async () => {
    ({ stage, ann, project, survey, dataset, platform, refusal, keysOf, untilNoCheckpoint } =
      await setTrainingStage(cleanup));
  });

  /** A test that failed in between leaves the next ones their worker. */
  afterEach(() => stage.resumeWorker());

  test("a session that waits is cancelled at once, and no worker takes it up again", async () => {
    const model = await createModel(ann, project);
    await stage.stopWorker();
    const { id } = await startTraining(ann, model, dataset);
    const active = await ok<TrainingSession[]>(
      ann,
      "GET",
      `${SESSIONS}active_sessions/?project_id=${project}`,
    );
    assert.deepEqual(
      active.map((session) => session.id),
      [id],
    );
    assert.equal((await refusal("GET", `${SESSIONS}${id}/model/`)).code, "not_ready");
    const held = await refusal("DELETE", `${SESSIONS}${id}/`);
    assert.equal(held.status, 409);
    assert.match(held.error, /Stop it first: POST \/api\/training-sessions\/\d+\/stop_training\//);
    const heldModel = await refusal("DELETE", `/api/user-models/${model.id}/`);
    assert.equal(heldModel.status, 409);
    assert.match(heldModel.error, new RegExp(`session ${id}`));

    const stopped = await ok<TrainingSession>(ann, "POST", `${SESSIONS}${id}/stop_training/`);
    assert.equal(stopped.status, "cancelled");
    assert.equal(
      (await ok<TrainingSession>(ann, "POST", `${SESSIONS}${id}/stop_training/`)).status,
      "cancelled",
    );
    assert.deepEqual(await ok(ann, "GET", `${SESSIONS}active_sessions/?project_id=${project}`), []);
    await stage.restartWorker();
    await train(ann, await createModel(ann, project, { n_trees: 1 }), dataset);
    const later = await ok<TrainingSession>(ann, "GET", `${SESSIONS}${id}/`);
    assert.deepEqual([later.status, later.started_at], ["cancelled", null]);
  });

  test("a session that runs is stopped within seconds and keeps nothing", async () => {
    const model = await createModel(ann, project, LONG);
    const { id } = await startTraining(ann, model, dataset);
    await until<TrainingSession>(ann, `${SESSIONS}${id}/`, ({ current_epoch }) => current_epoch > 0);
    assert.equal((await refusal("DELETE", `${SESSIONS}${id}/`)).status, 409);
    const begun = performance.now();
    await ok(ann, "POST", `${SESSIONS}${id}/stop_training/`);
    const session = await until<TrainingSession>(ann, `${SESSIONS}${id}/status/`);
    assert.equal(session.status, "cancelled");
    assert.ok(performance.now() - begun < 60_000, "by itself it would go on for many minutes");
    assert.equal(session.training_logs.at(-1)!.message, "Stopped.");
    await untilNoCheckpoint(id);
    assert.equal((await refusal("GET", `${SESSIONS}${id}/model/`)).status, 409);
  });

  test("an ended session cannot be stopped", async () => {
    const session = await train(ann, await createModel(ann, project, { n_trees: 1 }), dataset);
    const refused = await refusal("POST", `${SESSIONS}${session.id}/stop_training/`);
    assert.deepEqual([refused.status, refused.code], [409, "conflict"]);
  });

  test("a dataset deleted before its turn ends the session in words; its own dataset takes it along", async () => {
    const extra = await upload(ann, project, survey.csv, "extra.csv");
    const main = await upload(ann, project, survey.csv, "main.csv");
    await label(ann, main, survey.events);
    const model = await createModel(ann, project);
    await stage.stopWorker();
    const first = await startTraining(ann, model, dataset, { additional_dataset_ids: [extra.id] });
    const second = await startTraining(ann, model, main);
    await ann.call("DELETE", `/api/datasets/${extra.id}/`);
    await ann.call("DELETE", `/api/datasets/${main.id}/`);
    await stage.restartWorker();
    const session = await until<TrainingSession>(ann, `${SESSIONS}${first.id}/`);
    assert.equal(session.status, "failed");
    assert.match(session.error_message!, new RegExp(`^Dataset ${extra.id} was deleted`));
    assert.equal((await refusal("GET", `${SESSIONS}${second.id}/`)).status, 404);
  });

  test("a worker asked to stop gives its session back, and the next one ends with the same file", async () => {
    // A stop that came after the end shows nothing: then a longer training is begun.
    let [trees, whole, given] = [300, 0, undefined as TrainingSession | undefined];
    for (; given?.status !== "running"; trees *= 4) {
      assert.ok(trees <= 20_000, "no training lasted until its worker was asked to stop");
      const model = await createModel(ann, project, { n_trees: trees, folds: 5 });
      if (given !== undefined) await stage.restartWorker();
      whole = (await train(ann, model, dataset)).id;
      const { id } = await startTraining(ann, model, dataset);
      await until<TrainingSession>(ann, `${SESSIONS}${id}/`, ({ current_epoch }) => current_epoch > 0);
      await stage.stopWorker();
      given = await ok<TrainingSession>(ann, "GET", `${SESSIONS}${id}/`);
    }
    const { id } = given;
    await stage.restartWorker();
    const session = await until<TrainingSession>(ann, `${SESSIONS}${id}/`);
    assert.equal(session.status, "completed");
    assert.equal(session.started_at, given.started_at);
    assert.ok((await modelBytes(stage, ann, id)).equals(await modelBytes(stage, ann, whole)));
    const uninterrupted = await ok<TrainingSession>(ann, "GET", `${SESSIONS}${whole}/`);
    assert.deepEqual(session.final_metrics, uninterrupted.final_metrics);
    const messages = session.training_logs.map(({ message }) => message);
    assert.ok(messages.includes("Continued after an interruption (1)."));
    assert.equal(new Set(messages).size, messages.length);
  });

  test("work that failed for good says so in the session, unless that has ended meanwhile", async () => {
    const model = await createModel(ann, project, { n_trees: 1 });
    const done = await train(ann, model, dataset);
    await stage.stopWorker();
    const { id } = await startTraining(ann, model, dataset);
    const { rows } = await stage.owner.query("SELECT organization_id FROM magtrace.projects WHERE id = $1", [
      project,
    ]);
    const job = { organizationId: Number(rows[0].organization_id), projectId: project, userId: 1 };
    await abandonTraining(platform.deps, { ...job, id });
    await abandonTraining(platform.deps, { ...job, id: done.id });
    const session = await ok<TrainingSession>(ann, "GET", `${SESSIONS}${id}/`);
    assert.equal(session.status, "failed");
    assert.match(session.error_message!, /a fault of ours/);
    assert.equal((await ok<TrainingSession>(ann, "GET", `${SESSIONS}${done.id}/`)).status, "completed");
    await stage.restartWorker();
  });

  test("deleting a session or a model takes its objects along", async () => {
    const model = await createModel(ann, project, { n_trees: 1 });
    const [first, second] = [await train(ann, model, dataset), await train(ann, model, dataset)];
    const objects = async (id: number) => {
      const { labels_key, model_key } = await keysOf(id);
      return [labels_key!, model_key!];
    };
    const exist = async (keys: readonly string[]) =>
      Promise.all(keys.map((key) => platform.deps.objects.exists(key)));
    const [firstKeys, secondKeys] = [await objects(first.id), await objects(second.id)];
    assert.deepEqual(await exist([...firstKeys, ...secondKeys]), [true, true, true, true]);
    assert.equal((await ann.call("DELETE", `${SESSIONS}${first.id}/`)).status, 204);
    assert.deepEqual(await exist([...firstKeys, ...secondKeys]), [false, false, true, true]);
    assert.equal((await ann.call("DELETE", `/api/user-models/${model.id}/`)).status, 204);
    assert.deepEqual(await exist(secondKeys), [false, false]);
    assert.equal((await refusal("GET", `${SESSIONS}${second.id}/`)).status, 404);
  });
});
