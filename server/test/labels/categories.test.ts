import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Annotation, AnnotationChange, Category } from "@magtrace/contracts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type Caller, type LabelStage, setLabelStage, type Team } from "./labelStage.ts";

describe("label categories", () => {
  const cleanup = suiteCleanup();
  let stage: LabelStage;
  let team: Team;
  let founder: Caller;

  before(async () => {
    stage = await setLabelStage(cleanup);
    team = await stage.addTeam("Alpha");
    founder = team.founder;
  });

  const freshTeam = async (name: string) => {
    const fresh = await stage.addTeam(name);
    const create = (fields: Record<string, unknown>) =>
      fresh.founder.post("/api/label-categories/", { project: fresh.projectId, ...fields });
    return { ...fresh, create };
  };

  test("a new project has the five defaults, with keys 1 to 5 and a colour each", async () => {
    const { rows } = await stage.owner.query("SELECT id FROM accounts.organizations WHERE name = 'Alpha'");
    await stage.owner.query("UPDATE accounts.members SET role = 'owner' WHERE user_id = $1", [
      founder.userId,
    ]);
    const project = await founder.post("/api/projects/", { name: "New", organization: Number(rows[0].id) });
    assert.equal(project.status, 201, project.text);
    const { body } = await founder.get<Category[]>(`/api/label-categories/?project_id=${project.body.id}`);
    assert.deepEqual(
      body.map(({ name, order, hotkey, parent, is_active, project }) => [
        name,
        order,
        hotkey,
        parent,
        is_active,
        project,
      ]),
      ["Fan noise", "Motor", "Normal", "Anomaly", "Electrical"].map((name, index) => [
        name,
        index,
        String(index + 1),
        null,
        true,
        project.body.id,
      ]),
    );
    assert.equal(new Set(body.map(({ color }) => color)).size, 5);
  });

  test("a category is made, read, changed and deleted", async () => {
    const { create, projectId, founder, categories } = await freshTeam("Crud");
    const made = await create({ name: "  Fan bearing ", color: "#AABBCC", parent: categories["Fan noise"] });
    assert.equal(made.status, 201, made.text);
    const { id, ...rest } = made.body;
    assert.deepEqual(rest, {
      project: projectId,
      name: "Fan bearing",
      description: "",
      color: "#aabbcc",
      parent: categories["Fan noise"],
      order: 5,
      hotkey: "6",
      is_active: true,
    });
    const path = `/api/label-categories/${id}/`;
    assert.deepEqual((await founder.get(path)).body, made.body);
    const wanted = {
      name: "Bearing",
      description: "worn",
      color: "#000000",
      parent: null,
      order: 0,
      hotkey: "b",
      is_active: false,
    };
    const put = await founder.put(path, { ...wanted, project: 12345 });
    assert.equal(put.status, 200, put.text);
    assert.deepEqual(put.body, { id, project: projectId, ...wanted });
    assert.equal((await founder.patch<Category>(path, { hotkey: null })).body.hotkey, null);
    const deleted = await founder.delete(path);
    assert.equal(deleted.status, 204, deleted.text);
    assert.equal((await founder.get(path)).status, 404);
  });

  test("what is not said gets the next colour and key, and no key when none is wanted", async () => {
    const { create } = await freshTeam("Defaults");
    const first = await create({ name: "One" });
    const second = await create({ name: "Two", hotkey: null });
    const third = await create({ name: "Three" });
    assert.deepEqual([first.body.hotkey, second.body.hotkey, third.body.hotkey], ["6", null, "7"]);
    assert.equal(new Set([first, second, third].map(({ body }) => body.color)).size, 3);
    for (const name of ["Four", "Five"]) await create({ name });
    assert.equal((await create({ name: "Six" })).body.hotkey, null);
  });

  test("a list is in the order set, by page", async () => {
    const { projectId, founder, categories } = await freshTeam("Order");
    await founder.patch(`/api/label-categories/${categories.Electrical}/`, { order: 0 });
    await founder.patch(`/api/label-categories/${categories["Fan noise"]}/`, { order: 9 });
    const listed = await founder.get<Category[]>(`/api/label-categories/?project_id=${projectId}&limit=3`);
    assert.deepEqual(
      listed.body.map(({ name }) => name),
      ["Electrical", "Motor", "Normal"],
    );
    assert.equal(listed.total, 5);
  });

  test("a name or key that is taken is refused, and says by whom", async () => {
    const { create, founder, categories } = await freshTeam("Taken");
    const mine = await create({ name: "Mine" });
    const path = `/api/label-categories/${mine.body.id}/`;
    for (const refused of [
      await create({ name: " fan NOISE " }),
      await founder.patch(path, { name: "motor" }),
    ]) {
      assert.equal(refused.status, 409, refused.text);
      assert.match(refused.body.error, /There is a category "(Fan noise|Motor)"/);
    }
    for (const refused of [
      await create({ name: "X", hotkey: "2" }),
      await founder.patch(path, { hotkey: "2" }),
    ]) {
      assert.equal(refused.status, 409, refused.text);
      assert.match(refused.body.error, /key 2 belongs to the category "Motor"/);
    }
    const itself = await founder.put(`/api/label-categories/${categories.Motor}/`, {
      name: "MOTOR",
      hotkey: "2",
    });
    assert.equal(itself.status, 200, itself.text);
  });

  test("two requests for one name at once make one category", async () => {
    const { create } = await freshTeam("Race");
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => create({ name: "Twin", hotkey: null })),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409, 409]);
  });

  test("names, colours and keys that are none are refused", async () => {
    const { create, founder, categories } = await freshTeam("Shapes");
    for (const fields of [
      { name: "" },
      { name: "   " },
      { name: "a\0b" },
      { name: "n".repeat(256) },
      { name: "x", color: "red" },
      { name: "x", color: "#12345" },
      { name: "x", hotkey: "F1" },
      { name: "x", order: -1 },
    ]) {
      const refused = await create(fields);
      assert.equal(refused.status, 400, JSON.stringify(fields) + refused.text);
      const changed = await founder.patch(`/api/label-categories/${categories.Motor}/`, fields);
      assert.equal(changed.status, 400, changed.text);
    }
    assert.equal((await founder.post("/api/label-categories/", { name: "x" })).status, 400);
  });

  test("a category of another project cannot be a parent", async () => {
    const { create, founder, categories } = await freshTeam("Parents");
    const foreign = team.categories.Motor;
    for (const refused of [
      await create({ name: "x", parent: foreign }),
      await create({ name: "x", parent: 999_999 }),
      await founder.patch(`/api/label-categories/${categories.Motor}/`, { parent: foreign }),
    ]) {
      assert.equal(refused.status, 404, refused.text);
      assert.match(refused.body.error, /to be the parent/);
    }
  });

  test("a category is never below itself, however long the way", async () => {
    const { founder, categories } = await freshTeam("Cycle");
    const { Motor, Normal, Anomaly } = categories;
    const setParent = (id: number | undefined, parent: number | null | undefined) =>
      founder.patch(`/api/label-categories/${id}/`, { parent });
    assert.equal((await setParent(Normal, Motor)).status, 200);
    assert.equal((await setParent(Anomaly, Normal)).status, 200);
    const itself = await setParent(Motor, Motor);
    assert.equal(itself.status, 400);
    assert.match(itself.body.error, /its own parent/);
    const round = await setParent(Motor, Anomaly);
    assert.equal(round.status, 400);
    assert.match(round.body.error, /"Anomaly" is below "Normal" is below "Motor"/);
    assert.equal((await setParent(Normal, null)).status, 200);
    assert.equal((await setParent(Motor, Anomaly)).status, 200);
  });

  test("two changes at once cannot close a circle", async () => {
    const { founder, categories } = await freshTeam("CycleRace");
    const { Motor, Normal } = categories;
    const answers = await Promise.all([
      founder.patch(`/api/label-categories/${Motor}/`, { parent: Normal }),
      founder.patch(`/api/label-categories/${Normal}/`, { parent: Motor }),
    ]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 400]);
  });

  test("a category with labels or children stays, and says what to do", async () => {
    const { founder, categories, ...rest } = await freshTeam("Used");
    const dataset = await stage.addDataset({ ...rest, founder, categories });
    const { Motor, Normal } = categories;
    const label = { dataset, category: Motor, start_index: 0, end_index: 1 };
    await founder.post("/api/annotations/bulk_create/", [label, label]);
    const used = await founder.delete(`/api/label-categories/${Motor}/`);
    assert.equal(used.status, 409, used.text);
    assert.match(used.body.error, /2 labels in 1 dataset\..*move_labels.*inactive/);
    assert.deepEqual(used.body.details, { labels: 2, datasets: 1 });
    await founder.patch(`/api/label-categories/${categories.Anomaly}/`, { parent: Normal });
    const parent = await founder.delete(`/api/label-categories/${Normal}/`);
    assert.equal(parent.status, 409);
    assert.match(parent.body.error, /1 category below "Normal"/);
  });

  test("labels move to another category together, with their history, and are moved back by one undo", async () => {
    const { founder, categories, ...rest } = await freshTeam("Move");
    const dataset = await stage.addDataset({ ...rest, founder, categories });
    const { Motor, Normal } = categories;
    const label = { dataset, category: Motor, start_index: 0, end_index: 1 };
    await founder.post("/api/annotations/bulk_create/", [label, label, { ...label, category: Normal }]);
    const moved = await founder.post(`/api/label-categories/${Motor}/move_labels/`, { to: Normal });
    assert.equal(moved.status, 200, moved.text);
    assert.deepEqual(moved.body, { moved: 2 });
    const history = await founder.get<AnnotationChange[]>(`/api/annotations/history/?dataset_id=${dataset}`);
    assert.deepEqual(
      history.body.map(({ action, before, after }) => [action, before?.category, after?.category]),
      [
        ["update", Motor, Normal],
        ["update", Motor, Normal],
        ["create", undefined, Normal],
        ["create", undefined, Motor],
        ["create", undefined, Motor],
      ],
    );
    await founder.post("/api/annotations/undo/", { dataset });
    const back = await founder.get<Annotation[]>(
      `/api/annotations/?dataset_id=${dataset}&category_id=${Motor}`,
    );
    assert.equal(back.body.length, 2);
    assert.equal(
      (await founder.post(`/api/label-categories/${Motor}/move_labels/`, { to: Motor })).status,
      400,
    );
    for (const to of [team.categories.Motor, 999_999]) {
      assert.equal((await founder.post(`/api/label-categories/${Motor}/move_labels/`, { to })).status, 404);
    }
    await founder.patch(`/api/label-categories/${Normal}/`, { is_active: false });
    const resting = await founder.post(`/api/label-categories/${Motor}/move_labels/`, { to: Normal });
    assert.equal(resting.status, 400);
    assert.match(resting.body.error, /"Normal" is inactive/);
  });

  test("a category whose labels are all deleted can go, and those labels cannot come back", async () => {
    const { founder, categories, ...rest } = await freshTeam("Purge");
    const dataset = await stage.addDataset({ ...rest, founder, categories });
    const { Motor, Normal } = categories;
    const make = async () =>
      (await founder.post("/api/annotations/", { dataset, category: Motor, start_index: 0, end_index: 1 }))
        .body.id;
    const [deleted, moved] = [await make(), await make()];
    await founder.patch(`/api/annotations/${moved}/`, { category: Normal });
    await founder.delete(`/api/annotations/${deleted}/`);
    assert.equal((await founder.delete(`/api/label-categories/${Motor}/`)).status, 204);

    assert.equal((await founder.post(`/api/annotations/${deleted}/restore/`)).status, 404);
    const undeleted = await founder.post("/api/annotations/undo/", { dataset });
    assert.equal(undeleted.status, 409, undeleted.text);
    assert.match(undeleted.body.error, /its category after it: it cannot come back/);
    const history = await founder.get<AnnotationChange[]>(`/api/annotations/history/?dataset_id=${dataset}`);
    assert.equal(history.body.length, 4);
    const update = history.body.find(({ action }) => action === "update")!;
    const back = await founder.post(`/api/annotations/history/${update.id}/undo/`);
    assert.equal(back.status, 409, back.text);
    assert.match(back.body.error, /category that label \d+ had has been deleted/);
  });
});
