import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Annotation, AnnotationChange, UndoResult } from "@magtrace/contracts";
import fc from "fast-check";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type Caller, type Json, type LabelStage, setLabelStage, type Team } from "./labelStage.ts";

describe("history of labels", () => {
  const cleanup = suiteCleanup();
  let stage: LabelStage;
  let team: Team;
  let ana: Caller;
  let ben: Caller;
  let motor: number;
  let normal: number;

  before(async () => {
    stage = await setLabelStage(cleanup);
    team = await stage.addTeam("Alpha");
    ana = team.founder;
    ben = await stage.addMember(team, "Ben", "collaborator");
    motor = team.categories.Motor!;
    normal = team.categories.Normal!;
  });

  const make = async (as: Caller, dataset: number, fields: Record<string, unknown> = {}) => {
    const made = await as.post<Annotation>("/api/annotations/", {
      dataset,
      category: motor,
      start_index: 0,
      end_index: 9,
      ...fields,
    });
    assert.equal(made.status, 201, made.text);
    return made.body;
  };
  const historyOf = async (dataset: number, more = "") =>
    (await ana.get<AnnotationChange[]>(`/api/annotations/history/?dataset_id=${dataset}${more}`)).body;
  const labelsOf = async (dataset: number) => {
    const { body } = await ana.get<Annotation[]>(`/api/annotations/?dataset_id=${dataset}&limit=1000`);
    return body
      .map(({ id, category, start_index, end_index, confidence, notes }) => ({
        id,
        category,
        start_index,
        end_index,
        confidence,
        notes,
      }))
      .sort((a, b) => a.id - b.id);
  };
  const undo = (as: Caller, dataset: number) =>
    as.post<UndoResult & Json>("/api/annotations/undo/", { dataset });
  const redo = (as: Caller, dataset: number) =>
    as.post<UndoResult & Json>("/api/annotations/redo/", { dataset });
  const undoChange = (as: Caller, id: number) =>
    as.post<AnnotationChange & Json>(`/api/annotations/history/${id}/undo/`);

  test("who changed what is kept, newest first, with the label before and after", async () => {
    const dataset = await stage.addDataset(team);
    const label = await make(ana, dataset, { confidence: 0.1, notes: "n" });
    await ben.patch(`/api/annotations/${label.id}/`, { category: normal, end_index: 12 });
    await ana.delete(`/api/annotations/${label.id}/`);
    await ben.post(`/api/annotations/${label.id}/restore/`);
    const made = {
      category: motor,
      start_index: 0,
      end_index: 9,
      confidence: 0.1,
      notes: "n",
      prediction: null,
    };
    const changed = { ...made, category: normal, end_index: 12 };
    const history = await historyOf(dataset);
    assert.deepEqual(
      history.map(({ action, before, after, changed_by, annotation, undoes, undone }) => ({
        action,
        before,
        after,
        changed_by,
        annotation,
        undoes,
        undone,
      })),
      [
        { action: "restore", before: null, after: changed, changed_by: ben.userId },
        { action: "delete", before: changed, after: null, changed_by: ana.userId },
        { action: "update", before: made, after: changed, changed_by: ben.userId },
        { action: "create", before: null, after: made, changed_by: ana.userId },
      ].map((entry) => ({ ...entry, annotation: label.id, undoes: null, undone: false })),
    );
    const page = await ana.get<AnnotationChange[]>(
      `/api/annotations/history/?dataset_id=${dataset}&limit=1&offset=1`,
    );
    assert.equal(page.total, 4);
    assert.deepEqual(page.body, [history[1]]);
  });

  test("the history of one label can be asked for", async () => {
    const dataset = await stage.addDataset(team);
    const [one, two] = [await make(ana, dataset), await make(ana, dataset)];
    await ana.delete(`/api/annotations/${two.id}/`);
    assert.equal((await historyOf(dataset, `&annotation_id=${two.id}`)).length, 2);
    assert.equal((await historyOf(dataset, `&annotation_id=${one.id}`)).length, 1);
  });

  test("a refused change leaves no entry", async () => {
    const dataset = await stage.addDataset(team);
    const label = await make(ana, dataset);
    await ana.patch(`/api/annotations/${label.id}/`, { end_index: 46 });
    await ana.post("/api/annotations/", { dataset, category: motor, start_index: 0, end_index: 46 });
    assert.equal((await historyOf(dataset)).length, 1);
  });

  test("undo takes back my requests one by one, each whole, and redo brings them back", async () => {
    const dataset = await stage.addDataset(team);
    const first = await make(ana, dataset);
    const many = await ana.post<Annotation[]>("/api/annotations/bulk_create/", [
      { dataset, category: normal, start_index: 1, end_index: 2 },
      { dataset, category: normal, start_index: 3, end_index: 4 },
    ]);
    await ana.patch(`/api/annotations/${first.id}/`, { notes: "changed" });
    await ana.delete(`/api/annotations/${many.body[0]!.id}/`);
    const states = [await labelsOf(dataset)];
    for (const count of [1, 1, 2, 1]) {
      const undone = await undo(ana, dataset);
      assert.equal(undone.status, 200, undone.text);
      assert.equal(undone.body.undone, count);
      assert.equal(undone.body.changes.length, count);
      states.push(await labelsOf(dataset));
    }
    assert.deepEqual(
      states.map((labels) => labels.length),
      [2, 3, 3, 1, 0],
    );
    assert.equal(states[1]!.find(({ id }) => id === first.id)?.notes, "changed");
    assert.equal(states[2]!.find(({ id }) => id === first.id)?.notes, "");
    const nothing = await undo(ana, dataset);
    assert.equal(nothing.status, 409);
    assert.match(nothing.body.error, /no change in this dataset that could be undone/);
    for (const state of states.slice(0, -1).reverse()) {
      const redone = await redo(ana, dataset);
      assert.equal(redone.status, 200, redone.text);
      assert.deepEqual(await labelsOf(dataset), state);
    }
    assert.equal((await redo(ana, dataset)).status, 409);
    for (const state of states.slice(1)) {
      assert.equal((await undo(ana, dataset)).status, 200);
      assert.deepEqual(await labelsOf(dataset), state);
    }
  });

  test("a new change ends what can be redone", async () => {
    const dataset = await stage.addDataset(team);
    await make(ana, dataset);
    await undo(ana, dataset);
    await make(ana, dataset, { start_index: 5 });
    const refused = await redo(ana, dataset);
    assert.equal(refused.status, 409);
    assert.match(refused.body.error, /no change in this dataset that could be redone/);
    await undo(ana, dataset);
    assert.equal((await redo(ana, dataset)).status, 200);
    assert.deepEqual(
      (await labelsOf(dataset)).map(({ start_index }) => start_index),
      [5],
    );
    assert.equal((await redo(ana, dataset)).status, 409);
  });

  test("undo is of my own changes in this dataset only", async () => {
    const [dataset, other] = [await stage.addDataset(team), await stage.addDataset(team)];
    const mine = await make(ana, dataset);
    const theirs = await make(ben, dataset);
    await make(ana, other);
    assert.equal((await undo(ana, dataset)).status, 200);
    assert.deepEqual(
      (await labelsOf(dataset)).map(({ id }) => id),
      [theirs.id],
    );
    assert.equal((await undo(ana, dataset)).status, 409);
    assert.equal((await redo(ben, dataset)).status, 409);
    assert.equal((await labelsOf(other)).length, 1);
    assert.equal((await redo(ana, dataset)).status, 200);
    assert.deepEqual(
      (await labelsOf(dataset)).map(({ id }) => id),
      [mine.id, theirs.id],
    );
  });

  test("what another has changed since is not undone over their head, and nothing of the batch is", async () => {
    const dataset = await stage.addDataset(team);
    const label = { dataset, category: motor, start_index: 0, end_index: 3 };
    const { body } = await ana.post<Annotation[]>("/api/annotations/bulk_create/", [label, label]);
    await ben.patch(`/api/annotations/${body[1]!.id}/`, { notes: "mine now" });
    const refused = await undo(ana, dataset);
    assert.equal(refused.status, 409, refused.text);
    const [latest] = await historyOf(dataset);
    assert.match(
      refused.body.error,
      new RegExp(`Label ${body[1]!.id} has been changed since \\(change ${latest!.id}\\)`),
    );
    assert.equal((await labelsOf(dataset)).length, 2);
    await undo(ben, dataset);
    assert.equal((await undo(ana, dataset)).status, 200);
    assert.deepEqual(await labelsOf(dataset), []);
  });

  test("any one change of anybody's can be undone, and that undo too, again and again", async () => {
    const dataset = await stage.addDataset(team);
    const label = await make(ana, dataset);
    await ana.patch(`/api/annotations/${label.id}/`, { notes: "x" });
    const [update] = await historyOf(dataset);
    let previous = update!.id;
    for (const notes of ["", "x", "", "x", ""]) {
      const undone = await undoChange(ben, previous);
      assert.equal(undone.status, 200, undone.text);
      assert.equal(undone.body.action, "undo");
      assert.equal(undone.body.undoes, previous);
      assert.equal(undone.body.changed_by, ben.userId);
      assert.equal((await labelsOf(dataset))[0]!.notes, notes);
      const again = await undoChange(ben, previous);
      assert.equal(again.status, 409, again.text);
      previous = undone.body.id;
    }
    const [, ...rest] = await historyOf(dataset, `&annotation_id=${label.id}`);
    assert.deepEqual(
      rest.map(({ undone }) => undone),
      [true, false, true, false, true, false],
    );
  });

  test("an entry that was redone is undone by its own number again", async () => {
    const dataset = await stage.addDataset(team);
    await make(ana, dataset);
    const [create] = await historyOf(dataset);
    const first = await undoChange(ana, create!.id);
    await undoChange(ana, first.body.id);
    const again = await undoChange(ana, create!.id);
    assert.equal(again.status, 200, again.text);
    assert.notEqual(again.body.undoes, create!.id);
    assert.deepEqual(await labelsOf(dataset), []);
  });

  test("an early change is not undone beneath a later one", async () => {
    const dataset = await stage.addDataset(team);
    const label = await make(ana, dataset);
    await ana.patch(`/api/annotations/${label.id}/`, { notes: "x" });
    await ana.delete(`/api/annotations/${label.id}/`);
    const [, update, create] = await historyOf(dataset);
    for (const id of [update!.id, create!.id]) {
      const refused = await undoChange(ana, id);
      assert.equal(refused.status, 409, refused.text);
      assert.match(refused.body.error, /has been changed since/);
    }
  });

  test("a redo beneath a later undo is refused", async () => {
    const dataset = await stage.addDataset(team);
    const label = await make(ana, dataset);
    await ana.patch(`/api/annotations/${label.id}/`, { notes: "x" });
    const undoOfUpdate = (await undo(ana, dataset)).body.changes[0]!;
    await undo(ana, dataset);
    const refused = await undoChange(ana, undoOfUpdate.id);
    assert.equal(refused.status, 409, refused.text);
  });

  test("a change undone by its number is left out of the undo of its batch", async () => {
    const dataset = await stage.addDataset(team);
    const label = { dataset, category: motor, start_index: 0, end_index: 3 };
    await ana.post("/api/annotations/bulk_create/", [label, label, label]);
    const [, middle] = await historyOf(dataset);
    await undoChange(ben, middle!.id);
    const rest = await undo(ana, dataset);
    assert.equal(rest.body.undone, 2);
    assert.deepEqual(await labelsOf(dataset), []);
    assert.equal((await redo(ana, dataset)).body.undone, 2);
  });

  test("a deleted label is restored as it was; one that is not deleted cannot be", async () => {
    const dataset = await stage.addDataset(team);
    const label = await make(ana, dataset, { notes: "keep", confidence: 0.3 });
    const early = await ana.post(`/api/annotations/${label.id}/restore/`);
    assert.equal(early.status, 409);
    assert.match(early.body.error, /not deleted/);
    await ana.delete(`/api/annotations/${label.id}/`);
    const restored = await ben.post<Annotation>(`/api/annotations/${label.id}/restore/`);
    assert.equal(restored.status, 200, restored.text);
    assert.deepEqual(restored.body, { ...label, updated_at: restored.body.updated_at });
    await undo(ben, dataset);
    assert.equal((await ana.get(`/api/annotations/${label.id}/`)).status, 404);
    assert.equal((await ana.post("/api/annotations/999999/restore/")).status, 404);
    assert.equal((await undoChange(ana, 999_999)).status, 404);
  });

  test("the same undo asked for many times at once is done once", async () => {
    const dataset = await stage.addDataset(team);
    for (let round = 0; round < 5; round++) {
      await make(ana, dataset);
      const [create] = await historyOf(dataset);
      const answers = await Promise.all([ana, ben, ana, ben].map((who) => undoChange(who, create!.id)));
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409, 409, 409]);
      assert.deepEqual(await labelsOf(dataset), []);
    }
  });

  test("undos asked for at once take back one request each", async () => {
    const dataset = await stage.addDataset(team);
    for (const start_index of [1, 2, 3, 4]) await make(ana, dataset, { start_index });
    const answers = await Promise.all([1, 2, 3].map(() => undo(ana, dataset)));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200],
    );
    assert.deepEqual(
      (await labelsOf(dataset)).map(({ start_index }) => start_index),
      [1],
    );
  });

  test("whatever one does, undo and redo go through the same states as a stack would", async () => {
    const step = fc.record({
      kind: fc.constantFrom("create", "bulk", "update", "delete", "restore", "undo", "undo", "redo"),
      pick: fc.nat(20),
      value: fc.nat(40),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 20 }), async (steps) => {
        const dataset = await stage.addDataset(team);
        const past = [await labelsOf(dataset)];
        let future: (typeof past)[number][] = [];
        const ids: number[] = [];
        for (const { kind, pick, value } of steps) {
          const now = past.at(-1)!;
          if (kind === "undo" || kind === "redo") {
            const answer = await (kind === "undo" ? undo : redo)(ana, dataset);
            const possible = kind === "undo" ? past.length > 1 : future.length > 0;
            assert.equal(answer.status, possible ? 200 : 409, answer.text);
            if (possible && kind === "undo") future.push(past.pop()!);
            else if (possible) past.push(future.pop()!);
            assert.deepEqual(await labelsOf(dataset), past.at(-1));
            continue;
          }
          const id = ids[pick % Math.max(1, ids.length)] ?? 999_999;
          const label = { dataset, category: motor, start_index: value, end_index: 45 };
          if (kind === "create") ids.push((await make(ana, dataset, label)).id);
          if (kind === "bulk") {
            const many = [label, { ...label, category: normal }];
            const { body } = await ana.post<Annotation[]>("/api/annotations/bulk_create/", many);
            ids.push(...body.map((made) => made.id));
          }
          if (kind === "update")
            await ana.patch(`/api/annotations/${id}/`, { start_index: value, notes: `${pick}` });
          if (kind === "delete") await ana.delete(`/api/annotations/${id}/`);
          if (kind === "restore") await ana.post(`/api/annotations/${id}/restore/`);
          const next = await labelsOf(dataset);
          if (JSON.stringify(next) === JSON.stringify(now)) continue;
          past.push(next);
          future = [];
        }
      }),
      { numRuns: 10, seed: 20_260 },
    );
  });
});
