import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { ErrorBody, UserModel } from "@magtrace/contracts";
import { createProject, type LearningStage, ok, setLearningStage } from "../support/learningStage.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import type { ApiCaller } from "../support/testInstallation.ts";

describe("models", () => {
  const cleanup = suiteCleanup();
  let stage: LearningStage;
  let ann: ApiCaller;
  let project: number;

  before(async () => {
    stage = await setLearningStage(cleanup);
    ann = stage.ann;
    project = await createProject(ann, "North field");
  });

  const make = (fields: Record<string, unknown> = {}) =>
    ok<UserModel>(ann, "POST", "/api/user-models/", { project, name: "forest", ...fields });
  const refusal = async (method: string, path: string, body?: unknown, caller = ann) => {
    const answer = await caller.call<ErrorBody>(method, path, body);
    return { status: answer.status, code: answer.body.code, error: answer.body.error };
  };

  test("a model keeps what it was created with, and a script as inert text", async () => {
    const fields = {
      model_type: "transformer",
      description: "first try",
      hyperparameters: { n_trees: 7, epochs: 30 },
      tags: ["a", "b", "a"],
      category: "demo",
      author: "A. Nn",
      custom_metadata: { instrument: "fluxgate" },
      python_script: "import os",
    };
    const made = await make(fields);
    const read = await ok<UserModel>(ann, "GET", `/api/user-models/${made.id}/`);
    assert.deepEqual(read, made);
    assert.deepEqual({ ...read, ...fields, tags: ["a", "b"] }, read);
    assert.equal(read.version, "1.0");
    assert.equal(read.parent_model, null);
  });

  test("a model that says little is a random forest of its maker's", async () => {
    const made = await make();
    assert.equal(made.model_type, "random_forest");
    assert.equal(made.author, "ann");
    assert.equal("python_script" in made, false);
  });

  test("PUT and PATCH change what they name and nothing else, whatever else is sent", async () => {
    const made = await make({ description: "keep", tags: ["x"] });
    const changed = await ok<UserModel>(ann, "PUT", `/api/user-models/${made.id}/`, {
      name: "renamed",
      hyperparameters: { n_trees: 3 },
      version: "9.9",
      project: 12_345,
    });
    assert.deepEqual(changed, {
      ...made,
      name: "renamed",
      hyperparameters: { n_trees: 3 },
      updated_at: changed.updated_at,
    });
    const patched = await ok<UserModel>(ann, "PATCH", `/api/user-models/${made.id}/`, { tags: [] });
    assert.deepEqual(patched, { ...changed, tags: [], updated_at: patched.updated_at });
  });

  test("renaming takes name or new_name, and refuses neither", async () => {
    const { id } = await make();
    const path = `/api/user-models/${id}/rename/`;
    assert.equal((await ok<UserModel>(ann, "POST", path, { name: "one" })).name, "one");
    assert.equal((await ok<UserModel>(ann, "POST", path, { new_name: "two" })).name, "two");
    assert.deepEqual((await refusal("POST", path, {})).status, 400);
    assert.deepEqual((await refusal("POST", path, { name: "   " })).status, 400);
  });

  test("metadata is changed apart from the name", async () => {
    const made = await make();
    const body = { tags: ["t"], category: "c", author: "b", custom_metadata: { k: 1 }, name: "not this" };
    const changed = await ok<UserModel>(ann, "PATCH", `/api/user-models/${made.id}/update_metadata/`, body);
    assert.deepEqual({ ...changed, ...body, name: "forest" }, changed);
  });

  test("a clone is a model of its own, with or without a name or even a body", async () => {
    const made = await make({ hyperparameters: { seed: 4 }, tags: ["q"] });
    const path = `/api/user-models/${made.id}/clone/`;
    const clone = await ok<UserModel>(ann, "POST", path, { name: "mine" });
    assert.equal(clone.name, "mine");
    assert.deepEqual(clone.hyperparameters, { seed: 4 });
    assert.equal(clone.parent_model, null);
    assert.deepEqual(clone.performance_metrics, {});
    assert.equal((await ok<UserModel>(ann, "POST", path)).name, "forest (copy)");
    const family = await ok<UserModel[]>(ann, "GET", `/api/user-models/${made.id}/versions/`);
    assert.deepEqual(
      family.map(({ id }) => id),
      [made.id],
    );
  });

  test("versions count on over the whole family, and are listed from any member", async () => {
    const first = await make({ hyperparameters: { n_trees: 5 } });
    const version = (id: number, body?: unknown) =>
      ok<UserModel>(ann, "POST", `/api/user-models/${id}/create_version/`, body);
    const second = await version(first.id, { version_notes: "more trees", hyperparameters: { n_trees: 9 } });
    const third = await version(first.id);
    const fourth = await version(second.id, {});
    assert.deepEqual(
      [second, third, fourth].map((one) => [one.version, one.parent_model]),
      [
        ["1.1", first.id],
        ["1.2", first.id],
        ["1.3", second.id],
      ],
    );
    assert.equal(second.version_notes, "more trees");
    assert.deepEqual(second.hyperparameters, { n_trees: 9 });
    assert.deepEqual(third.hyperparameters, { n_trees: 5 });
    const ids = [first, second, third, fourth].map(({ id }) => id);
    for (const id of ids) {
      const family = await ok<UserModel[]>(ann, "GET", `/api/user-models/${id}/versions/`);
      assert.deepEqual(
        family.map((one) => one.id),
        ids,
      );
    }
  });

  test("versions asked for at the same time get different numbers", async () => {
    const { id } = await make();
    const made = await Promise.all(
      Array.from({ length: 5 }, () =>
        ok<UserModel>(ann, "POST", `/api/user-models/${id}/create_version/`, {}),
      ),
    );
    assert.deepEqual(made.map(({ version }) => version).sort(), ["1.1", "1.2", "1.3", "1.4", "1.5"]);
  });

  test("a family stays one when its first or a middle member is deleted", async () => {
    const first = await make();
    const version = (id: number) => ok<UserModel>(ann, "POST", `/api/user-models/${id}/create_version/`, {});
    const [second, third] = [await version(first.id), await version(first.id)];
    const fourth = await version(second.id);
    for (const [gone, left] of [
      [first, [second, third, fourth]],
      [second, [third, fourth]],
    ] as const) {
      assert.equal((await ann.call("DELETE", `/api/user-models/${gone.id}/`)).status, 204);
      const family = await ok<UserModel[]>(ann, "GET", `/api/user-models/${fourth.id}/versions/`);
      assert.deepEqual(
        family.map(({ id }) => id),
        left.map(({ id }) => id),
      );
      assert.equal(family[0]!.parent_model, null);
    }
  });

  test("the list is filtered by project, by all tags at once and by category, and can be short", async () => {
    const other = await createProject(ann, "Lists");
    const make = (name: string, fields: Record<string, unknown>) =>
      ok<UserModel>(ann, "POST", "/api/user-models/", { project: other, name, ...fields });
    await make("one", { tags: ["x", "y"], category: "k", python_script: "pass", custom_metadata: { a: 1 } });
    await make("two", { tags: ["x"], category: "k" });
    await make("three", { tags: ["it's; DROP TABLE models"], category: "l" });
    const names = async (query: string) =>
      (await ok<UserModel[]>(ann, "GET", `/api/user-models/?project_id=${other}${query}`)).map(
        ({ name }) => name,
      );
    assert.deepEqual(await names(""), ["one", "two", "three"]);
    assert.deepEqual(await names("&tags=x"), ["one", "two"]);
    assert.deepEqual(await names("&tags=x,y"), ["one"]);
    assert.deepEqual(await names("&tags= y ,"), ["one"]);
    assert.deepEqual(await names("&category=l"), ["three"]);
    assert.deepEqual(await names(`&tags=${encodeURIComponent("it's; DROP TABLE models")}`), ["three"]);
    const [whole] = await ok<UserModel[]>(ann, "GET", `/api/user-models/?project_id=${other}`);
    const [short] = await ok<UserModel[]>(ann, "GET", `/api/user-models/?project_id=${other}&summary=true`);
    assert.equal(whole!.python_script, "pass");
    const { python_script: _, ...withoutScript } = whole!;
    assert.deepEqual(short, { ...withoutScript, custom_metadata: {} });
    const page = await ann.call<UserModel[]>("GET", `/api/user-models/?project_id=${other}&limit=1&offset=1`);
    assert.equal(page.body[0]!.name, "two");
    assert.equal(page.headers.get("x-total-count"), "3");
  });

  test("categories and tags are those of the models one can see", async () => {
    const own = await createProject(ann, "Tagged");
    await ok(ann, "POST", "/api/user-models/", {
      project: own,
      name: "a",
      tags: ["z1", "z2"],
      category: "zc",
    });
    await ok(ann, "POST", "/api/user-models/", { project: own, name: "b", tags: ["z1"] });
    const get = (path: string, caller = ann) => ok<string[]>(caller, "GET", `/api/user-models/${path}`);
    assert.deepEqual(await get(`tags/?project_id=${own}`), ["z1", "z2"]);
    assert.deepEqual(await get(`categories/?project_id=${own}`), ["zc"]);
    assert.ok((await get("tags/")).includes("z2"));
    assert.deepEqual(await get("tags/", stage.stranger), []);
    assert.equal(
      (await refusal("GET", `/api/user-models/tags/?project_id=${own}`, undefined, stage.stranger)).status,
      404,
    );
  });

  test("a generated name reads well and is not taken", async () => {
    const path = "/api/user-models/generate_intelligent_name/";
    const first = await ok<{ name: string }>(ann, "POST", path, { project });
    assert.match(first.name, /^North field random forest \d{4}-\d\d-\d\d$/);
    await make({ name: first.name });
    const second = await ok<{ name: string }>(ann, "POST", path, { project_id: project });
    assert.equal(second.name, `${first.name} 2`);
    const old = await ok<{ name: string }>(ann, "POST", path, { project, model_type: "classification" });
    assert.match(old.name, /^North field classifier /);
    assert.equal((await refusal("POST", path, {})).status, 400);
  });

  test("what cannot be stored is refused in words, not by the database", async () => {
    for (const fields of [
      { name: "a\u0000b" },
      { description: "\u0000" },
      { hyperparameters: { a: "\u0000" } },
      { custom_metadata: { "\ud800": 1 } },
      { tags: ["a,b"] },
      { model_type: "shell" },
      { name: "x".repeat(256) },
    ]) {
      const { status, code } = await refusal("POST", "/api/user-models/", { project, name: "n", ...fields });
      assert.deepEqual([status, code], [400, "validation_failed"], JSON.stringify(fields));
    }
  });

  test("another team sees no model, whatever it asks", async () => {
    const { id } = await make();
    const { stranger } = stage;
    for (const [method, path, body] of [
      ["GET", `/api/user-models/${id}/`],
      ["GET", `/api/user-models/?project_id=${project}`],
      ["GET", `/api/user-models/${id}/versions/`],
      ["PATCH", `/api/user-models/${id}/`, { name: "stolen" }],
      ["PATCH", `/api/user-models/${id}/update_metadata/`, { tags: [] }],
      ["DELETE", `/api/user-models/${id}/`],
      ["POST", `/api/user-models/${id}/rename/`, { name: "stolen" }],
      ["POST", `/api/user-models/${id}/clone/`, {}],
      ["POST", `/api/user-models/${id}/create_version/`, {}],
      ["POST", "/api/user-models/", { project, name: "planted" }],
      ["POST", "/api/user-models/generate_intelligent_name/", { project }],
    ] as const) {
      assert.equal((await refusal(method, path, body, stranger)).status, 404, `${method} ${path}`);
    }
    assert.deepEqual(await ok(stranger, "GET", "/api/user-models/"), []);
  });

  test("a viewer looks and does not change", async () => {
    const { id } = await make();
    const viewer = await stage.addMember("modelviewer", project, "viewer");
    assert.equal((await viewer.call("GET", `/api/user-models/${id}/`)).status, 200);
    for (const [method, path, body] of [
      ["PATCH", `/api/user-models/${id}/`, { name: "x" }],
      ["DELETE", `/api/user-models/${id}/`],
      ["POST", "/api/user-models/", { project, name: "x" }],
      ["POST", `/api/user-models/${id}/clone/`, {}],
    ] as const) {
      assert.equal((await refusal(method, path, body, viewer)).status, 403, `${method} ${path}`);
    }
  });

  test("models of a deleted project are gone until it is restored", async () => {
    const doomed = await createProject(ann, "Doomed");
    const { id } = await ok<UserModel>(ann, "POST", "/api/user-models/", { project: doomed, name: "m" });
    await ann.call("DELETE", `/api/projects/${doomed}/`);
    assert.equal((await refusal("GET", `/api/user-models/${id}/`)).status, 404);
    await ok(ann, "POST", `/api/projects/${doomed}/restore/`);
    assert.equal((await ann.call("GET", `/api/user-models/${id}/`)).status, 200);
  });
});
