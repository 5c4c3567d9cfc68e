import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import type { Dataset, Inspection, Project, ReadingProfile } from "@magtrace/contracts";
import { download, importFile } from "../support/archiveStage.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";

const HEADER = ["when", "one", "two", "three"];
const MAPPING = { columns: { timestamp_pc: "when", b_x: "one", b_y: "two", b_z: "three" }, unit: "µT" };

/** Of columns that nobody knows. */
function logger(rows = 20, header = "When, ONE ,two,three"): string {
  const lines = Array.from(
    { length: rows },
    (_, i) => `2026-01-01T00:00:${String(i).padStart(2, "0")}Z,20,1,44`,
  );
  return `${[header, ...lines].join("\n")}\n`;
}

async function untilReady(caller: ApiCaller, id: number): Promise<Project> {
  for (;;) {
    const { body } = await caller.call<Project>("GET", `/api/projects/${id}/`);
    if (body.status !== "importing") return body;
    await delay(50);
  }
}

describe("a project's reading profiles", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;
  let owner: ApiCaller;
  let project = 0;

  before(async () => {
    installation = await startTestInstallation(cleanup);
    owner = await installation.addUser({ name: "ada", organization: "North" });
    project = (await owner.call<Project>("POST", "/api/projects/", { name: "p" })).body.id;
  });

  const create = (body: Record<string, unknown>, caller = owner) =>
    caller.call<ReadingProfile>("POST", "/api/reading-profiles/", body);

  async function inspect(content: string, fields: Record<string, string> = {}): Promise<Inspection> {
    const form = new FormData();
    for (const [name, value] of Object.entries({ project: String(project), ...fields }))
      form.set(name, value);
    form.set("file", new Blob([content]), "a.csv");
    const response = await fetch(`${installation.api.address}/api/datasets/inspect/`, {
      method: "POST",
      headers: { authorization: `Bearer ${owner.token}` },
      body: form,
    });
    assert.equal(response.status, 200);
    return (await response.json()) as Inspection;
  }

  test("read files with these columns from then on, and say so", async () => {
    const before = await owner.upload(project, { name: "a.csv", bytes: logger() });
    assert.equal(before.status, 422);
    const { status, body: profile } = await create({
      project,
      name: " Logger ",
      header: HEADER,
      mapping: MAPPING,
    });
    assert.equal(status, 201);
    assert.deepEqual([profile.name, profile.header, profile.mapping], ["Logger", HEADER, MAPPING]);

    const seen = await inspect(logger());
    assert.deepEqual(seen.profile, { id: profile.id, name: "Logger" });
    assert.match(seen.assumptions[0]?.taken ?? "", /profile "Logger"/);
    assert.equal(seen.readable, true);

    const after = await owner.upload<Dataset>(project, { name: "a.csv", bytes: logger() });
    assert.equal(after.status, 201, JSON.stringify(after.body));
    assert.deepEqual(after.body.mapping, MAPPING);
    const quality = await owner.call<{ assumptions: { taken: string }[]; median_field_nt: number }>(
      "GET",
      `/api/datasets/${after.body.id}/quality/`,
    );
    assert.match(quality.body.assumptions[0]?.taken ?? "", /profile "Logger"/);
    assert.ok(Math.abs(quality.body.median_field_nt - 48_342) < 500);
    // Below a title, and packed.
    const packed = gzipSync(`Recorded by hand\n${logger()}`);
    const known = await owner.upload<{ details?: { findings: { expected: string }[] } }>(project, {
      name: "b.csv.gz",
      bytes: packed,
    });
    assert.ok(known.status === 201 || known.status === 422);
  });

  test("are asked for by number, or not at all", async () => {
    const { body: profile } = await create({
      project,
      name: "Other",
      header: ["t", "u"],
      mapping: { ...MAPPING, unit: "nT" },
    });
    const chosen = await owner.upload<Dataset>(
      project,
      { name: "a.csv", bytes: logger() },
      { profile: String(profile.id) },
    );
    assert.equal(chosen.status, 201);
    assert.equal(chosen.body.mapping?.unit, "nT");
    const more = await inspect(logger(), { profile: String(profile.id), mapping: '{"unit":"G"}' });
    assert.equal(more.mapping.unit, "G");
    assert.deepEqual(more.profile, { id: profile.id, name: "Other" });
    assert.equal(
      (await owner.upload(project, { name: "a.csv", bytes: logger() }, { profile: "none" })).status,
      422,
    );
    assert.equal(
      (await owner.upload(project, { name: "a.csv", bytes: logger() }, { profile: "x" })).status,
      400,
    );
    assert.equal(
      (await owner.upload(project, { name: "a.csv", bytes: logger() }, { profile: "999" })).status,
      404,
    );
  });

  test("have a name and columns of their own, and are listed, changed and deleted", async () => {
    const { body: made } = await create({ project, name: "Third", header: ["a", "b"], mapping: {} });
    assert.equal((await create({ project, name: "third", header: ["c", "d"], mapping: {} })).status, 409);
    assert.equal((await create({ project, name: "Fourth", header: [" A", "B"], mapping: {} })).status, 409);
    assert.equal((await create({ project, name: "Fifth", header: [], mapping: {} })).status, 400);
    assert.equal(
      (await create({ project, name: "Fifth", header: ["x"], mapping: { unit: "x" } })).status,
      400,
    );
    const path = `/api/reading-profiles/${made.id}/`;
    const listed = await owner.call<ReadingProfile[]>("GET", `/api/reading-profiles/?project_id=${project}`);
    assert.ok(listed.body.some(({ id }) => id === made.id));
    const changed = await owner.call<ReadingProfile>("PATCH", path, { name: "3rd", mapping: { unit: "G" } });
    assert.deepEqual([changed.body.name, changed.body.mapping], ["3rd", { unit: "G" }]);
    assert.equal((await owner.call("PATCH", path, {})).status, 400);
    assert.equal((await owner.call<ReadingProfile>("GET", path)).body.name, "3rd");
    const stranger = await installation.addUser({ name: "eve", organization: "South" });
    for (const method of ["GET", "PATCH", "DELETE"]) {
      const body = method === "PATCH" ? { name: "mine" } : undefined;
      assert.equal((await stranger.call(method, path, body)).status, 404);
    }
    assert.equal((await create({ project, name: "Mine", header: ["q"], mapping: {} }, stranger)).status, 404);
    assert.equal((await owner.call("DELETE", path)).status, 204);
    assert.equal((await owner.call("GET", path)).status, 404);
  });

  test("leave with the project and come back with it", async () => {
    const exported = await download(installation, owner, project);
    assert.equal(exported.status, 200);
    const imported = await importFile(installation, owner, exported.bytes);
    assert.ok(imported.status < 300, JSON.stringify(imported.body));
    const copy = imported.body;
    const { status } = await untilReady(owner, copy.id);
    assert.equal(status, "ready");
    const of = async (id: number) => {
      const { body } = await owner.call<ReadingProfile[]>("GET", `/api/reading-profiles/?project_id=${id}`);
      return body.map(({ name, header, mapping }) => ({ name, header, mapping }));
    };
    assert.deepEqual(await of(copy.id), await of(project));
    assert.ok((await of(copy.id)).length >= 2);
    assert.equal((await owner.upload(copy.id, { name: "a.csv", bytes: logger() })).status, 201);
  });
});
