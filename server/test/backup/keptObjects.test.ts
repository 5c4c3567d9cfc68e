import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import pg from "pg";
import { requireFreshBackup } from "../../src/backup/backupHealth.ts";
import { chooseBackup, listBackups } from "../../src/backup/backupStore.ts";
import { usualRule } from "../../src/backup/keepRule.ts";
import { pruneBackups } from "../../src/backup/pruneBackups.ts";
import { createPool } from "../../src/platform/database/pool.ts";
import { silentLog } from "../../src/platform/logs/log.ts";
import { openFolderObjects } from "../../src/platform/objects/folder/folderObjects.ts";
import { databaseRows } from "../../src/platform/objects/rows/queries.ts";
import { proveMasterKeys } from "../../src/platform/objects/sealing/masterKeyMarks.ts";
import { SealedObjects } from "../../src/platform/objects/sealing/sealedObjects.ts";
import { inPieces, readAll } from "../../src/platform/objects/testing/memoryObjects.ts";
import type { ObjectStore } from "../../src/platform/objects/types.ts";
import { sweep } from "../../src/system/sweep.ts";
import { seedTenant } from "../support/seedTenant.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { backUp, emptyInstallation, type Keys, newKeys, restoreInto } from "./backupStage.ts";

const DAY_MS = 86_400_000;

interface Stage {
  readonly source: Awaited<ReturnType<typeof emptyInstallation>>;
  readonly owner: pg.Client;
  readonly inner: ObjectStore;
  readonly objects: SealedObjects;
  readonly sweepAll: () => Promise<unknown>;
  readonly keys: Keys;
  readonly store: ObjectStore;
  /** Stores an object that the dataset, and nothing else, speaks of from now on. */
  readonly replaceOriginal: (key: string) => Promise<void>;
}

async function setStage(t: { after(fn: () => unknown): void }): Promise<Stage> {
  const source = await emptyInstallation();
  mkdirSync(source.dataDir, { recursive: true });
  const inner = await openFolderObjects(join(source.dataDir, "objects"));
  const keyring = await proveMasterKeys(inner, { keyFile: join(source.dataDir, "master.key") });
  const { projectId } = await seedTenant(source.database.ownerUrl, "north");
  const owner = new pg.Client({ connectionString: source.database.ownerUrl });
  await owner.connect();
  await owner.query("DELETE FROM magtrace.segments");
  await owner.query("DELETE FROM magtrace.training_sessions");
  await owner.query("DELETE FROM magtrace.uploads");
  const accountsPool = createPool({ url: source.database.accounts, size: 2, name: "test" });
  t.after(async () => {
    await accountsPool.end();
    await owner.end();
  });
  const objectRows = databaseRows(accountsPool);
  const objects = new SealedObjects({ inner, rows: objectRows, keyring });
  return {
    source,
    owner,
    inner,
    objects,
    sweepAll: () => sweep({ accountsPool, objects, objectRows, log: silentLog() }, Date.now() + 3 * DAY_MS),
    keys: await newKeys(),
    store: await openFolderObjects(temporaryFolder()),
    async replaceOriginal(key) {
      await objects.put(key, inPieces(Buffer.from(`bytes of ${key}`), 3));
      await owner.query("UPDATE magtrace.datasets SET original_key = $1 WHERE project_id = $2", [
        key,
        projectId,
      ]);
    },
  };
}

