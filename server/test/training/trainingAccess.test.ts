import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { ProjectEvent, TrainingSession } from "@magtrace/contracts";
import pg from "pg";
import { createModel, createProject, ok, train, upload } from "../support/learningStage.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { untilTrue } from "../support/untilTrue.ts";
import { SESSIONS, setTrainingStage, type TrainingStage } from "./trainingStage.ts";

describe("training sessions", () => {
  const cleanup = suiteCleanup();
  let stage: TrainingStage["stage"];
  let ann: TrainingStage["ann"];
  let project: TrainingStage["project"];
  let survey: TrainingStage["survey"];
  let dataset: TrainingStage["dataset"];
  let refusal: TrainingStage["refusal"];
  let start: TrainingStage["start"];

  before(async () => {
    ({ stage, ann, project, survey, dataset, refusal, start } = await setTrainingStage(cleanup));
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

  test("an organisation that stores as much as it may begins no training, and loses nothing by that", async () => {
    const model = await createModel(ann, project);
    const asked = { model_id: model.id, dataset_id: dataset.id };
    const limit = (bytes: number | null) =>
      stage.owner.query(
        `UPDATE accounts.organizations SET storage_limit_bytes = $2
         WHERE id = (SELECT organization_id FROM magtrace.projects WHERE id = $1)`,
        [project, bytes],
      );
    await limit(1_000);
    const refused = await start(asked);
    assert.deepEqual([refused.status, refused.code], [413, "over_quota"]);
    assert.match(refused.error, /stores .* of the 1000 bytes it may.*no room for .*Delete/);
    assert.deepEqual((await ann.call("GET", `${SESSIONS}?model_id=${model.id}`)).body, []);
    await limit(null);
    await train(ann, model, dataset);
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
    const ofSession = () => heard.filter(({ kind, id }) => kind === "training_session" && id === session.id);
    // What is committed can be read a moment before it is told.
    await untilTrue(async () => ofSession().at(-1)?.state.status === "completed");
    await listener.end();
    const own = ofSession();
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
