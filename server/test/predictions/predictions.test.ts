import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { ErrorBody, PredictedInterval, Prediction } from "@magtrace/contracts";
import { openPlatform } from "../../src/platform/openPlatform.ts";
import { abandonPrediction } from "../../src/predictions/jobs.ts";
import {
  categoriesOf,
  createModel,
  createProject,
  label,
  ok,
  predict,
  startTraining,
  train,
  until,
  upload,
} from "../support/learningStage.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { untilTrue } from "../support/untilTrue.ts";
import { PREDICTIONS, type PredictionStage, SUGGESTIONS, setPredictionStage } from "./predictionStage.ts";

describe("predictions", () => {
  const cleanup = suiteCleanup();
  let stage: PredictionStage["stage"];
  let ann: PredictionStage["ann"];
  let project: PredictionStage["project"];
  let model: PredictionStage["model"];
  let session: PredictionStage["session"];
  let survey: PredictionStage["survey"];
  let dataset: PredictionStage["dataset"];
  let refusal: PredictionStage["refusal"];
  let search: PredictionStage["search"];
  let labelsOf: PredictionStage["labelsOf"];

  before(async () => {
    ({ stage, ann, project, model, session, survey, dataset, refusal, search, labelsOf } =
      await setPredictionStage(cleanup));
  });

  async function jobStates(id: number): Promise<string[]> {
    const { rows } = await stage.owner.query<{ state: string }>(
      "SELECT state FROM pgboss.job WHERE name = 'predict' AND data->>'id' = $1",
      [String(id)],
    );
    return rows.map(({ state }) => state);
  }

  const review = (id: number, body: unknown, caller = ann) =>
    caller.call<Prediction & ErrorBody>("POST", `${PREDICTIONS}${id}/review/`, body);
  const reviewsOf = (prediction: Prediction) => prediction.predictions.map((interval) => interval.review);

  test("a search finds the events of another dataset, with categories and confidence", async () => {
    const made = await ann.call<Prediction>("POST", PREDICTIONS, { dataset: dataset.id, model: model.id });
    assert.equal(made.status, 201);
    assert.deepEqual([made.body.status, made.body.training_session], ["pending", session.id]);
    const done = await until<Prediction>(ann, `${PREDICTIONS}${made.body.id}/`);
    assert.equal(done.status, "completed", String(done.error_message));
    assert.equal(done.progress, 100);
    assert.equal(done.review_status, "pending");
    assert.deepEqual(
      done.confidence_scores,
      done.predictions.map(({ confidence }) => confidence),
    );
    const ids = await categoriesOf(ann, project);
    const overlaps = (a: PredictedInterval, b: { start_index: number; end_index: number }) =>
      Math.min(a.end_index, b.end_index) - Math.max(a.start_index, b.start_index) > 50;
    for (const event of survey.events) {
      const found = done.predictions.find((one) => overlaps(one, event));
      assert.equal(found?.category, event.category);
      assert.equal(found?.category_id, ids[event.category]);
    }
    assert.deepEqual(
      done.predictions.map(({ index }) => index),
      done.predictions.map((_, i) => i),
    );
  });

  test("given intervals are classified one for one, in their order", async () => {
    const { events } = survey;
    const intervals = [events[2]!, events[0]!, events[1]!].map(({ start_index, end_index }) => ({
      start_index,
      end_index,
    }));
    const done = await predict(ann, { dataset: dataset.id, training_session: session.id, intervals });
    assert.equal(done.status, "completed");
    assert.deepEqual(
      done.predictions.map(({ start_index, end_index, category }) => ({ start_index, end_index, category })),
      [events[2]!, events[0]!, events[1]!],
    );
  });

  test("background is an answer to given rows, which accepting does not make a label of", async () => {
    const own = await upload(ann, project, survey.csv, "background.csv");
    const quiet = { start_index: 200, end_index: 290 };
    const done = await predict(ann, { dataset: own.id, model: model.id, intervals: [quiet] });
    assert.deepEqual(
      done.predictions.map(({ category, category_id }) => [category, category_id]),
      [["background", null]],
    );
    const { body } = await review(done.id, { status: "accepted" });
    assert.equal(body.review_status, "accepted");
    assert.equal(body.predictions[0]!.annotation, null);
    assert.deepEqual(await labelsOf(own.id), []);
  });

  test("what cannot be predicted is refused in words", async () => {
    const untrained = await createModel(ann, project);
    const elsewhere = await createProject(ann, "Elsewhere");
    const foreign = await upload(ann, elsewhere, survey.csv);
    const make = (body: unknown) => refusal("POST", PREDICTIONS, body);
    const own = { dataset: dataset.id, training_session: session.id };
    assert.equal((await make({ dataset: dataset.id })).status, 400);
    assert.deepEqual((await make({ dataset: dataset.id, model: untrained.id })).code, "not_ready");
    assert.equal((await make({ dataset: 999_999, model: model.id })).status, 404);
    assert.equal((await make({ dataset: dataset.id, model: 999_999 })).status, 404);
    assert.equal((await make({ dataset: dataset.id, training_session: 999_999 })).status, 404);
    assert.match((await make({ ...own, model: untrained.id })).error, /is of model/);
    const outside = await make({ dataset: foreign.id, model: model.id });
    assert.equal(outside.status, 400);
    assert.match(outside.error, /not in the project/);
    for (const [interval, words] of [
      [{ start_index: 0, end_index: 2_500 }, /intervals\/1: end_index 2500 is beyond .* 2499/],
      [{ start_index: 9, end_index: 8 }, /intervals\/1: end_index 8 is before start_index 9/],
    ] as const) {
      const refused = await make({ ...own, intervals: [{ start_index: 0, end_index: 9 }, interval] });
      assert.equal(refused.status, 400);
      assert.match(refused.error, words);
    }
    await stage.stopWorker();
    const waiting = await startTraining(ann, model, dataset, {
      additional_dataset_ids: [session.dataset],
    });
    assert.equal((await make({ dataset: dataset.id, training_session: waiting.id })).code, "not_ready");
    const pending = await ok<Prediction>(ann, "POST", PREDICTIONS, own);
    const early = await refusal("POST", `${PREDICTIONS}${pending.id}/review/`, { status: "accepted" });
    assert.deepEqual([early.status, early.code], [409, "not_ready"]);
    assert.equal((await ann.call("DELETE", `${PREDICTIONS}${pending.id}/`)).status, 204);
    await ok(ann, "POST", `/api/training-sessions/${waiting.id}/stop_training/`);
    await stage.restartWorker();
  });

  test("accepting all makes a label of each interval that names the prediction; doing it twice is refused", async () => {
    const found = await search();
    const { status, body } = await review(found.id, { status: "accepted", modifications: {} });
    assert.equal(status, 200);
    assert.equal(body.review_status, "accepted");
    assert.ok(body.reviewed_by !== null && body.reviewed_at !== null);
    assert.deepEqual(new Set(reviewsOf(body)), new Set(["accepted"]));
    const labels = await labelsOf(found.dataset);
    assert.deepEqual(
      labels.map(({ id, start_index, end_index, category, confidence, prediction }) => ({
        id,
        start_index,
        end_index,
        category,
        confidence,
        prediction,
      })),
      body.predictions.map((interval) => ({
        id: interval.annotation,
        start_index: interval.start_index,
        end_index: interval.end_index,
        category: interval.category_id,
        confidence: interval.confidence,
        prediction: found.id,
      })),
    );
    const again = await refusal("POST", `${PREDICTIONS}${found.id}/review/`, { status: "rejected" });
    assert.deepEqual([again.status, again.code], [409, "conflict"]);
    assert.equal((await labelsOf(found.dataset)).length, labels.length);
    assert.equal((await ann.call("DELETE", `${PREDICTIONS}${found.id}/`)).status, 204);
    assert.equal((await labelsOf(found.dataset))[0]!.prediction, found.id);
  });

  test("rejecting all makes none", async () => {
    const found = await search();
    const { body } = await review(found.id, { status: "rejected" });
    assert.equal(body.review_status, "rejected");
    assert.deepEqual(await labelsOf(found.dataset), []);
  });

  test("intervals are decided one by one, and the whole waits for the last", async () => {
    const found = await search();
    const ids = await categoriesOf(ann, project);
    const [first, second, third] = found.predictions as [
      PredictedInterval,
      PredictedInterval,
      PredictedInterval,
    ];
    const partly = await review(found.id, {
      status: "modified",
      modifications: [
        { index: 0, action: "accept" },
        { index: 1, action: "reject" },
        {
          index: 2,
          action: "modify",
          start_index: third.start_index + 5,
          end_index: third.end_index - 5,
          category: ids.Electrical,
        },
      ],
    });
    assert.equal(partly.status, 200, JSON.stringify(partly.body));
    assert.equal(partly.body.review_status, "pending");
    assert.deepEqual(reviewsOf(partly.body), ["accepted", "rejected", "modified"]);
    const waiting = found.predictions.length - 3;
    assert.deepEqual(partly.body.counts, { pending: waiting, accepted: 1, rejected: 1, modified: 1 });
    const whole = await ok<Prediction>(ann, "GET", `${PREDICTIONS}${found.id}/`);
    assert.deepEqual(reviewsOf(whole).slice(0, 4), ["accepted", "rejected", "modified", "pending"]);
    assert.deepEqual(whole.counts, partly.body.counts);
    assert.deepEqual(partly.body.predictions[2], {
      ...third,
      review: "modified",
      annotation: partly.body.predictions[2]!.annotation,
    });
    const labels = await labelsOf(found.dataset);
    assert.deepEqual(
      labels.map(({ start_index, end_index, category, confidence }) => [
        start_index,
        end_index,
        category,
        confidence,
      ]),
      [
        [first.start_index, first.end_index, first.category_id, first.confidence],
        [third.start_index + 5, third.end_index - 5, ids.Electrical, 1],
      ],
    );
    const twice = await review(found.id, {
      status: "modified",
      modifications: [{ index: 1, action: "accept" }],
    });
    assert.equal(twice.status, 409);
    assert.match(twice.body.error, /interval 1 has been decided already: it is rejected/);
    const rest = await review(found.id, { status: "accepted" });
    assert.equal(rest.body.review_status, "modified");
    assert.equal((await labelsOf(found.dataset)).length, found.predictions.length - 1);
    assert.ok(second);
  });

  test("accepting above a confidence leaves the others waiting", async () => {
    const found = await search();
    const sorted = found.confidence_scores.toSorted((a, b) => a - b);
    const threshold = sorted[2]!;
    const { body } = await review(found.id, { status: "accepted", min_confidence: threshold });
    assert.equal(body.review_status, "pending");
    for (const { confidence, review: decided } of body.predictions) {
      assert.equal(decided, confidence >= threshold ? "accepted" : "pending");
    }
    const rest = await review(found.id, { status: "rejected" });
    assert.equal(rest.body.review_status, "modified");
  });

  test("a wrong decision refuses the whole review and decides nothing", async () => {
    const found = await search();
    const elsewhere = await createProject(ann, "Its categories");
    const foreign = (await categoriesOf(ann, elsewhere)).Motor;
    for (const [wrong, status] of [
      [{ index: 999, action: "accept" }, 400],
      [{ index: 1, action: "modify", end_index: 2_500 }, 400],
      [{ index: 1, action: "modify", category: foreign }, 404],
      [{ index: 1, action: "modify" }, 400],
      [{ index: 0, action: "reject" }, 400],
    ] as const) {
      const answer = await review(found.id, {
        status: "modified",
        modifications: [{ index: 0, action: "accept" }, wrong],
      });
      assert.equal(answer.status, status, JSON.stringify(answer.body));
    }
    const unchanged = await ok<Prediction>(ann, "GET", `${PREDICTIONS}${found.id}/`);
    assert.deepEqual(unchanged, found);
    assert.deepEqual(await labelsOf(found.dataset), []);
  });

  test("an old client's modifications are kept as they are", async () => {
    const found = await search();
    const { body } = await review(found.id, { status: "modified", modifications: { note: "shifted" } });
    assert.equal(body.review_status, "modified");
    assert.deepEqual(body.modifications, { note: "shifted" });
    assert.equal(
      (await review(found.id, { status: "modified", modifications: { a: "\u0000" } })).status,
      400,
    );
  });

  test("a renamed category keeps its predictions; a deleted one is made again by accepting", async () => {
    const ownProject = await createProject(ann, "Renaming");
    const ids = await categoriesOf(ann, ownProject);
    const data = await upload(ann, ownProject, survey.csv);
    await label(ann, data, survey.events);
    const own = await createModel(ann, ownProject, { n_trees: 8 });
    await train(ann, own, data);
    const other = await upload(ann, ownProject, survey.csv, "other.csv");
    await ok(ann, "PATCH", `/api/label-categories/${ids.Motor}/`, { name: "Pump" });
    const found = await predict(ann, { dataset: other.id, model: own.id });
    const motor = found.predictions.find(({ category }) => category === "Motor")!;
    assert.equal(motor.category_id, ids.Motor);
    for (const { id, category } of await labelsOf(data.id)) {
      if (category === ids.Motor) await ann.call("DELETE", `/api/annotations/${id}/`);
    }
    assert.equal((await ann.call("DELETE", `/api/label-categories/${ids.Motor}/`)).status, 204);
    const orphaned = await ok<Prediction>(ann, "GET", `${PREDICTIONS}${found.id}/`);
    assert.equal(orphaned.predictions[motor.index]!.category_id, null);
    const { body } = await review(found.id, {
      status: "modified",
      modifications: [{ index: motor.index, action: "accept" }],
    });
    const again = (await categoriesOf(ann, ownProject)).Motor;
    assert.ok(again !== undefined && again !== ids.Motor);
    assert.deepEqual(
      body.predictions.map(({ index, category_id }) => [index, category_id]),
      [[motor.index, again]],
    );
  });

  test("an inactive category stops the review, naming the interval", async () => {
    const found = await search();
    const electrical = (await categoriesOf(ann, project)).Electrical!;
    await ok(ann, "PATCH", `/api/label-categories/${electrical}/`, { is_active: false });
    const answer = await review(found.id, {
      status: "modified",
      modifications: [
        { index: 0, action: "reject" },
        { index: 2, action: "modify", category: electrical },
      ],
    });
    await ok(ann, "PATCH", `/api/label-categories/${electrical}/`, { is_active: true });
    assert.equal(answer.status, 400);
    assert.match(answer.body.error, /^interval 2: The category "Electrical" is inactive/);
  });

  test("another team sees nothing; a viewer looks; a token that may not write reviews nothing", async () => {
    const found = await search();
    const { stranger } = stage;
    for (const [method, path, body] of [
      ["GET", `${PREDICTIONS}${found.id}/`],
      ["GET", `${PREDICTIONS}?project_id=${project}`],
      ["GET", `${PREDICTIONS}?dataset_id=${dataset.id}`],
      ["GET", `${PREDICTIONS}?model_id=${model.id}`],
      ["DELETE", `${PREDICTIONS}${found.id}/`],
      ["POST", `${PREDICTIONS}${found.id}/review/`, { status: "accepted" }],
      ["POST", PREDICTIONS, { dataset: dataset.id, model: model.id }],
      ["POST", SUGGESTIONS, { dataset: dataset.id, model: model.id }],
      ["GET", `${SUGGESTIONS}?dataset_id=${dataset.id}`],
    ] as const) {
      assert.equal((await refusal(method, path, body, stranger)).status, 404, `${method} ${path}`);
    }
    assert.deepEqual(await ok(stranger, "GET", PREDICTIONS), []);
    const viewer = await stage.addMember("predictionviewer", project, "viewer");
    assert.equal((await viewer.call("GET", `${PREDICTIONS}${found.id}/`)).status, 200);
    assert.equal((await review(found.id, { status: "accepted" }, viewer)).status, 403);
    assert.equal((await refusal("DELETE", `${PREDICTIONS}${found.id}/`, undefined, viewer)).status, 403);
    const make = { dataset: dataset.id, model: model.id };
    assert.equal((await refusal("POST", PREDICTIONS, make, viewer)).status, 403);
    const trainer = await stage.addUser({
      name: "trainer",
      organization: "First",
      scopes: ["read", "train"],
    });
    assert.equal((await review(found.id, { status: "accepted" }, trainer)).status, 403);
  });

  test("lists are by dataset, model and project; a summary leaves the intervals out", async () => {
    const found = await search();
    const list = (query: string) => ok<Prediction[]>(ann, "GET", `${PREDICTIONS}?${query}`);
    assert.deepEqual(await list(`dataset_id=${found.dataset}`), [found]);
    assert.deepEqual(await list(`dataset_id=${found.dataset}&summary=true`), [
      { ...found, predictions: [], confidence_scores: [] },
    ]);
    assert.ok((await list(`model_id=${model.id}`)).some(({ id }) => id === found.id));
    assert.ok((await list(`project_id=${project}`)).some(({ id }) => id === found.id));
  });

  test("a prediction deleted while it waits is not made; one that failed for good says so", async () => {
    await stage.stopWorker();
    const request = { dataset: dataset.id, model: model.id };
    const deleted = await ok<Prediction>(ann, "POST", PREDICTIONS, request);
    const failed = await ok<Prediction>(ann, "POST", PREDICTIONS, request);
    await ann.call("DELETE", `${PREDICTIONS}${deleted.id}/`);
    const { rows } = await stage.owner.query("SELECT organization_id FROM magtrace.projects WHERE id = $1", [
      project,
    ]);
    const platform = await openPlatform(stage.config, "test");
    await abandonPrediction(platform.deps, {
      organizationId: Number(rows[0].organization_id),
      projectId: project,
      userId: 1,
      id: failed.id,
    });
    await platform.close();
    await stage.restartWorker();
    const later = await predict(ann, request);
    assert.equal(later.status, "completed");
    assert.equal((await refusal("GET", `${PREDICTIONS}${deleted.id}/`)).status, 404);
    const read = await ok<Prediction>(ann, "GET", `${PREDICTIONS}${failed.id}/`);
    assert.equal(read.status, "failed");
    assert.match(read.error_message!, /a fault of ours/);
    const early = await refusal("POST", `${PREDICTIONS}${failed.id}/review/`, { status: "accepted" });
    assert.match(early.error, /failed, so there is nothing to review/);
  });

  test("a prediction whose project is deleted meanwhile fails in words, which one can read once it is restored", async () => {
    const doomed = await createProject(ann, "Doomed");
    const data = await upload(ann, doomed, survey.csv);
    await label(ann, data, survey.events);
    const own = await createModel(ann, doomed, { n_trees: 2 });
    await train(ann, own, data);
    await stage.stopWorker();
    const { id } = await ok<Prediction>(ann, "POST", PREDICTIONS, { dataset: data.id, model: own.id });
    await ann.call("DELETE", `/api/projects/${doomed}/`);
    await stage.restartWorker();
    // Jobs of two projects run side by side: only the state of this one tells that it met the deleted project.
    await untilTrue(async () => {
      const states = await jobStates(id);
      return states.length === 1 && states[0] === "completed";
    });
    await ok(ann, "POST", `/api/projects/${doomed}/restore/`);
    const ended = await until<Prediction>(ann, `${PREDICTIONS}${id}/`);
    assert.equal(ended.status, "failed");
    assert.match(ended.error_message!, /project was deleted/);
  });

  test("a job given out twice adds nothing to a prediction that is done", async () => {
    const found = await search();
    await stage.owner.query(
      `INSERT INTO pgboss.job (name, data) SELECT name, data FROM pgboss.job
       WHERE name = 'predict' AND data->>'id' = $1`,
      [String(found.id)],
    );
    await untilTrue(async () => {
      const states = await jobStates(found.id);
      return states.length === 2 && states.every((state) => state === "completed");
    });
    assert.deepEqual(await ok(ann, "GET", `${PREDICTIONS}${found.id}/`), found);
  });
});
