import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Annotation, AnnotationChange } from "@magtrace/contracts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type Caller, type LabelStage, setLabelStage, type Team } from "./labelStage.ts";

describe("annotations", () => {
  const cleanup = suiteCleanup();
  let stage: LabelStage;
  let team: Team;
  let founder: Caller;
  let motor: number;
  let normal: number;

  before(async () => {
    stage = await setLabelStage(cleanup);
    team = await stage.addTeam("Alpha");
    founder = team.founder;
    motor = team.categories.Motor!;
    normal = team.categories.Normal!;
  });

  const post = (dataset: number, fields: Record<string, unknown> = {}) =>
    founder.post("/api/annotations/", { dataset, category: motor, start_index: 3, end_index: 13, ...fields });

  test("a label is made, read, changed and deleted", async () => {
    const dataset = await stage.addDataset(team);
    const made = await post(dataset, { unknown_field: "ignored" });
    assert.equal(made.status, 201, made.text);
    const { created_at, updated_at, id, ...rest } = made.body;
    assert.deepEqual(rest, {
      dataset,
      category: motor,
      start_index: 3,
      end_index: 13,
      confidence: 1,
      notes: "",
      created_by: founder.userId,
      prediction: null,
    });
    assert.equal(created_at, updated_at);
    assert.deepEqual((await founder.get(`/api/annotations/${id}/`)).body, made.body);

    const put = await founder.put<Annotation>(`/api/annotations/${id}`, { ...made.body, category: normal });
    assert.equal(put.status, 200, put.text);
    assert.equal(put.body.category, normal);
    assert.notEqual(put.body.updated_at, updated_at);
    const patched = await founder.patch<Annotation>(`/api/annotations/${id}/`, {
      start_index: 4,
      end_index: 4,
      confidence: 0.5,
      notes: "quiet",
    });
    assert.deepEqual(patched.body, {
      ...put.body,
      start_index: 4,
      end_index: 4,
      confidence: 0.5,
      notes: "quiet",
      updated_at: patched.body.updated_at,
    });

    const deleted = await founder.delete(`/api/annotations/${id}/`);
    assert.equal(deleted.status, 204);
    assert.equal(deleted.text, "");
    for (const answer of [
      await founder.get(`/api/annotations/${id}/`),
      await founder.patch(`/api/annotations/${id}/`, { notes: "x" }),
      await founder.delete(`/api/annotations/${id}/`),
    ]) {
      assert.equal(answer.status, 404);
    }
    assert.deepEqual((await founder.get(`/api/annotations/?dataset_id=${dataset}`)).body, []);
  });

  test("labels may overlap, and be the same twice", async () => {
    const dataset = await stage.addDataset(team);
    for (const fields of [{}, {}, { category: normal, start_index: 0, end_index: 45 }]) {
      assert.equal((await post(dataset, fields)).status, 201);
    }
    const listed = await founder.get<Annotation[]>(`/api/annotations/?dataset_id=${dataset}`);
    assert.deepEqual(
      listed.body.map(({ start_index, end_index }) => [start_index, end_index]),
      [
        [0, 45],
        [3, 13],
        [3, 13],
      ],
    );
  });

  test("rows that do not exist, are reversed or of two tracks are refused with the reason", async () => {
    const dataset = await stage.addDataset(team, {
      tracks: [
        { sensor_id: "A", start_index: 0, end_index: 19 },
        { sensor_id: "B", start_index: 20, end_index: 45 },
      ],
    });
    const refusals: [fields: Record<string, unknown>, reason: RegExp][] = [
      [{ start_index: 9, end_index: 3 }, /end_index 3 is before start_index 9/],
      [{ start_index: 40, end_index: 46 }, /last valid index is 45/],
      [{ start_index: 10, end_index: 20 }, /sensor "A" has rows 0 to 19/],
      [{ start_index: -1 }, /body\/start_index/],
      [{ end_index: 2.5 }, /body\/end_index/],
      [{ confidence: 1.5 }, /body\/confidence/],
      [{ notes: "a\0b" }, /body\/notes/],
    ];
    const [made] = [await post(dataset, { start_index: 0, end_index: 1 })];
    for (const [fields, reason] of refusals) {
      const refused = await post(dataset, fields);
      assert.equal(refused.status, 400, refused.text);
      assert.equal(refused.body.code, "validation_failed");
      assert.match(refused.body.error, reason);
      const changed = await founder.patch(`/api/annotations/${made.body.id}/`, {
        start_index: 3,
        end_index: 13,
        ...fields,
      });
      assert.equal(changed.status, 400, changed.text);
      assert.match(changed.body.error, reason);
    }
    assert.deepEqual((await founder.get(`/api/annotations/${made.body.id}/`)).body, made.body);
  });

  test("a change of one end is held against the other end that stays", async () => {
    const dataset = await stage.addDataset(team);
    const { body } = await post(dataset);
    const refused = await founder.patch(`/api/annotations/${body.id}/`, { start_index: 14 });
    assert.equal(refused.status, 400);
    assert.match(refused.body.error, /end_index 13 is before start_index 14/);
  });

  test("a category that is missing or of another project is not found, and an inactive one is refused", async () => {
    const dataset = await stage.addDataset(team);
    const other = await stage.addTeam("Beta");
    const { body } = await post(dataset);
    for (const category of [999_999, other.categories.Motor]) {
      for (const refused of [
        await post(dataset, { category }),
        await founder.patch(`/api/annotations/${body.id}/`, { category }),
      ]) {
        assert.equal(refused.status, 404, refused.text);
        assert.match(refused.body.error, new RegExp(`no category ${category}`));
      }
    }
    const resting = await founder.post("/api/label-categories/", {
      project: team.projectId,
      name: "Resting",
      is_active: false,
    });
    const refused = await post(dataset, { category: resting.body.id });
    assert.equal(refused.status, 400);
    assert.match(refused.body.error, /"Resting" is inactive/);
  });

  test("a label keeps a category that was made inactive, and can still be moved", async () => {
    const dataset = await stage.addDataset(team);
    const category = await founder.post("/api/label-categories/", {
      project: team.projectId,
      name: "Fading",
    });
    const { body } = await post(dataset, { category: category.body.id });
    await founder.patch(`/api/label-categories/${category.body.id}/`, { is_active: false });
    const moved = await founder.put(`/api/annotations/${body.id}/`, { ...body, end_index: 20 });
    assert.equal(moved.status, 200, moved.text);
    assert.equal(moved.body.end_index, 20);
  });

  test("a dataset that is still being read, or could not be, is not ready", async () => {
    for (const status of ["pending", "running", "failed"]) {
      const dataset = await stage.addDataset(team, { status, totalRecords: 0, tracks: [] });
      for (const refused of [
        await post(dataset),
        await founder.post("/api/annotations/bulk_create/", [
          { dataset, category: motor, start_index: 0, end_index: 0 },
        ]),
        await founder.post("/api/annotations/import/", { dataset, annotations: [] }),
      ]) {
        assert.equal(refused.status, 409, refused.text);
        assert.equal(refused.body.code, "not_ready");
      }
    }
  });

  test("a dataset that does not exist is not found, in every place that names one", async () => {
    for (const refused of [
      await post(999_999),
      await founder.get("/api/annotations/?dataset_id=999999"),
      await founder.get("/api/annotations/history/?dataset_id=999999"),
      await founder.get("/api/annotations/export/?dataset_id=999999"),
      await founder.post("/api/annotations/import/", { dataset: 999_999, annotations: [] }),
      await founder.post("/api/annotations/undo/", { dataset: 999_999 }),
      await founder.post("/api/annotations/redo/", { dataset: 999_999 }),
    ]) {
      assert.equal(refused.status, 404, refused.text);
      assert.match(refused.body.error, /no such dataset/);
    }
  });

  test("many labels are made at once, in the order given, in one batch of the history", async () => {
    const dataset = await stage.addDataset(team, { totalRecords: 20_000 });
    const many = Array.from({ length: 10_000 }, (_, index) => ({
      dataset,
      category: index % 2 === 0 ? motor : normal,
      start_index: 19_999 - index,
      end_index: 19_999,
      confidence: index / 10_000,
      notes: `note "${index}", {a}`,
    }));
    const made = await founder.post<Annotation[]>("/api/annotations/bulk_create/", { annotations: many });
    assert.equal(made.status, 201, made.text.slice(0, 500));
    assert.equal(made.body.length, 10_000);
    assert.deepEqual(
      made.body.map(({ dataset, category, start_index, end_index, confidence, notes }) => ({
        dataset,
        category,
        start_index,
        end_index,
        confidence,
        notes,
      })),
      many,
    );
    assert.ok(made.body.every(({ id }, index, all) => index === 0 || id > all[index - 1]!.id));
    const history = await founder.get<AnnotationChange[]>(
      `/api/annotations/history/?dataset_id=${dataset}&limit=1000`,
    );
    assert.equal(history.total, 10_000);
    assert.equal(new Set(history.body.map(({ batch }) => batch)).size, 1);
  });

  test("of many labels one that is wrong stops them all, and is named by its position", async () => {
    const dataset = await stage.addDataset(team);
    const good = { dataset, category: motor, start_index: 0, end_index: 1 };
    const cases: [fault: Record<string, unknown>, status: number, reason: RegExp][] = [
      [{ end_index: 46 }, 400, /^annotations\/2: .*last valid index is 45/],
      [{ category: 999_999 }, 404, /^annotations\/2: There is no category 999999/],
      [{ start_index: 2 }, 400, /^annotations\/2: end_index 1 is before/],
    ];
    for (const [fault, status, reason] of cases) {
      const list = [good, good, { ...good, ...fault }, good];
      for (const body of [list, { annotations: list }]) {
        const refused = await founder.post("/api/annotations/bulk_create/", body);
        assert.equal(refused.status, status, refused.text);
        assert.match(refused.body.error, reason);
        assert.equal(refused.body.details.at, "annotations/2");
      }
    }
    const shape = await founder.post("/api/annotations/bulk_create/", {
      annotations: [good, { ...good, start_index: -4 }],
    });
    assert.equal(shape.status, 400);
    assert.match(shape.body.error, /annotations\/1\/start_index/);
    const bare = await founder.post("/api/annotations/bulk_create/", [{ ...good, category: "motor" }]);
    assert.equal(bare.status, 400);
    assert.match(bare.body.error, /0\/category/);
    assert.equal((await founder.get(`/api/annotations/?dataset_id=${dataset}`)).total, 0);
  });

  test("no label at all, and more than 10,000, are refused", async () => {
    const dataset = await stage.addDataset(team);
    const label = { dataset, category: motor, start_index: 0, end_index: 0 };
    for (const body of [[], { annotations: [] }, Array(10_001).fill(label), {}, "text"]) {
      const refused = await founder.post("/api/annotations/bulk_create/", body);
      assert.equal(refused.status >= 400 && refused.status < 500, true, refused.text);
    }
  });

  test("labels of several datasets are made in one request", async () => {
    const [one, two] = [await stage.addDataset(team), await stage.addDataset(team)];
    const label = { category: motor, start_index: 0, end_index: 1 };
    const made = await founder.post<Annotation[]>("/api/annotations/bulk_create/", [
      { ...label, dataset: one },
      { ...label, dataset: two },
    ]);
    assert.deepEqual(
      made.body.map(({ dataset }) => dataset),
      [one, two],
    );
  });

  test("a list is filtered by the rows it shares and by category, and told by page", async () => {
    const dataset = await stage.addDataset(team);
    const rows: [number, number, number][] = [
      [0, 9, motor],
      [5, 30, normal],
      [10, 10, motor],
      [40, 45, motor],
    ];
    for (const [start_index, end_index, category] of rows)
      await post(dataset, { start_index, end_index, category });
    const starts = async (query: string) => {
      const { body, total } = await founder.get<Annotation[]>(
        `/api/annotations/?dataset_id=${dataset}&${query}`,
      );
      return [total, ...body.map(({ start_index }) => start_index)];
    };
    assert.deepEqual(await starts(""), [4, 0, 5, 10, 40]);
    assert.deepEqual(await starts("start_index=10"), [3, 5, 10, 40]);
    assert.deepEqual(await starts("start_index=10&end_index=10"), [2, 5, 10]);
    assert.deepEqual(await starts("end_index=4"), [1, 0]);
    assert.deepEqual(await starts("start_index=31&end_index=39"), [0]);
    assert.deepEqual(await starts(`category_id=${motor}`), [3, 0, 10, 40]);
    assert.deepEqual(await starts("limit=2&offset=1"), [4, 5, 10]);
    const page = await founder.get(`/api/annotations/?dataset_id=${dataset}&limit=2&offset=1`);
    assert.match(String(page.headers.link), /offset=3>; rel="next"/);
  });

  test("without a dataset the list has every label the asker may see, and no other", async () => {
    const gamma = await stage.addTeam("Gamma");
    const dataset = await stage.addDataset(gamma);
    await gamma.founder.post("/api/annotations/", {
      dataset,
      category: gamma.categories.Motor,
      start_index: 0,
      end_index: 0,
    });
    const listed = await gamma.founder.get<Annotation[]>("/api/annotations/");
    assert.deepEqual(
      listed.body.map((label) => label.dataset),
      [dataset],
    );
    await gamma.founder.delete(`/api/projects/${gamma.projectId}/`);
    assert.deepEqual((await gamma.founder.get("/api/annotations/")).body, []);
    assert.equal((await gamma.founder.get(`/api/annotations/${listed.body[0]!.id}/`)).status, 404);
    assert.deepEqual((await gamma.founder.get("/api/label-categories/")).body, []);
  });

  test("a change that changes nothing leaves no trace", async () => {
    const dataset = await stage.addDataset(team);
    const { body } = await post(dataset);
    const same = await founder.put(`/api/annotations/${body.id}/`, body);
    assert.deepEqual(same.body, body);
    const history = await founder.get<unknown[]>(`/api/annotations/history/?dataset_id=${dataset}`);
    assert.equal(history.body.length, 1);
  });

  test("every change is told to the project's listeners when it is committed", async () => {
    const dataset = await stage.addDataset(team);
    const heard: unknown[] = [];
    const listen = ({ payload }: { payload?: string | undefined }) => {
      const { kind, project, id, state } = JSON.parse(payload!);
      if (id === dataset) heard.push([kind, project, state.action, state.count, state.changed_by]);
    };
    stage.owner.on("notification", listen);
    await stage.owner.query("LISTEN magtrace_events");
    const { body } = await post(dataset);
    await post(dataset, { end_index: 999 });
    await founder.patch(`/api/annotations/${body.id}/`, { notes: "x" });
    await founder.delete(`/api/annotations/${body.id}/`);
    await founder.post(`/api/annotations/${body.id}/restore/`);
    await founder.post("/api/annotations/undo/", { dataset });
    await founder.post("/api/annotations/import/", {
      dataset,
      csv: "start_index,end_index,category\n1,2,Motor\n3,4,Motor",
    });
    await stage.owner.query("UNLISTEN magtrace_events");
    stage.owner.off("notification", listen);
    assert.deepEqual(
      heard,
      [
        ["create", 1],
        ["update", 1],
        ["delete", 1],
        ["restore", 1],
        ["undo", 1],
        ["import", 2],
      ].map(([action, count]) => ["annotations", team.projectId, action, count, founder.userId]),
    );
  });
});
