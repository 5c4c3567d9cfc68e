import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Annotation, Category } from "@magtrace/contracts";
import { suiteCleanup } from "../../test/support/suiteCleanup.ts";
import { type LabelStage, setLabelStage, type Team } from "./testing/labelStage.ts";

describe("annotations", () => {
  const cleanup = suiteCleanup();
  let stage: LabelStage;
  let team: Team;
  let motor: number;
  let normal: number;

  before(async () => {
    stage = await setLabelStage(cleanup);
    team = await stage.addTeam("Alpha");
    const { body } = await team.founder.get<Category[]>(
      `/api/label-categories/?project_id=${team.projectId}`,
    );
    motor = body.find(({ name }) => name === "Motor")!.id;
    normal = body.find(({ name }) => name === "Normal")!.id;
  });

  test("a label is made, read, changed and deleted", async () => {
    const dataset = await stage.addDataset(team);
    const made = await team.founder.post<Annotation>("/api/annotations/", {
      dataset,
      category: motor,
      start_index: 3,
      end_index: 13,
    });
    assert.equal(made.status, 201, made.text);
    const { created_at, updated_at, id, ...rest } = made.body;
    assert.deepEqual(rest, {
      dataset,
      category: motor,
      start_index: 3,
      end_index: 13,
      confidence: 1,
      notes: "",
      created_by: team.founder.userId,
      prediction: null,
    });
    assert.equal(created_at, updated_at);
    assert.deepEqual((await team.founder.get(`/api/annotations/${id}/`)).body, made.body);
    const changed = await team.founder.put<Annotation>(`/api/annotations/${id}/`, {
      ...made.body,
      category: normal,
      notes: "quiet",
    });
    assert.equal(changed.status, 200, changed.text);
    assert.equal(changed.body.category, normal);
    assert.equal(changed.body.notes, "quiet");
    assert.equal((await team.founder.delete(`/api/annotations/${id}/`)).status, 204);
    assert.equal((await team.founder.get(`/api/annotations/${id}/`)).status, 404);
  });
});
