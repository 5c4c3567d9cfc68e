import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import pg from "pg";
import { createPool } from "../../src/platform/database/pool.ts";
import { silentLog } from "../../src/platform/logs/log.ts";
import { openFolderObjects } from "../../src/platform/objects/folder/folderObjects.ts";
import { databaseRows } from "../../src/platform/objects/rows/queries.ts";
import { SealedObjects } from "../../src/platform/objects/sealing/sealedObjects.ts";
import { HostileObjects } from "../../src/platform/objects/testing/hostileObjects.ts";
import { testKeyring } from "../../src/platform/objects/testing/keyring.ts";
import { inPieces } from "../../src/platform/objects/testing/memoryObjects.ts";
import { sweep } from "../../src/system/sweep.ts";
import { seedTenant } from "../support/seedTenant.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { createTestDatabase } from "../support/testDatabase.ts";

const DAY_MS = 86_400_000;

test("the sweep removes old objects nobody speaks of and projects past their time, tells what is missing, and leaves the rest", async () => {
  const database = await createTestDatabase();
  const { projectId } = await seedTenant(database.ownerUrl, "north");
  const past = await seedTenant(database.ownerUrl, "past");
  const owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
  await owner.query("UPDATE magtrace.datasets SET original_key = 'uploads/kept' WHERE project_id = $1", [
    projectId,
  ]);
  await owner.query("UPDATE magtrace.segments SET object_prefix = 'series/1/kept/' WHERE project_id = $1", [
    projectId,
  ]);
  await owner.query("UPDATE magtrace.projects SET deleted_at = now() WHERE id = $1", [past.projectId]);

  const objects = await openFolderObjects(join(temporaryFolder(), "objects"));
  const put = (key: string) =>
    objects.put(
      key,
      (async function* () {
        yield Buffer.from("x");
      })(),
    );
  const kept = [
    "uploads/kept",
    // Of an upload under way.
    "partial/none/0",
    "series/1/kept/base.arrow",
    "series/1/kept/level1.arrow",
    "master_keys/mk",
  ];
  const orphans = ["uploads/orphan", "partial/7/killed", "series/1/killed/base.arrow", "models/9/none"];
  for (const key of [...kept, ...orphans]) await put(key);

  const accountsPool = createPool({ url: database.accounts, size: 1, name: "test" });
  const deps = { accountsPool, objects, objectRows: databaseRows(accountsPool), log: silentLog() };
  const listed = async () => (await Array.fromAsync(objects.list(""))).map(({ key }) => key).sort();

  const young = await sweep(deps, Date.now() + DAY_MS);
  assert.equal(young.deletedObjects, 0, "work of the last days may not have reached its row yet");
  const old = await sweep(deps, Date.now() + 3 * DAY_MS);
  assert.equal(old.deletedObjects, orphans.length);
  assert.equal(old.purgedProjects, 0);
  assert.deepEqual(await listed(), [...kept].sort());
  assert.ok(old.missing.includes("labels/none"), "a snapshot that a session speaks of and that is not there");
  assert.ok(!old.missing.includes("uploads/kept"));

  const later = await sweep(deps, Date.now() + 31 * DAY_MS);
  assert.equal(later.purgedProjects, 1);
  const { rows } = await owner.query("SELECT id FROM magtrace.projects");
  assert.deepEqual(
    rows.map(({ id }) => Number(id)),
    [projectId],
  );
  await accountsPool.end();
  await owner.end();
});

test("the sweep judges sealed objects by their rows: the age of a state, and whether anybody speaks of them", async () => {
  const database = await createTestDatabase();
  const { projectId } = await seedTenant(database.ownerUrl, "north");
  const owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
  const accountsPool = createPool({ url: database.accounts, size: 1, name: "test" });
  const inner = new HostileObjects();
  const objectRows = databaseRows(accountsPool);
  const objects = new SealedObjects({ inner, rows: objectRows, keyring: testKeyring("k1") });
  const deps = { accountsPool, objects, objectRows, log: silentLog() };
  for (const key of ["uploads/kept", "uploads/orphan", "uploads/young", "uploads/going", "doctor/not_ours"]) {
    await objects.put(key, inPieces(Buffer.from("x"), 1));
  }
  await owner.query("UPDATE magtrace.datasets SET original_key = 'uploads/kept' WHERE project_id = $1", [
    projectId,
  ]);
  // A writer that died, one that died after its object became visible, and a deletion that was cut short.
  await objects.createWriter("series/1/died/base.arrow");
  await objects.put("series/1/died/level1.arrow", inPieces(Buffer.from("x"), 1));
  await owner.query("UPDATE objects.stored SET state = 'writing' WHERE key = 'series/1/died/level1.arrow'");
  await owner.query("UPDATE objects.stored SET state = 'deleting' WHERE key = 'uploads/going'");
  // The folder's own times say nothing: rows do.
  await owner.query(
    "UPDATE objects.stored SET changed_at = now() - interval '3 days' WHERE key NOT IN ('uploads/young', 'uploads/going')",
  );
  const keysOfRows = async () =>
    (await owner.query<{ key: string }>("SELECT key FROM objects.stored ORDER BY key")).rows.map(
      ({ key }) => key,
    );

  const report = await sweep(deps, Date.now());
  const left = ["doctor/not_ours", "uploads/kept", "uploads/young"];
  assert.deepEqual(await keysOfRows(), left);
  assert.deepEqual([...inner.bytesByKey.keys()].sort(), left);
  assert.equal(report.deletedObjects, 3);
  await sweep(deps, Date.now() + 3 * DAY_MS);
  assert.deepEqual(await keysOfRows(), ["doctor/not_ours", "uploads/kept"]);
  await accountsPool.end();
  await owner.end();
});

test("the sweep keeps samples of infected files for 30 days, then forgets them; one that nobody speaks of goes at once", async () => {
  const database = await createTestDatabase();
  const { projectId } = await seedTenant(database.ownerUrl, "north");
  const owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
  const accountsPool = createPool({ url: database.accounts, size: 1, name: "test" });
  const objects = await openFolderObjects(join(temporaryFolder(), "objects"));
  const deps = { accountsPool, objects, objectRows: databaseRows(accountsPool), log: silentLog() };
  for (const key of ["quarantine/kept", "quarantine/killed"]) {
    await objects.put(key, inPieces(Buffer.from("x"), 1));
  }
  await owner.query(
    `INSERT INTO objects.infected_files (organization_id, project_id, file_name, bytes, sha256, found, sample_key)
     SELECT organization_id, id, 'a.csv', 1, repeat('0', 64), 'Eicar', 'quarantine/kept' FROM magtrace.projects
     WHERE id = $1`,
    [projectId],
  );
  const listed = async () => (await Array.fromAsync(objects.list("quarantine/"))).map(({ key }) => key);
  const known = async () => (await owner.query("SELECT sample_key FROM objects.infected_files")).rows;

  await sweep(deps, Date.now() + 29 * DAY_MS);
  assert.deepEqual(await listed(), ["quarantine/kept"]);
  assert.deepEqual(await known(), [{ sample_key: "quarantine/kept" }]);
  const report = await sweep(deps, Date.now() + 31 * DAY_MS);
  assert.deepEqual(await listed(), []);
  assert.deepEqual(await known(), [{ sample_key: null }], "what was found stays recorded");
  assert.ok(!report.missing.some((place) => place.startsWith("quarantine/")));
  await accountsPool.end();
  await owner.end();
});
