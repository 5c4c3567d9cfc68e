import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import {
  type Answer,
  type Caller,
  type Json,
  type LabelStage,
  setLabelStage,
  type Team,
} from "./labelStage.ts";

describe("who may label", () => {
  const cleanup = suiteCleanup();
  let stage: LabelStage;
  let team: Team;
  let dataset: number;
  let label: number;
  let change: number;

  before(async () => {
    stage = await setLabelStage(cleanup);
    team = await stage.addTeam("Alpha");
    dataset = await stage.addDataset(team);
    const made = await team.founder.post("/api/annotations/", {
      dataset,
      category: team.categories.Motor,
      start_index: 0,
      end_index: 5,
    });
    label = made.body.id;
    change = (await team.founder.get<Json[]>(`/api/annotations/history/?dataset_id=${dataset}`)).body[0]!.id;
  });

  const motor = () => team.categories.Motor!;
  const reads = (as: Caller) => [
    as.get(`/api/label-categories/?project_id=${team.projectId}`),
    as.get(`/api/label-categories/${motor()}/`),
    as.get(`/api/annotations/?dataset_id=${dataset}`),
    as.get(`/api/annotations/?category_id=${motor()}`),
    as.get(`/api/annotations/${label}/`),
    as.get(`/api/annotations/history/?dataset_id=${dataset}`),
    as.get(`/api/annotations/export/?dataset_id=${dataset}`),
    as.get(`/api/labels/?dataset_id=${dataset}`),
    as.get(`/api/labels/${label}/`),
  ];
  const writes = (as: Caller): Promise<Answer<Json>>[] => [
    as.post("/api/label-categories/", { project: team.projectId, name: "Mine" }),
    as.patch(`/api/label-categories/${motor()}/`, { name: "Mine" }),
    as.delete(`/api/label-categories/${motor()}/`),
    as.post(`/api/label-categories/${motor()}/move_labels/`, { to: team.categories.Normal }),
    as.post("/api/annotations/", { dataset, category: motor(), start_index: 0, end_index: 0 }),
    as.post("/api/annotations/bulk_create/", [{ dataset, category: motor(), start_index: 0, end_index: 0 }]),
    as.post("/api/annotations/import/", { dataset, csv: "nonsense that is never parsed" }),
    as.put(`/api/annotations/${label}/`, { notes: "mine" }),
    as.delete(`/api/annotations/${label}/`),
    as.post(`/api/annotations/${label}/restore/`),
    as.post("/api/annotations/undo/", { dataset }),
    as.post("/api/annotations/redo/", { dataset }),
    as.post(`/api/annotations/history/${change}/undo/`),
    as.post("/api/labels/", { dataset, label_type: "motor", start_index: 0, end_index: 0 }),
    as.post("/api/labels/bulk_create/", {
      dataset,
      labels: [{ label_type: "x", start_index: 0, end_index: 0 }],
    }),
    as.patch(`/api/labels/${label}/`, { label_type: "mine" }),
    as.delete(`/api/labels/${label}/`),
  ];

  test("a viewer sees everything and changes nothing", async () => {
    const viewer = await stage.addMember(team, "Vera", "viewer");
    for (const answer of await Promise.all(reads(viewer))) assert.equal(answer.status, 200, answer.text);
    for (const answer of await Promise.all(writes(viewer))) {
      assert.equal(answer.status, 403, answer.text);
      assert.equal(answer.body.code, "not_allowed");
    }
  });

  test("for another team none of it exists", async () => {
    const { founder: stranger } = await stage.addTeam("Beta");
    for (const answer of await Promise.all([...reads(stranger), ...writes(stranger)])) {
      assert.equal(answer.status, 404, answer.text);
    }
    for (const list of ["/api/annotations/", "/api/label-categories/", "/api/labels/"]) {
      const { text } = await stranger.get(list);
      assert.doesNotMatch(text, new RegExp(`"project":${team.projectId}\\b|"dataset":${dataset}\\b`));
    }
  });

  test("without a credential nobody gets in", async () => {
    const nobody = stage.caller(0);
    for (const answer of await Promise.all([...reads(nobody), ...writes(nobody)])) {
      assert.equal(answer.status, 401, answer.text);
    }
  });

  test("a collaborator changes what another has labelled", async () => {
    const colleague = await stage.addMember(team, "Cleo", "collaborator");
    const changed = await colleague.patch(`/api/annotations/${label}/`, { notes: "seen" });
    assert.equal(changed.status, 200, changed.text);
    assert.equal(changed.body.created_by, team.founder.userId);
    const [newest] = (
      await colleague.get<Json[]>(`/api/annotations/history/?annotation_id=${label}&dataset_id=${dataset}`)
    ).body;
    assert.equal(newest?.changed_by, colleague.userId);
  });

  test("in a deleted project there is nothing to label", async () => {
    const gone = await stage.addTeam("Gone");
    const theirs = await stage.addDataset(gone);
    const category = gone.categories.Motor;
    const made = await gone.founder.post("/api/annotations/", {
      dataset: theirs,
      category,
      start_index: 0,
      end_index: 0,
    });
    await gone.founder.delete(`/api/projects/${gone.projectId}/`);
    for (const answer of [
      await gone.founder.get(`/api/annotations/?dataset_id=${theirs}`),
      await gone.founder.patch(`/api/annotations/${made.body.id}/`, { notes: "x" }),
      await gone.founder.get(`/api/label-categories/?project_id=${gone.projectId}`),
      await gone.founder.patch(`/api/label-categories/${category}/`, { name: "x" }),
      await gone.founder.post("/api/label-categories/", { project: gone.projectId, name: "x" }),
      await gone.founder.post("/api/annotations/undo/", { dataset: theirs }),
    ]) {
      assert.equal(answer.status, 404, answer.text);
    }
  });
});
