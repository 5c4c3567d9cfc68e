import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { afterEach, before, describe, test } from "node:test";
import type { Dataset, ErrorBody, ProjectEvent, TrainingSession, UserModel } from "@magtrace/contracts";
import { decodeModel, type TrainingMetrics } from "@magtrace/learn";
import pg from "pg";
import { openPlatform, type Platform } from "../../src/platform/openPlatform.ts";
import { abandonTraining } from "../../src/training/jobs.ts";
import {
  createModel,
  createProject,
  type LearningStage,
  label,
  modelBytes,
  ok,
  type Survey,
  setLearningStage,
  simulateSurvey,
  startTraining,
  train,
  until,
  upload,
} from "../support/learningStage.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import type { ApiCaller } from "../support/testInstallation.ts";

const SESSIONS = "/api/training-sessions/";
/** Takes seconds on any machine, so that there is time to stop it. */
const LONG = { n_trees: 2000, folds: 20, stride: 1 };

describe("training", () => {
  const cleanup = suiteCleanup();
  let stage: LearningStage;
  let ann: ApiCaller;
  let project: number;
  let survey: Survey;
  let dataset: Dataset;
  let platform: Platform;

  before(async () => {
    stage = await setLearningStage(cleanup);
    ann = stage.ann;
    project = await createProject(ann, "North field");
    survey = simulateSurvey({ seed: 1 });
    dataset = await upload(ann, project, survey.csv);
    await label(ann, dataset, survey.events);
    platform = await openPlatform(stage.config, "test");
    cleanup.after(() => platform.close());
  });

  /** A test that failed in between leaves the next ones their worker. */
  afterEach(() => stage.resumeWorker());

  async function refusal(method: string, path: string, body?: unknown, caller = ann) {
    const answer = await caller.call<ErrorBody>(method, path, body);
    return { status: answer.status, code: answer.body.code, error: answer.body.error };
  }

  const start = (body: unknown, caller = ann) => refusal("POST", `${SESSIONS}start_training/`, body, caller);

  const keysOf = async (sessionId: number) => {
    const { rows } = await stage.owner.query(
      "SELECT labels_key, checkpoint_key, model_key FROM magtrace.training_sessions WHERE id = $1",
      [sessionId],
    );
    return rows[0] as Record<"labels_key" | "checkpoint_key" | "model_key", string | null>;
  };

  const checkpointsOf = async (sessionId: number) => {
    const all = await Array.fromAsync(platform.deps.objects.list("checkpoints/"));
    return all.map(({ key }) => key).filter((key) => key.startsWith(`checkpoints/${sessionId}-`));
  };

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
    assert.deepEqual(await checkpointsOf(session.id), []);
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

  test("what cannot be trained on is refused in words, and leaves no session", async () => {
    const model = await createModel(ann, project);
    const { body: before } = await ann.call<TrainingSession[]>("GET", `${SESSIONS}?model_id=${model.id}`);
    const unlabelled = await upload(ann, project, survey.csv, "unlabelled.csv");
    const elsewhere = await createProject(ann, "Another");
    const foreign = await upload(ann, elsewhere, survey.csv);
    const unread = await upload(ann, project, survey.csv, "unread.csv");
    await stage.owner.query("UPDATE magtrace.datasets SET status = 'running' WHERE id = $1", [unread.id]);

    const none = await start({ model_id: model.id, dataset_id: unlabelled.id });
    assert.deepEqual([none.status, none.code], [422, "cannot_train"]);
    assert.match(none.error, /has no labels.*Label at least one/);
    const outside = await start({ model_id: model.id, dataset_id: foreign.id });
    assert.equal(outside.status, 400);
    assert.match(outside.error, /is not in the project of model/);
    assert.equal((await start({ model_id: model.id, dataset_id: unread.id })).code, "not_ready");
    assert.equal((await start({ model_id: 999_999, dataset_id: dataset.id })).status, 404);
    assert.equal((await start({ model_id: model.id, dataset_id: 999_999 })).status, 404);
    assert.equal(
      (await start({ model_id: model.id, dataset_id: dataset.id, additional_dataset_ids: [999_999] })).status,
      404,
    );
    const wrong = await start({
      model_id: model.id,
      dataset_id: dataset.id,
      training_config: { n_trees: 0, features: { level: "upside down" } },
    });
    assert.equal(wrong.status, 400);
    assert.match(wrong.error, /n_trees must be a whole number from 1 to 2000, not 0/);
    assert.match(wrong.error, /features\.level must be relative or absolute/);
    const nul = await start({ model_id: model.id, dataset_id: dataset.id, training_config: { x: "\u0000" } });
    assert.equal(nul.status, 400);
    assert.deepEqual((await ann.call("GET", `${SESSIONS}?model_id=${model.id}`)).body, before);
  });

  test("another team sees no session and cannot train on what is not its own", async () => {
    const model = await createModel(ann, project, { n_trees: 2 });
    const session = await train(ann, model, dataset);
    const { stranger } = stage;
    for (const [method, path, body] of [
      ["GET", `${session.id}/`],
      ["GET", `${session.id}/status/`],
      ["GET", `${session.id}/model/`],
      ["GET", `?project_id=${project}`],
      ["GET", `?model_id=${model.id}`],
      ["GET", `active_sessions/?project_id=${project}`],
      ["POST", `${session.id}/stop_training/`],
      ["DELETE", `${session.id}/`],
      ["POST", "", { model: model.id, dataset: dataset.id }],
      ["POST", "start_training/", { model_id: model.id, dataset_id: dataset.id }],
    ] as const) {
      assert.equal((await refusal(method, SESSIONS + path, body, stranger)).status, 404, `${method} ${path}`);
    }
    assert.deepEqual(await ok(stranger, "GET", SESSIONS), []);
    const theirs = await createModel(stranger, await createProject(stranger, "Theirs"));
    assert.equal((await start({ model_id: theirs.id, dataset_id: dataset.id }, stranger)).status, 404);
  });

  test("a viewer looks at sessions; a token without the scope trains nothing", async () => {
    const model = await createModel(ann, project, { n_trees: 2 });
    const session = await train(ann, model, dataset);
    const viewer = await stage.addMember("trainviewer", project, "viewer");
    assert.equal((await viewer.call("GET", `${SESSIONS}${session.id}/`)).status, 200);
    assert.equal((await viewer.call("GET", `${SESSIONS}${session.id}/model/`)).status, 200);
    const request = { model_id: model.id, dataset_id: dataset.id };
    assert.equal((await start(request, viewer)).status, 403);
    assert.equal(
      (await refusal("POST", `${SESSIONS}${session.id}/stop_training/`, undefined, viewer)).status,
      403,
    );
    assert.equal((await refusal("DELETE", `${SESSIONS}${session.id}/`, undefined, viewer)).status, 403);
    const writer = await stage.addUser({ name: "writer", organization: "First", scopes: ["read", "write"] });
    assert.equal((await start(request, writer)).status, 403);
  });

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
    assert.deepEqual(await checkpointsOf(id), []);
    assert.equal((await refusal("GET", `${SESSIONS}${id}/model/`)).status, 409);
  });

  test("an ended session cannot be stopped", async () => {
    const session = await train(ann, await createModel(ann, project, { n_trees: 1 }), dataset);
    const refused = await refusal("POST", `${SESSIONS}${session.id}/stop_training/`);
    assert.deepEqual([refused.status, refused.code], [409, "conflict"]);
  });

  test("data that teaches nothing ends failed with the reason, and is not tried again", async () => {
    const model = await createModel(ann, project, { window_length: 3_000 });
    const session = await train(ann, model, dataset);
    assert.equal(session.status, "failed");
    assert.match(session.error_message!, /^No label covers half of a window of 3000 rows.*\.$/);
    const { rows } = await stage.owner.query(
      "SELECT state, retry_count FROM pgboss.job WHERE name = 'train' AND data->>'id' = $1",
      [String(session.id)],
    );
    assert.deepEqual(rows, [{ state: "completed", retry_count: 0 }]);
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

  test("lists are by model and project, with their pages", async () => {
    const model = await createModel(ann, project, { n_trees: 1 });
    const ids = [await train(ann, model, dataset), await train(ann, model, dataset)].map(({ id }) => id);
    const listed = await ok<TrainingSession[]>(ann, "GET", `${SESSIONS}?model_id=${model.id}`);
    assert.deepEqual(
      listed.map(({ id }) => id),
      ids,
    );
    assert.deepEqual(listed[0], await ok(ann, "GET", `${SESSIONS}${ids[0]}/`));
    const page = await ann.call<TrainingSession[]>(
      "GET",
      `${SESSIONS}?model_id=${model.id}&limit=1&offset=1`,
    );
    assert.equal(page.body[0]!.id, ids[1]);
    assert.equal(page.headers.get("x-total-count"), "2");
  });

  test("whoever looks at the project hears of the start, of progress and of the end", async () => {
    const listener = new pg.Client({ connectionString: stage.database.ownerUrl });
    await listener.connect();
    const heard: ProjectEvent[] = [];
    listener.on("notification", ({ payload }) => heard.push(JSON.parse(payload!) as ProjectEvent));
    await listener.query("LISTEN magtrace_events");
    const model = await createModel(ann, project, { n_trees: 1000 });
    const session = await train(ann, model, dataset);
    await listener.query("SELECT 1");
    await listener.end();
    const own = heard.filter(({ kind, id }) => kind === "training_session" && id === session.id);
    assert.ok(own.every((event) => event.project === project));
    const statuses = own.map(({ state }) => state.status);
    assert.deepEqual([statuses[0], statuses.at(-1)], ["pending", "completed"]);
    const live = own.find(({ state }) => (state.live_metrics as { trees_done?: number }).trees_done);
    assert.ok(live, "no event told of trees");
    assert.equal(live.state.status, "running");
    const progress = own.map(({ state }) => Number(state.progress));
    assert.deepEqual(
      progress,
      [...progress].sort((a, b) => a - b),
    );
  });
});