test("what is deleted and swept while a backup is made is in the backup, and goes afterwards", async (t) => {
  const stage = await setStage(t);
  const { source, owner, inner, objects, keys, store } = stage;
  await stage.replaceOriginal("uploads/one");
  await backUp(source, store, {
    keys,
    onSnapshot: async () => {
      await owner.query("DELETE FROM magtrace.datasets");
      await objects.delete("uploads/one");
      await stage.sweepAll();
      await assert.rejects(objects.open("uploads/one"), { code: "not_found" });
    },
  });
  const empty = await emptyInstallation();
  await restoreInto(empty, store, { keys });
  const keyring = await proveMasterKeys(inner, { keyFile: join(empty.dataDir, "master.key") });
  const pool = createPool({ url: empty.database.accounts, size: 1, name: "test" });
  const restored = new SealedObjects({
    inner: await openFolderObjects(join(empty.dataDir, "objects")),
    rows: databaseRows(pool),
    keyring,
  });
  const reader = await restored.open("uploads/one");
  assert.equal(Buffer.from(await readAll(reader.stream())).toString(), "bytes of uploads/one");
  await reader.close();
  await pool.end();
  assert.equal(await inner.exists("uploads/one"), true);
  await stage.sweepAll();
  assert.equal(await inner.exists("uploads/one"), false);
});

test("an object that rows speak of and that is gone is named, and the rest is in the backup", async (t) => {
  const stage = await setStage(t);
  await stage.replaceOriginal("uploads/lost");
  await stage.inner.delete("uploads/lost");
  const manifest = await backUp(stage.source, stage.store, { keys: stage.keys });
  assert.deepEqual(manifest.objects.missing, ["uploads/lost"]);
});

test("unchanged objects are not copied again, and go when no backup left refers to them", async (t) => {
  const stage = await setStage(t);
  const { source, store, keys } = stage;
  const { ownerUrl } = source.database;
  let day = Date.parse("2026-11-01T02:30:00Z");
  const make = () => backUp(source, store, { keys, now: () => new Date(day) });
  await stage.replaceOriginal("uploads/one");
  const first = await make();
  assert.equal(first.objects.copied, 2, "the original, and the mark of the master key");
  day += DAY_MS;
  assert.equal((await make()).objects.copied, 0);
  await stage.replaceOriginal("uploads/two");
  for (let n = 0; n < 3; n++) {
    day += DAY_MS;
    assert.equal((await make()).objects.copied, n === 0 ? 1 : 0);
  }
  // One that was killed left an object and no manifest.
  await store.put("backups/20261105t120000z-aaaaaa/started.json", inPieces(Buffer.from("{}"), 2));
  await store.put("objects/uploads/half/00", inPieces(Buffer.from("half"), 2));
  const states = async () => (await listBackups(store)).map(({ state }) => state);
  assert.deepEqual(await states(), ["ok", "ok", "ok", "ok", "ok", "unfinished"]);
  const fresh = (hours: number) =>
    requireFreshBackup(store, { isScheduled: true, now: new Date(day + hours * 3_600_000) });
  assert.match(await fresh(5), /the last good one, 20261105t023000z-\w{6}, is 5 h old/);
  await assert.rejects(fresh(48), { code: "not_ready", message: /20261105t120000z-aaaaaa, did not end/ });

  const now = () => new Date(day + 2 * DAY_MS);
  const none = await pruneBackups({ ownerUrl, store, rule: usualRule, now });
  assert.deepEqual([none.deleted, none.kept, none.objects], [[], 5, 1], "what nobody refers to goes at once");
  const rule = { daily: 2, weekly: 0, monthly: 0 };
  const pruned = await pruneBackups({ ownerUrl, store, rule, now: () => new Date(day + 9 * DAY_MS) });
  assert.equal(pruned.deleted.length, 4);
  assert.equal(pruned.kept, 2);
  assert.equal(pruned.objects, 1);
  assert.deepEqual(await states(), ["ok", "ok"]);
  const keysLeft = (await Array.fromAsync(store.list("objects/"))).map(({ key }) =>
    key.split("/").slice(0, 3).join("/"),
  );
  assert.deepEqual(
    keysLeft.map((key) => key.replace(/mk-.*/, "mk")),
    ["objects/master_keys/mk", "objects/uploads/two"],
  );
  assert.equal((await chooseBackup(store, undefined)).objects.count, 2);
  await restoreInto(await emptyInstallation(), store, { keys });
});
