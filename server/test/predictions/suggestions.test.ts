import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Dataset, ErrorBody, Prediction, ProjectEvent, Suggestion } from "@magtrace/contracts";
import pg from "pg";
import { createModel, label, ok, upload } from "../support/learningStage.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { PREDICTIONS, type PredictionStage, SUGGESTIONS, setPredictionStage } from "./predictionStage.ts";

describe("suggestions", () => {
  const cleanup = suiteCleanup();
  let stage: PredictionStage["stage"];
  let ann: PredictionStage["ann"];
  let project: PredictionStage["project"];
  let model: PredictionStage["model"];
  let survey: PredictionStage["survey"];
  let dataset: PredictionStage["dataset"];
  let refusal: PredictionStage["refusal"];
  let search: PredictionStage["search"];
  let labelsOf: PredictionStage["labelsOf"];

  before(async () => {
    ({ stage, ann, project, model, survey, dataset, refusal, search, labelsOf } =
      await setPredictionStage(cleanup));
  });

  const suggest = (body: unknown) => ann.call<Suggestion[] & ErrorBody>("POST", SUGGESTIONS, body);
  const list = (datasetId: number) => ok<Suggestion[]>(ann, "GET", `${SUGGESTIONS}?dataset_id=${datasetId}`);

  test("a dataset not searched yet is searched first: 202, and the suggestions come when that is done", async () => {
    const own = await upload(ann, project, survey.csv, "unsearched.csv");
    const listener = new pg.Client({ connectionString: stage.database.ownerUrl });
    await listener.connect();
    const heard = Promise.withResolvers<ProjectEvent>();
    listener.on("notification", ({ payload }) => {
      const event = JSON.parse(payload!) as ProjectEvent;
      if (event.kind === "suggestions" && event.id === own.id) heard.resolve(event);
    });
    await listener.query("LISTEN magtrace_events");
    const first = await suggest({ dataset: own.id, model: model.id, count: 3 });
    assert.deepEqual([first.status, first.body], [202, []]);
    const event = await heard.promise;
    await listener.end();
    const listed = await list(own.id);
    assert.equal(listed.length, 3);
    assert.equal(event.state.count, 3);
    const predictions = await ok<Prediction[]>(ann, "GET", `${PREDICTIONS}?dataset_id=${own.id}`);
    assert.equal(predictions.length, 1);
    assert.ok(
      listed.every(({ prediction, status }) => prediction === predictions[0]!.id && status === "pending"),
    );
  });

  test("they are the least certain rows, apart from labels and from each other, and replace those that wait", async () => {
    const found = await search();
    const [labelled] = await label(ann, { id: found.dataset, project } as Dataset, [
      { start_index: 0, end_index: 600, category: "Normal" },
    ]);
    const first = await suggest({ dataset: found.dataset, model: model.id });
    assert.equal(first.status, 201);
    assert.ok(first.body.length > 4);
    assert.deepEqual(
      first.body.map(({ id }) => id),
      (await list(found.dataset)).map(({ id }) => id),
    );
    const sorted = first.body.toSorted((a, b) => a.start_index - b.start_index);
    assert.ok(sorted[0]!.start_index > labelled!.end_index);
    for (const [i, one] of sorted.entries()) {
      if (i > 0) assert.ok(one.start_index > sorted[i - 1]!.end_index);
    }
    const second = await suggest({ dataset: found.dataset, model: model.id, count: 2 });
    assert.deepEqual(
      second.body.map(({ start_index }) => start_index),
      first.body.slice(0, 2).map(({ start_index }) => start_index),
    );
    assert.equal((await list(found.dataset)).length, 2);
  });

  test("accepting makes a label, rejecting none; neither twice, and neither is asked again", async () => {
    const found = await search();
    const { body: offered } = await suggest({ dataset: found.dataset, model: model.id, count: 3 });
    const [first, second] = offered as unknown as [Suggestion, Suggestion];
    const accepted = await ok<Suggestion>(ann, "POST", `${SUGGESTIONS}${first.id}/accept/`);
    const rejected = await ok<Suggestion>(ann, "POST", `${SUGGESTIONS}${second.id}/reject/`);
    assert.deepEqual([accepted.status, rejected.status, rejected.annotation], ["accepted", "rejected", null]);
    const [made, ...others] = await labelsOf(found.dataset);
    assert.deepEqual(others, []);
    assert.deepEqual(
      [made!.id, made!.start_index, made!.end_index, made!.category, made!.prediction],
      [accepted.annotation, first.start_index, first.end_index, first.category_id, found.id],
    );
    for (const [id, verb] of [
      [first.id, "accept"],
      [first.id, "reject"],
      [second.id, "accept"],
    ] as const) {
      const refused = await refusal("POST", `${SUGGESTIONS}${id}/${verb}/`);
      assert.deepEqual([refused.status, refused.code], [409, "conflict"]);
    }
    assert.equal((await labelsOf(found.dataset)).length, 1);
    const { body: next } = await suggest({ dataset: found.dataset, model: model.id });
    for (const { start_index, end_index } of next) {
      for (const decided of [first, second]) {
        assert.ok(start_index > decided.end_index || end_index < decided.start_index);
      }
    }
    const statuses = (await list(found.dataset)).map(({ status }) => status);
    assert.deepEqual(statuses.slice(0, 2), ["accepted", "rejected"]);
  });

  test("an untrained model, a foreign dataset or a foreign suggestion is refused", async () => {
    const untrained = await createModel(ann, project);
    assert.equal((await suggest({ dataset: dataset.id, model: untrained.id })).body.code, "not_ready");
    assert.equal((await suggest({ dataset: 999_999, model: model.id })).status, 404);
    assert.equal((await suggest({ dataset: dataset.id, model: model.id, count: 0 })).status, 400);
    const found = await search();
    const { body: offered } = await suggest({ dataset: found.dataset, model: model.id, count: 1 });
    const id = offered[0]!.id;
    for (const verb of ["accept", "reject"]) {
      const path = `${SUGGESTIONS}${id}/${verb}/`;
      assert.equal((await refusal("POST", path, undefined, stage.stranger)).status, 404);
    }
    const viewer = await stage.addMember("suggestionviewer", project, "viewer");
    assert.equal((await refusal("POST", `${SUGGESTIONS}${id}/accept/`, undefined, viewer)).status, 403);
  });
});
