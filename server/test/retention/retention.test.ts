import assert from "node:assert/strict";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import type { Dataset, LegalHold, Project, Retention, RetentionPreview } from "@magtrace/contracts";
import pg from "pg";
import { createPool } from "../../src/platform/database/pool.ts";
import { silentLog } from "../../src/platform/logs/log.ts";
import { openFolderObjects } from "../../src/platform/objects/folder/folderObjects.ts";
import { applyRetention } from "../../src/retention/applyRetention.ts";
import { magtrace } from "../support/magtrace.ts";
import { seedProject } from "../support/seedTenant.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";

const DAY_MS = 86_400_000;
const FILE = "timestamp_pc,b_x,b_y,b_z\n1,2,3,4\n2,2,3,4\n3,3,3,3\n";

describe("retention", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;
  let ada: ApiCaller;
  let owner: pg.Client;
  const pools: pg.Pool[] = [];
  let project: Project;
  let dataset: Dataset;
  let path: string;

  before(async () => {
    installation = await startTestInstallation(cleanup);
    ada = await installation.addUser({ name: "ada", organization: "North" });
    owner = new pg.Client({ connectionString: installation.database.ownerUrl });
    await owner.connect();
    for (let i = 0; i < 2; i++)
      pools.push(createPool({ url: installation.database.accounts, size: 1, name: "test" }));
    cleanup.after(async () => {
      await owner.end();
      for (const pool of pools) await pool.end();
    });
    project = (await ada.call<Project>("POST", "/api/projects/", { name: "Survey" })).body;
    path = `/api/organizations/${project.organization}/retention/`;
    dataset = await uploaded("old.csv");
    await age("datasets", "uploaded_at", dataset.id, 100);
    await uploaded("new.csv");
  });

  async function uploaded(name: string): Promise<Dataset> {
    const { status, body } = await ada.upload<Dataset>(project.id, { name, bytes: FILE });
    assert.equal(status, 201, JSON.stringify(body));
    return body;
  }

  async function age(table: string, column: string, id: number, days: number): Promise<void> {
    await owner.query(
      `UPDATE magtrace.${table} SET ${column} = now() - make_interval(days => $2) WHERE id = $1`,
      [id, days],
    );
  }

  const setPolicies = async (...policies: Retention["policies"]) => {
    const { status, body } = await ada.call<Retention>("PUT", path, { policies });
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  };
  const policy = (kind: Retention["policies"][number]["kind"], keep_days = 90) => {
    return { kind, keep_days, recoverable_days: 30 };
  };

  const preview = async (query = "") =>
    (await ada.call<RetentionPreview[]>("GET", `${path}preview/${query}`)).body;

  /** As two workers do it at the same time. */
  async function applied(daysFromNow = 0) {
    const objects = await openFolderObjects(join(installation.dataDir, "objects"));
    const apply = (accountsPool: pg.Pool) =>
      applyRetention(
        { accountsPool, objects, log: silentLog(), auditKeepDays: 0 },
        Date.now() + daysFromNow * DAY_MS,
      );
    const reports = await Promise.all(pools.map(apply));
    const sum = (
      name: "expiredOriginals" | "expiredPredictions" | "removedOriginals" | "removedPredictions",
    ) => reports.reduce((total, report) => total + report[name], 0);
    return {
      expiredOriginals: sum("expiredOriginals"),
      expiredPredictions: sum("expiredPredictions"),
      removedOriginals: sum("removedOriginals"),
      removedPredictions: sum("removedPredictions"),
    };
  }

  const nothing = { expiredOriginals: 0, expiredPredictions: 0, removedOriginals: 0, removedPredictions: 0 };

  const downloadStatus = async () => (await ada.call("GET", `/api/datasets/${dataset.id}/download/`)).status;

  async function originalKey(): Promise<string | null> {
    const { rows } = await owner.query("SELECT original_key FROM magtrace.datasets WHERE id = $1", [
      dataset.id,
    ]);
    return rows[0].original_key;
  }

  test("by default is for ever", async () => {
    assert.deepEqual((await ada.call<Retention>("GET", path)).body, { policies: [], holds: [] });
    assert.deepEqual(await preview(), []);
    assert.deepEqual(await applied(10_000), nothing);
  });

  test("shows before what a policy would take, without taking it", async () => {
    const [shown] = await preview("?kind=originals&keep_days=90");
    assert.deepEqual(
      { ...shown, oldest: null, first: shown!.first.map(({ id, name, project: of }) => [of, id, name]) },
      {
        kind: "originals",
        keep_days: 90,
        count: 1,
        bytes: FILE.length,
        oldest: null,
        first: [[project.id, dataset.id, "old.csv"]],
        recoverable: { count: 0, oldest: null },
      },
    );
    assert.equal((await preview("?kind=originals&keep_days=101"))[0]!.count, 0);
    assert.equal((await ada.call("GET", `${path}preview/?keep_days=3`)).status, 400);
    assert.deepEqual(await applied(), nothing);
  });

  test("takes originals out of sight once, gives them back, and removes them for good after their time", async () => {
    await setPolicies(policy("originals"));
    const [shown] = await preview();
    assert.deepEqual(await applied(), { ...nothing, expiredOriginals: shown!.count });
    assert.equal(await downloadStatus(), 410);
    assert.equal((await ada.call("GET", `/api/datasets/${dataset.id}/data/`)).status, 200);
    assert.equal((await preview())[0]!.recoverable.count, 1);
    assert.deepEqual(await applied(29), nothing);
    const { body } = await ada.call("POST", `${path}restore/`, { kind: "originals" });
    assert.deepEqual(body, { restored: 1 });
    assert.equal(await downloadStatus(), 200);

    const key = (await originalKey())!;
    const objects = await openFolderObjects(join(installation.dataDir, "objects"));
    const command = await magtrace(["retention", "run"], {
      MAGTRACE_DATA_DIR: installation.dataDir,
      DATABASE_URL: installation.database.ownerUrl,
    });
    assert.equal(command.status, 0, command.err);
    assert.match(command.out, /^Out of sight: 1 originals, 0 predictions\.$/m);
    assert.match(command.out, /^Gone for good: 0 originals, 0 predictions; months of the audit: none\.$/m);
    assert.deepEqual(await applied(), nothing);
    assert.equal(await objects.exists(key), true);
    assert.deepEqual(await applied(31), { ...nothing, removedOriginals: 1 });
    assert.equal(await objects.exists(key), false);
    assert.equal(await originalKey(), null);
    assert.deepEqual((await ada.call("POST", `${path}restore/`, { kind: "originals" })).body, {
      restored: 0,
    });
    assert.equal(await downloadStatus(), 410);
    assert.equal((await ada.call("GET", `/api/datasets/${dataset.id}/data/`)).status, 200);
  });

  test("takes predictions out of everybody's sight, with what they suggested, and then for good", async () => {
    const { rows: users } = await owner.query(
      "SELECT id FROM accounts.users WHERE email = 'ada@example.com'",
    );
    const seeded = await seedProject(owner, {
      organizationId: project.organization,
      userId: users[0].id,
      name: "Seeded",
    });
    await owner.query(
      `UPDATE magtrace.predictions SET status = 'completed', completed_at = now() - interval '100 days' WHERE project_id = $1`,
      [seeded],
    );
    const count = async () => {
      const { rows } = await owner.query(
        `SELECT (SELECT count(*)::int FROM magtrace.predictions WHERE project_id = $1) AS predictions,
           (SELECT count(*)::int FROM magtrace.predicted_intervals WHERE project_id = $1) AS intervals,
           (SELECT count(*)::int FROM magtrace.suggestions WHERE project_id = $1) AS suggestions`,
        [seeded],
      );
      return rows[0];
    };
    const listed = async (of: string) =>
      (await ada.call<unknown[]>("GET", `/api/${of}/?project_id=${seeded}`)).body.length;
    const before = await count();
    assert.ok(before.predictions > 0 && before.suggestions > 0);
    const seen = [await listed("predictions"), await listed("suggestions")];
    await setPolicies(policy("predictions"));
    const [shown] = await preview();
    assert.equal(shown!.count, before.predictions);
    assert.equal((await applied()).expiredPredictions, before.predictions);
    assert.deepEqual(await count(), before);
    assert.deepEqual([await listed("predictions"), await listed("suggestions")], [0, 0]);
    await ada.call("POST", `${path}restore/`, { kind: "predictions" });
    assert.deepEqual([await listed("predictions"), await listed("suggestions")], seen);

    await applied();
    const statistics = await ada.call<{ predictions: number }>("GET", `/api/projects/${seeded}/statistics/`);
    assert.deepEqual([statistics.status, statistics.body.predictions], [200, 0]);
    assert.equal((await applied(31)).removedPredictions, before.predictions);
    assert.deepEqual(await count(), { predictions: 0, intervals: 0, suggestions: 0 });
  });

  test("takes nothing that is under a legal hold, and nobody deletes it by hand", async () => {
    const kept = await uploaded("held.csv");
    await age("datasets", "uploaded_at", kept.id, 100);
    await setPolicies(policy("originals"));
    const hold = await ada.call<LegalHold>("POST", `${path}holds/`, {
      project: project.id,
      reason: "a dispute",
    });
    assert.equal(hold.status, 201);
    assert.equal((await preview())[0]!.count, 0);
    assert.deepEqual(await applied(400), nothing);
    const refused = await ada.call("DELETE", `/api/datasets/${kept.id}/`);
    assert.deepEqual([refused.status, /legal hold/.test(String(refused.body.error))], [409, true]);
    assert.equal((await ada.call("GET", `/api/datasets/${kept.id}/download/`)).status, 200);
    // What is refused keeps nothing, held or not.
    assert.equal((await ada.upload(project.id, { name: "bad.csv", bytes: "nothing" })).status, 422);
    const other = await ada.call<LegalHold>("POST", `${path}holds/`, { reason: "all of it" });
    assert.equal(
      (await ada.call<LegalHold[]>("POST", `${path}lift/`, { project: project.id })).body.length,
      1,
    );
    assert.deepEqual(await applied(), nothing);
    const lifted = await ada.call<LegalHold[]>("POST", `${path}lift/`, {});
    assert.deepEqual(
      lifted.body.map(({ id }) => id),
      [other.body.id],
    );
    assert.equal((await applied()).expiredOriginals, 1);
    assert.equal((await ada.call("DELETE", `/api/datasets/${kept.id}/`)).status, 204);
    const { holds } = (await ada.call<Retention>("GET", path)).body;
    assert.deepEqual(
      holds.map(({ reason, lifted_at }) => [reason, lifted_at !== null]),
      [
        ["all of it", true],
        ["a dispute", true],
      ],
    );
  });

  test("keeps deleted projects for 30 days or as long as an organisation says, and while they are held", async () => {
    const { body: gone } = await ada.call<Project>("POST", "/api/projects/", { name: "Gone" });
    assert.equal((await ada.call("DELETE", `/api/projects/${gone.id}/`)).status, 204);
    const purged = async (daysAgo: number) => {
      await age("projects", "deleted_at", gone.id, daysAgo);
      const { rows } = await owner.query("SELECT magtrace.purge_projects(now() - interval '30 days') AS n");
      return Number(rows[0].n);
    };
    const tooShort = await ada.call("PUT", path, { policies: [policy("deleted_projects", 29)] });
    assert.equal(tooShort.status, 400);
    await setPolicies(policy("deleted_projects", 60));
    assert.equal(await purged(50), 0);
    await age("projects", "deleted_at", gone.id, 61);
    assert.deepEqual((await preview())[0]!.count, 1);
    await ada.call("POST", `${path}holds/`, { project: gone.id, reason: "a dispute" });
    assert.equal((await preview())[0]!.count, 0);
    assert.equal(await purged(61), 0);
    await ada.call("POST", `${path}lift/`, { project: gone.id });
    assert.equal(await purged(61), 1);
  });

  test("is the business of owners and admins, with the scope for it; policies and holds are audited", async () => {
    const eve = await installation.addUser({ name: "eve", organization: "East" });
    const member = await installation.addUser({
      name: "mia",
      organization: "North",
      organizationRole: "member",
    });
    const reader = await installation.addUser({
      name: "rob",
      organization: "North",
      organizationRole: "admin",
      scopes: ["read", "write"],
    });
    for (const [caller, status] of [
      [eve, 404],
      [member, 403],
      [reader, 403],
      [installation.caller(null), 401],
    ] as const) {
      assert.equal((await caller.call("GET", path)).status, status);
      assert.equal((await caller.call("PUT", path, { policies: [] })).status, status);
      assert.equal((await caller.call("GET", `${path}preview/`)).status, status);
      assert.equal((await caller.call("POST", `${path}holds/`, { reason: "x" })).status, status);
      assert.equal((await caller.call("POST", `${path}lift/`, {})).status, status);
      assert.equal((await caller.call("POST", `${path}restore/`, { kind: "originals" })).status, status);
    }
    const { body: theirs } = await eve.call<Project>("POST", "/api/projects/", { name: "Theirs" });
    assert.equal((await ada.call("POST", `${path}holds/`, { project: theirs.id, reason: "x" })).status, 404);
    const { body: entries } = await ada.call<{ action: string }[]>("GET", "/api/audit/?limit=1000");
    const actions = new Set(entries.map(({ action }) => action));
    for (const action of [
      "retention_policy.create",
      "legal_hold.create",
      "legal_hold.update",
      "dataset.update",
      "prediction.delete",
    ])
      assert.ok(actions.has(action), action);
  });
});
