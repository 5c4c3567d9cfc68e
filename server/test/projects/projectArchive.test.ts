import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Project } from "@magtrace/contracts";
import pg from "pg";
import { openFolderObjects } from "../../src/platform/objects/folder/folderObjects.ts";
import {
  download,
  type Entries,
  type FullProject,
  importFile,
  makeFullProject,
  repackAsTar,
  rowsIn,
  unpack,
  untilEnded,
} from "../support/archiveStage.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";

type Row = Record<string, unknown> & { id: number };

/** Of coreutils. */
const CHECKER = "sha256sum";
const UNPACKER = ["python3", "-c", "import zipfile"];

describe("a project leaves as one file and comes back", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;
  let ada: ApiCaller;
  let full: FullProject;
  let file: Buffer;
  let entries: Entries;
  let copy: Project;

  before(async () => {
    installation = await startTestInstallation(cleanup);
    ada = await installation.addUser({ name: "ada", organization: "North" });
    full = await makeFullProject(ada);
    const exported = await download(installation, ada, full.project.id);
    assert.equal(exported.status, 200);
    file = exported.bytes;
    entries = await unpack(file);
    const imported = await importFile(installation, ada, file);
    assert.equal(imported.status, 201, JSON.stringify(imported.body));
    copy = imported.body;
  });

  async function queryRows<R extends pg.QueryResultRow>(statement: string, values: unknown[]): Promise<R[]> {
    const client = new pg.Client({ connectionString: installation.database.ownerUrl });
    await client.connect();
    try {
      return (await client.query<R>(statement, values)).rows;
    } finally {
      await client.end();
    }
  }

  async function get<T = Row[]>(path: string): Promise<T> {
    const { status, body } = await ada.call<T>("GET", `/api/${path}`);
    assert.equal(status, 200, `${path}: ${JSON.stringify(body)}`);
    return body;
  }

  test("the file says what it is, and is not to be shown as a page", async () => {
    const { headers } = await download(installation, ada, full.project.id);
    assert.equal(headers.get("content-type"), "application/zip");
    assert.match(
      headers.get("content-disposition") ?? "",
      /^attachment; filename="S_rvey _ 1\.magtrace\.zip"/,
    );
    const manifest = JSON.parse(entries.get("magtrace.json")!.toString());
    assert.equal(manifest.project.name, "Sörvey / 1");
    assert.equal(manifest.tables.datasets, 3);
    assert.deepEqual(manifest.unfinished, {});
  });

  test("the file holds something of every kind, gone things that others name included", () => {
    for (const [table, least] of Object.entries({
      datasets: 3,
      segments: 3,
      label_categories: 6,
      annotations: 14,
      annotation_changes: 20,
      models: 3,
      training_sessions: 2,
      training_logs: 4,
      predictions: 2,
      predicted_intervals: 3,
      suggestions: 2,
    })) {
      assert.ok(rowsIn(entries, table).length >= least, table);
    }
    const labels = rowsIn(entries, "annotations");
    assert.ok(labels.some(({ deleted_at }) => deleted_at !== null));
    const predictions = rowsIn(entries, "predictions").length;
    assert.ok(labels.some(({ prediction_id }) => Number(prediction_id) > predictions));
    const changes = rowsIn(entries, "annotation_changes");
    assert.ok(changes.some(({ annotation_id }) => Number(annotation_id) > labels.length));
    assert.ok(changes.some(({ undoes }) => undoes !== null));
    const intervals = rowsIn(entries, "predicted_intervals").map(({ review }) => review);
    for (const review of ["pending", "accepted", "rejected", "modified"])
      assert.ok(intervals.includes(review));
    const statuses = rowsIn(entries, "suggestions").map(({ status }) => status);
    for (const status of ["pending", "accepted", "rejected"]) assert.ok(statuses.includes(status), status);
    const [session] = rowsIn(entries, "training_sessions");
    const { datasets } = session!.lineage as { datasets: { object_prefix: string }[] };
    assert.equal(datasets[0]!.object_prefix, "objects/series/1/1");
    assert.ok(labels.every(({ created_by }) => created_by === "ada@example.com"));
  });

  test("another program unpacks the file and finds its checksums right", (t) => {
    const folder = temporaryFolder();
    try {
      for (const [program, ...args] of [UNPACKER, [CHECKER, "--version"]])
        execFileSync(program!, args, { stdio: "ignore" });
    } catch (error) {
      if (process.env.CI === "true") throw error;
      t.skip("python3 or sha256sum is not installed");
      return;
    }
    writeFileSync(join(folder, "project.zip"), file);
    execFileSync(UNPACKER[0]!, ["-m", "zipfile", "-e", "project.zip", "."], { cwd: folder });
    const checked = execFileSync(CHECKER, ["--check", "--strict", "SHA256SUMS"], { cwd: folder });
    assert.equal(checked.toString().match(/: OK$/gm)?.length, entries.size - 1);
  });

  test("people read in it the readings, labels, models and predictions that it holds", async () => {
    const readable = (name: string) => entries.get(`readable/${name}`)!;
    const json = (name: string) => JSON.parse(readable(name).toString()) as Row[];
    const lines = (name: string) => readable(name).toString().split("\r\n").slice(0, -1);
    for (const [i, { id }] of full.datasets.entries()) {
      const asked = await ada.call("GET", `/api/datasets/${id}/data/?format=csv`);
      assert.equal(readable(`readings/${i + 1}.csv`).toString(), asked.body as unknown);
    }
    assert.deepEqual(json("datasets.json"), rowsIn(entries, "datasets"));
    const live = rowsIn(entries, "annotations").filter(({ deleted_at }) => deleted_at === null);
    assert.equal(json("labels.json").length, live.length);
    assert.ok(
      lines("labels.csv")[0]!.startsWith("label,dataset,dataset_name,start_index,end_index,category,"),
    );
    const notes = json("labels.json").find(({ label }) => label === live[0]!.id)!;
    assert.deepEqual([notes.notes, notes.created_by], [live[0]!.notes, "ada@example.com"]);
    for (const name of ["categories", "models", "training_sessions", "predictions"])
      assert.ok(json(`${name}.json`).length > 0, name);
    const found = lines("predicted_intervals.csv");
    assert.equal(found.length - 1, rowsIn(entries, "predicted_intervals").length);
    assert.equal(lines("suggestions.csv").length - 1, rowsIn(entries, "suggestions").length);
    for (const { id } of rowsIn(entries, "training_sessions")) {
      assert.ok(readable(`models/${id}.onnx`).includes("TreeEnsembleClassifier"));
    }
    const readme = entries.get("README.md")!.toString();
    for (const name of entries.keys())
      if (name.startsWith("readable/")) assert.ok(readme.includes(name), name);
  });

  test("exported again, the copy gives the same file but for the moment", async () => {
    const again = await unpack((await download(installation, ada, copy.id)).bytes);
    assert.deepEqual([...again.keys()], [...entries.keys()]);
    for (const [name, content] of entries) {
      if (name === "magtrace.json" || name === "SHA256SUMS") continue;
      assert.ok(again.get(name)!.equals(content), `${name} differs`);
    }
    const manifest = (of: Entries) => ({
      ...JSON.parse(of.get("magtrace.json")!.toString()),
      exported_at: "",
    });
    assert.deepEqual(manifest(again), manifest(entries));
  });

  test("the copy shares no id and no object with what it is of", async () => {
    const places = await queryRows<{ project_id: number; place: string }>(
      `SELECT project_id, original_key AS place FROM magtrace.datasets
       UNION ALL SELECT project_id, object_prefix FROM magtrace.segments
       UNION ALL SELECT project_id, labels_key FROM magtrace.training_sessions
       UNION ALL SELECT project_id, model_key FROM magtrace.training_sessions`,
      [],
    );
    assert.equal(places.length, 2 * 10);
    assert.equal(new Set(places.map(({ place }) => place)).size, places.length);
    const objects = await openFolderObjects(join(installation.dataDir, "objects"));
    const segments = await queryRows<{ dataset_id: number; object_prefix: string }>(
      "SELECT dataset_id, object_prefix FROM magtrace.segments WHERE project_id = $1",
      [copy.id],
    );
    for (const { dataset_id, object_prefix } of segments) {
      assert.ok(object_prefix.startsWith(`series/${dataset_id}/`));
      assert.ok(await objects.exists(`${object_prefix}series.json`));
    }
  });

  test("windows, readings, statistics, quality and originals of the copy are the same", async () => {
    const [from, to] = [full.project.id, copy.id];
    const ids = async (project: number) => (await get(`datasets/?project_id=${project}`)).map(({ id }) => id);
    const [originals, copies] = [await ids(from), await ids(to)];
    assert.equal(copies.length, 3);
    for (const [i, id] of copies.entries()) {
      for (const part of [
        "data/?max_points=50",
        "data/?format=csv",
        "statistics/",
        "quality/",
        "download/",
      ]) {
        assert.deepEqual(
          await get(`datasets/${id}/${part}`),
          await get(`datasets/${originals[i]}/${part}`),
          part,
        );
      }
    }
    const statistics = async (project: number) => {
      const { annotations_by_category, ...counts } = await get<Record<string, unknown>>(
        `projects/${project}/statistics/`,
      );
      const byName = (annotations_by_category as Row[]).map(({ name, count, readings }) => ({
        name,
        count,
        readings,
      }));
      return { ...counts, byName };
    };
    assert.deepEqual(await statistics(to), await statistics(from));
  });

  test("in the copy one can undo, predict with the model, go on training and review", async () => {
    // In the first dataset the last thing done cannot be undone: its category is gone.
    const [, dataset] = await get(`datasets/?project_id=${copy.id}`);
    const undone = await ada.call("POST", "/api/annotations/undo/", { dataset: dataset!.id });
    assert.equal(undone.status, 200, JSON.stringify(undone.body));
    const redone = await ada.call("POST", "/api/annotations/redo/", { dataset: dataset!.id });
    assert.equal(redone.status, 200, JSON.stringify(redone.body));
    const [first] = await get(`training-sessions/?project_id=${copy.id}`);
    const run = async (path: string, body: object): Promise<Row> => {
      const { status, body: made } = await ada.call<Row>("POST", `/api/${path}`, body);
      assert.equal(status, 201, JSON.stringify(made));
      return untilEnded(ada, `${path.split("/")[0]}/${made.id}/`);
    };
    const prediction = await run("predictions/", { dataset: dataset!.id, training_session: first!.id });
    assert.equal(prediction.status, "completed");
    const intervals = prediction.predictions as { category: string; category_id: number | null }[];
    assert.ok(intervals.length > 0);
    const categories = await get(`label-categories/?project_id=${copy.id}`);
    const idOf = new Map(categories.map(({ id, name }) => [name, id]));
    for (const { category, category_id } of intervals) assert.equal(category_id, idOf.get(category));
    const review = await ada.call("POST", `/api/predictions/${prediction.id}/review/`, {
      status: "accepted",
    });
    assert.equal(review.status, 200);
    const session = await run("training-sessions/start_training/", {
      model_id: first!.model,
      dataset_id: dataset!.id,
      continue_from_session: first!.id,
    });
    assert.equal(session.status, "completed", String(session.error_message));
  });

  test("the copy stays when what it is of is deleted", async () => {
    const { body: other } = await importFile(installation, ada, file, { name: "Other" });
    assert.equal(other.name, "Other");
    for (const { id } of await get(`datasets/?project_id=${other.id}`)) {
      assert.equal((await ada.call("DELETE", `/api/datasets/${id}/`)).status, 204);
    }
    for (const { id } of await get(`datasets/?project_id=${copy.id}`)) {
      await get(`datasets/${id}/data/?max_points=10`);
      await get(`datasets/${id}/download/`);
    }
  });

  test("in another organisation the same is there, without the people it does not know", async () => {
    const bob = await installation.addUser({ name: "bob", organization: "South" });
    const { status, body } = await importFile(installation, bob, file);
    assert.equal(status, 201);
    assert.equal(body.role, "owner");
    const foreign = await unpack((await download(installation, bob, body.id)).bytes);
    for (const [name, content] of entries) {
      if (!name.startsWith("tables/")) continue;
      const withoutPeople = content.toString().replaceAll('"ada@example.com"', "null");
      assert.equal(foreign.get(name)!.toString(), withoutPeople, name);
    }
    assert.equal((await ada.call("GET", `/api/projects/${body.id}/`)).status, 404);
    const members = await queryRows(
      `SELECT u.email, m.role FROM magtrace.project_members m JOIN accounts.users u ON u.id = m.user_id
       WHERE m.project_id = $1`,
      [body.id],
    );
    assert.deepEqual(members, [{ email: "bob@example.com", role: "owner" }]);
  });

  test("a file without originals or without what people read comes back as well", async () => {
    const { bytes } = await download(installation, ada, full.project.id, "?originals=false&readable=false");
    const less = await unpack(bytes);
    assert.ok(![...less.keys()].some((name) => /^(readable|objects\/originals)\//.test(name)));
    assert.ok(rowsIn(less, "datasets").every(({ original_key }) => original_key === null));
    const { status, body } = await importFile(installation, ada, bytes, { name: "Less" });
    assert.equal(status, 201, JSON.stringify(body));
    const [dataset] = await get(`datasets/?project_id=${body.id}`);
    await get(`datasets/${dataset!.id}/data/?max_points=10`);
    assert.equal((await ada.call("GET", `/api/datasets/${dataset!.id}/download/`)).status, 410);
  });

  test("a file as earlier versions made it gives the same project", async () => {
    const { status, body } = await importFile(installation, ada, await repackAsTar(entries), { name: "Old" });
    assert.equal(status, 201, JSON.stringify(body));
    const again = await unpack((await download(installation, ada, body.id)).bytes);
    for (const [name, content] of entries) {
      if (!/^(magtrace\.json|README\.md|SHA256SUMS)$/.test(name))
        assert.ok(again.get(name)!.equals(content), name);
    }
  });

  test("work that has not ended stays behind, and the file says how much", async () => {
    const { body: imported } = await importFile(installation, ada, file, { name: "Busy" });
    await queryRows(
      `INSERT INTO magtrace.datasets (project_id, organization_id, name, status, original_name)
       SELECT id, organization_id, name, 'running', 'x.csv' FROM magtrace.projects
       CROSS JOIN unnest(ARRAY['a', 'b']) AS given (name_of) WHERE id = $1`,
      [imported.id],
    );
    await queryRows(
      `INSERT INTO magtrace.datasets (project_id, organization_id, name, status, original_name, error)
       SELECT id, organization_id, 'broken', 'failed', 'x.csv', 'no' FROM magtrace.projects WHERE id = $1`,
      [imported.id],
    );
    await queryRows(
      `INSERT INTO magtrace.training_sessions (project_id, organization_id, model_id, dataset_id, status, labels_key)
       SELECT project_id, organization_id, model_id, dataset_id, 'running', 'labels/none'
       FROM magtrace.training_sessions WHERE project_id = $1 LIMIT 1`,
      [imported.id],
    );
    const { bytes } = await download(installation, ada, imported.id);
    const busy = await unpack(bytes);
    const { unfinished, tables } = JSON.parse(busy.get("magtrace.json")!.toString());
    assert.deepEqual(unfinished, { datasets: 2, training_sessions: 1 });
    assert.equal(tables.datasets, 4);
    assert.equal((await importFile(installation, ada, bytes)).status, 201);
  });

  test("who may look may export; strangers, the anonymous and the read-only may not do what is not theirs", async () => {
    const eve = await installation.addUser({ name: "eve", organization: "East" });
    assert.equal((await download(installation, eve, full.project.id)).status, 404);
    assert.equal((await download(installation, installation.caller(null), full.project.id)).status, 401);
    const vic = await installation.addUser({
      name: "vic",
      organization: "North",
      organizationRole: "member",
      scopes: ["read"],
    });
    assert.equal((await download(installation, vic, full.project.id)).status, 404);
    await queryRows(
      `INSERT INTO magtrace.project_members (project_id, organization_id, user_id, role)
       SELECT $1, $2, id, 'viewer' FROM accounts.users WHERE email = 'vic@example.com'`,
      [full.project.id, full.project.organization],
    );
    assert.equal((await download(installation, vic, full.project.id)).status, 200);
    assert.equal((await importFile(installation, vic, file)).status, 403);
    const reader = await installation.addUser({ name: "ro", organization: "West", role: "read_only" });
    assert.equal((await importFile(installation, reader, file)).status, 403);
    const abroad = { organization: String(full.project.organization) };
    assert.equal((await importFile(installation, eve, file, abroad)).status, 404);
    const made = await ada.call<{ token: string }>("POST", "/api/tokens/", {
      name: "one",
      scopes: ["read", "write"],
      project: full.project.id,
    });
    const one = installation.caller(made.body.token);
    assert.equal((await download(installation, one, full.project.id)).status, 200);
    assert.equal((await download(installation, one, copy.id)).status, 404);
    assert.equal((await importFile(installation, one, file)).status, 403);
  });

  test("a member who owns nothing imports into their organisation and owns the result", async () => {
    const mia = await installation.addUser({
      name: "mia",
      organization: "North",
      organizationRole: "member",
    });
    const { status, body } = await importFile(installation, mia, file);
    assert.equal(status, 201);
    assert.equal((await mia.call("PATCH", `/api/projects/${body.id}/`, { name: "mine" })).status, 200);
  });

  test("clients that send something else are told what to send", async () => {
    const json = await ada.call("POST", "/api/projects/import_project/", { project: { name: "old" } });
    assert.equal(json.status, 415);
    assert.match(String(json.body.error), /\.magtrace\.zip/);
    const nothing = await ada.call("POST", "/api/projects/import_project/");
    assert.equal(nothing.status, 415);
    const form = new FormData();
    form.set("name", "x");
    const response = await fetch(`${installation.api.address}/api/projects/import_project/`, {
      method: "POST",
      headers: { authorization: `Bearer ${ada.token}` },
      body: form,
    });
    assert.equal(response.status, 400);
    const badOrganization = await importFile(installation, ada, file, { organization: "x" });
    assert.equal(badOrganization.status, 400);
    const badName = await importFile(installation, ada, file, { name: " " });
    assert.equal(badName.status, 400);
  });

  test("a deleted project is not exported, and a missing object is told before anything is sent", async () => {
    const { body: doomed } = await importFile(installation, ada, file, { name: "Doomed" });
    const [{ model_key } = { model_key: "" }] = await queryRows<{ model_key: string }>(
      "SELECT model_key FROM magtrace.training_sessions WHERE project_id = $1 LIMIT 1",
      [doomed.id],
    );
    const objects = await openFolderObjects(join(installation.dataDir, "objects"));
    await objects.delete(model_key);
    const damaged = await download(installation, ada, doomed.id);
    assert.equal(damaged.status, 500);
    assert.equal(JSON.parse(damaged.bytes.toString()).code, "damaged_object");
    assert.equal((await ada.call("DELETE", `/api/projects/${doomed.id}/`)).status, 204);
    assert.equal((await download(installation, ada, doomed.id)).status, 404);
  });

  test("nothing of an export stays behind, also when the client leaves in the middle", async () => {
    const leaving = new AbortController();
    const response = await fetch(`${installation.api.address}/api/projects/${copy.id}/export/`, {
      headers: { authorization: `Bearer ${ada.token}` },
      signal: leaving.signal,
    });
    await response.body!.getReader().read();
    leaving.abort();
    const objects = await openFolderObjects(join(installation.dataDir, "objects"));
    let left: string[] = [];
    const lastMs = performance.now() + 60_000;
    while (performance.now() < lastMs) {
      left = [];
      for await (const { key } of objects.list("exports/")) left.push(key);
      if (left.length === 0) break;
      await delay(20);
    }
    assert.deepEqual(left, []);
  });
});
