import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Annotation, AnnotationChange, Category, OldLabel } from "@magtrace/contracts";
import { AppError } from "../../src/errors.ts";
import {
  categoryIdsByName,
  createLabelsFromPrediction,
  type PredictedLabel,
  snapshotLabels,
} from "../../src/labels/service.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type Caller, type LabelStage, setLabelStage, type Team } from "./labelStage.ts";

describe("labels for other domains and the oldest clients", () => {
  const cleanup = suiteCleanup();
  let stage: LabelStage;
  let team: Team;
  let founder: Caller;

  before(async () => {
    stage = await setLabelStage(cleanup);
    team = await stage.addTeam("Alpha");
    founder = team.founder;
  });

  const accept = (datasetId: number, labels: PredictedLabel[], projectRef = team) =>
    stage.as(founder.userId, (tx) =>
      createLabelsFromPrediction(tx, {
        projectRef,
        datasetId,
        predictionId: 77,
        userId: founder.userId,
        labels,
      }),
    );

  test("accepted intervals become labels that name the prediction, with their history", async () => {
    const dataset = await stage.addDataset(team);
    const { Motor } = team.categories;
    const ids = await accept(dataset, [
      { categoryId: Motor!, startIndex: 30, endIndex: 40, confidence: 0.9 },
      { categoryName: "motor", startIndex: 0, endIndex: 9, confidence: 0.8 },
      { categoryName: "Rotor wash", startIndex: 5, endIndex: 6, confidence: 0.7 },
    ]);
    const labels = await Promise.all(
      ids.map(async (id) => (await founder.get<Annotation>(`/api/annotations/${id}/`)).body),
    );
    assert.deepEqual(
      labels.map(({ start_index, prediction, confidence, created_by }) => [
        start_index,
        prediction,
        confidence,
        created_by,
      ]),
      [
        [30, 77, 0.9, founder.userId],
        [0, 77, 0.8, founder.userId],
        [5, 77, 0.7, founder.userId],
      ],
    );
    const names = await stage.as(founder.userId, (tx) => categoryIdsByName(tx, team.projectId));
    assert.deepEqual(
      labels.map(({ category }) => category),
      [Motor, Motor, names.get("Rotor wash")],
    );
    const { body } = await founder.get<AnnotationChange[]>(`/api/annotations/history/?dataset_id=${dataset}`);
    assert.deepEqual(
      body.map(({ annotation, after }) => [annotation, after?.prediction]),
      ids.toReversed().map((id) => [id, 77]),
    );
    await founder.post("/api/annotations/undo/", { dataset });
    assert.equal((await founder.get(`/api/annotations/?dataset_id=${dataset}`)).total, 0);
    await founder.post("/api/annotations/redo/", { dataset });
    assert.equal((await founder.get<Annotation>(`/api/annotations/${ids[0]}/`)).body.prediction, 77);
  });

  test("intervals that do not fit are refused by their position, and none is accepted", async () => {
    const dataset = await stage.addDataset(team);
    const beta = await stage.addTeam("Beta");
    const good = { categoryName: "Motor", startIndex: 0, endIndex: 9, confidence: 1 };
    const cases: [PredictedLabel, string][] = [
      [{ ...good, endIndex: 46 }, "validation_failed"],
      [{ ...good, startIndex: 10 }, "validation_failed"],
      [{ categoryId: beta.categories.Motor!, startIndex: 0, endIndex: 1, confidence: 1 }, "not_found"],
    ];
    for (const [fault, code] of cases) {
      await assert.rejects(
        accept(dataset, [good, { ...fault }, { ...good, categoryName: "Never made" }]),
        (error) => error instanceof AppError && error.code === code && /^intervals\/1: /.test(error.message),
      );
    }
    const names = await stage.as(founder.userId, (tx) => categoryIdsByName(tx, team.projectId));
    assert.equal(names.has("Never made"), false);
    assert.equal((await founder.get(`/api/annotations/?dataset_id=${dataset}`)).total, 0);
    assert.deepEqual(await accept(dataset, []), []);
    await assert.rejects(accept(await stage.addDataset(beta), [good]), { code: "not_found" });
    const pending = await stage.addDataset(team, { status: "running" });
    await assert.rejects(accept(pending, [good]), { code: "not_ready" });
  });

  test("a snapshot has the live labels by id, with the category's name of now", async () => {
    const dataset = await stage.addDataset(team);
    const { Normal, Anomaly } = team.categories;
    const make = async (category: number | undefined, start_index: number, confidence: number) =>
      (await founder.post("/api/annotations/", { dataset, category, start_index, end_index: 45, confidence }))
        .body.id;
    const [late, deleted, early] = [
      await make(Normal, 9, 0.5),
      await make(Normal, 1, 1),
      await make(Anomaly, 0, 1),
    ];
    await founder.delete(`/api/annotations/${deleted}/`);
    await founder.patch(`/api/label-categories/${Anomaly}/`, { name: "Odd" });
    assert.deepEqual(await stage.as(founder.userId, (tx) => snapshotLabels(tx, dataset)), [
      { id: late, category: "Normal", category_id: Normal, start_index: 9, end_index: 45, confidence: 0.5 },
      { id: early, category: "Odd", category_id: Anomaly, start_index: 0, end_index: 45, confidence: 1 },
    ]);
  });

  test("the oldest clients make, list, change and delete labels by label_type", async () => {
    const dataset = await stage.addDataset(team);
    const made = await founder.post<OldLabel>("/api/labels/", {
      dataset,
      start_index: 1,
      end_index: 4,
      label_type: "fan_noise",
      confidence: 0.5,
      notes: "n",
    });
    assert.equal(made.status, 201, made.text);
    const { id, created_at, updated_at, ...rest } = made.body;
    assert.deepEqual(rest, {
      dataset,
      category: team.categories["Fan noise"],
      label_type: "fan_noise",
      start_index: 1,
      end_index: 4,
      confidence: 0.5,
      notes: "n",
      created_by: founder.userId,
    });
    assert.deepEqual((await founder.get(`/api/labels/${id}`)).body, made.body);
    for (const query of [`dataset_id=${dataset}`, `dataset=${dataset}`]) {
      const listed = await founder.get(`/api/labels/?${query}`);
      assert.deepEqual(listed.body, [made.body]);
      assert.equal(listed.total, 1);
    }
    const changed = await founder.put<OldLabel>(`/api/labels/${id}/`, {
      ...made.body,
      label_type: "motor",
      end_index: 9,
    });
    assert.equal(changed.status, 200, changed.text);
    assert.deepEqual([changed.body.label_type, changed.body.end_index], ["motor", 9]);
    assert.equal(
      (await founder.patch<OldLabel>(`/api/labels/${id}/`, { notes: "m" })).body.label_type,
      "motor",
    );
    assert.equal((await founder.delete(`/api/labels/${id}/`)).status, 204);
    assert.equal((await founder.get(`/api/labels/${id}/`)).status, 404);
  });

  test("a label_type nobody knows becomes a category, once", async () => {
    const dataset = await stage.addDataset(team);
    const labels = ["landing", "landing", "MOTOR", "Landing"].map((label_type, index) => ({
      start_index: index,
      end_index: index,
      label_type,
    }));
    const made = await founder.post<OldLabel[]>("/api/labels/bulk_create/", { dataset, labels });
    assert.equal(made.status, 201, made.text);
    assert.deepEqual(
      made.body.map(({ label_type }) => label_type),
      ["landing", "landing", "motor", "landing"],
    );
    const { body } = await founder.get<Category[]>(`/api/label-categories/?project_id=${team.projectId}`);
    assert.equal(body.filter(({ name }) => name.toLowerCase() === "landing").length, 1);
    const bare = await founder.post("/api/labels/bulk_create/", [{ dataset, ...labels[0] }]);
    assert.equal(bare.status, 201, bare.text);
  });

  test("a project is not filled up with categories through labels", async () => {
    const crowd = await stage.addTeam("Crowd");
    const dataset = await stage.addDataset(crowd);
    const labelsOf = (count: number) =>
      Array.from({ length: count }, (_, n) => ({ start_index: 0, end_index: 0, label_type: `kind ${n}` }));
    const bring = (count: number) =>
      crowd.founder.post("/api/labels/bulk_create/", { dataset, labels: labelsOf(count) });
    const refused = await bring(10_000);
    assert.equal(refused.status, 400, refused.text);
    assert.match(refused.body.error, /at most 1000 categories/);
    const csv = ["start_index,end_index,category", ...labelsOf(1_001).map((_, n) => `0,0,more ${n}`)].join(
      "\n",
    );
    const imported = await crowd.founder.post("/api/annotations/import/", {
      dataset,
      csv,
      create_categories: true,
    });
    assert.equal(imported.status, 400, imported.text);
    assert.equal((await bring(10)).status, 201);
  });

  test("the oldest interface refuses what the newer one does, by position", async () => {
    const dataset = await stage.addDataset(team);
    const good = { label_type: "motor", start_index: 0, end_index: 0 };
    const nameless = await founder.post("/api/labels/bulk_create/", { labels: [{ ...good, dataset }, good] });
    assert.equal(nameless.status, 400);
    assert.match(nameless.body.error, /^labels\/1: dataset is missing/);
    const beyond = await founder.post("/api/labels/bulk_create/", {
      dataset,
      labels: [good, { ...good, end_index: 46 }],
    });
    assert.equal(beyond.status, 400);
    assert.match(beyond.body.error, /^labels\/1: .*last valid index is 45/);
    assert.equal((await founder.post("/api/labels/", { ...good, dataset: 999_999 })).status, 404);
    assert.equal((await founder.post("/api/labels/", { dataset, start_index: 0, end_index: 0 })).status, 400);
    assert.equal((await founder.get("/api/labels/?dataset_id=999999")).status, 404);
    assert.equal((await founder.get(`/api/labels/?dataset_id=${dataset}`)).total, 0);
  });
});
