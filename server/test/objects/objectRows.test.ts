import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import pg from "pg";
import { createPool } from "../../src/platform/database/pool.ts";
import { ObjectDamagedError, ObjectExistsError } from "../../src/platform/objects/errors.ts";
import type { NewObjectRow, ObjectRows } from "../../src/platform/objects/rows/objectRows.ts";
import { databaseRows } from "../../src/platform/objects/rows/queries.ts";
import { rotateMasterKey } from "../../src/platform/objects/sealing/rotateMasterKey.ts";
import { SealedObjects } from "../../src/platform/objects/sealing/sealedObjects.ts";
import { HostileObjects } from "../../src/platform/objects/testing/hostileObjects.ts";
import { testKeyring } from "../../src/platform/objects/testing/keyring.ts";
import { inPieces, readAll } from "../../src/platform/objects/testing/memoryObjects.ts";
import { MemoryRows } from "../../src/platform/objects/testing/memoryRows.ts";
import { declareStoreContract } from "../../src/platform/objects/testing/storeContract.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";

function newRow(key: string, masterKeyId = "k1"): NewObjectRow {
  return {
    key,
    size: null,
    organizationId: 7,
    format: 2,
    masterKeyId,
    noncePrefix: Buffer.alloc(7, 1),
    wrappedKey: Buffer.alloc(60, key),
  };
}

/** What every implementation of the rows must do. */
function declareRowsContract(name: string, openRows: () => Promise<ObjectRows>): void {
  test(`${name}: a row is made once, committed with its size, and removed`, async () => {
    const rows = await openRows();
    assert.equal(await rows.find("a/b"), undefined);
    await rows.insert(newRow("a/b"));
    await assert.rejects(rows.insert(newRow("a/b")), ObjectExistsError);
    assert.equal(await rows.adopt(newRow("a/b")), false);
    const { state, size, organizationId, wrappedKey } = (await rows.find("a/b"))!;
    assert.deepEqual([state, size, organizationId], ["writing", null, 7]);
    assert.deepEqual(Buffer.from(wrappedKey), Buffer.alloc(60, "a/b"));
    await rows.markCommitted("a/b", 2 ** 40);
    const committed = (await rows.find("a/b"))!;
    assert.deepEqual([committed.state, committed.size], ["committed", 2 ** 40]);
    await rows.markDeleting("a/b");
    await rows.markCommitted("a/b", 3);
    assert.equal((await rows.find("a/b"))?.state, "deleting", "what is being deleted does not come back");
    await rows.remove("a/b");
    assert.equal(await rows.find("a/b"), undefined);
    assert.equal(await rows.adopt(newRow("a/b")), true);
    assert.equal((await rows.find("a/b"))?.state, "committed");
  });

  test(`${name}: a prefix covers whole segments, and removes only what is being deleted`, async () => {
    const rows = await openRows();
    const keys = ["d/1/a", "d/1/b/c", "d/1-x", "d/12/a", "d/1.y", "d/10"];
    for (const key of keys) await rows.insert(newRow(key));
    await rows.markDeleting("d/1/");
    await rows.insert(newRow("d/1/new"));
    await rows.remove("d/1/");
    const left = await rows.findAll([...keys, "d/1/new"]);
    assert.deepEqual(left.map(({ key }) => key).sort(), ["d/1-x", "d/1.y", "d/1/new", "d/10", "d/12/a"]);
  });

  test(`${name}: old rows and those of other master keys come in pages, in order of key`, async () => {
    const rows = await openRows();
    const keys = ["b", "a-", "a/x", "a.", "c"];
    for (const key of keys) await rows.insert(newRow(key, key === "c" ? "k2" : "k1"));
    await rows.markDeleting("b");
    const keysOf = (page: { key: string }[]) => page.map(({ key }) => key);
    const [past, future] = [new Date(0), new Date(Date.now() + 60_000)];
    assert.deepEqual(keysOf(await rows.changedBefore(past, { after: "", limit: 9 })), ["b"]);
    assert.deepEqual(keysOf(await rows.changedBefore(future, { after: "", limit: 3 })), ["a-", "a.", "a/x"]);
    assert.deepEqual(keysOf(await rows.changedBefore(future, { after: "a/x", limit: 3 })), ["b", "c"]);
    assert.deepEqual(keysOf(await rows.wrappedByOthers("k2", { after: "a.", limit: 9 })), ["a/x", "b"]);
    const to = { ...newRow("other"), masterKeyId: "k2" };
    const changes = ["a-", "c"].map((key) => ({ key, from: "k1", to }));
    assert.equal(await rows.rewrap(changes), 1, "only where the key is still the old one");
    const changed = (await rows.find("a-"))!;
    assert.equal(changed.masterKeyId, "k2");
    assert.deepEqual(Buffer.from(changed.wrappedKey), Buffer.from(to.wrappedKey));
  });
}

declareRowsContract("rows in memory", async () => new MemoryRows());

describe("rows in PostgreSQL", () => {
  const cleanup = suiteCleanup();
  let database: TestDatabase;
  let pool: pg.Pool;
  let owner: pg.Client;

  before(async () => {
    database = await createTestDatabase();
    pool = createPool({ url: database.accounts, size: 3, name: "test", prepares: true });
    owner = new pg.Client({ connectionString: database.ownerUrl });
    await owner.connect();
    cleanup.after(() => Promise.all([pool.end(), owner.end()]));
  });

  async function emptied(): Promise<ObjectRows> {
    await owner.query("TRUNCATE objects.stored");
    return databaseRows(pool);
  }

  declareRowsContract("rows in PostgreSQL", emptied);
  declareStoreContract("sealed objects with rows in PostgreSQL over a hostile store", async () => {
    return new SealedObjects({
      inner: new HostileObjects(),
      rows: await emptied(),
      keyring: testKeyring("k1"),
    });
  });

  test("reading ranges asks the database once, however many there are", async () => {
    const rows = await emptied();
    let lookUps = 0;
    const counted: ObjectRows = {
      ...rows,
      find: (key) => {
        lookUps += 1;
        return rows.find(key);
      },
    };
    const inner = new HostileObjects();
    const objects = new SealedObjects({ inner, rows: counted, keyring: testKeyring("k1") });
    await objects.put("k", inPieces(Buffer.alloc(500_000, 7), 9_999));
    const reader = await objects.open("k");
    for (let at = 0; at < 400_000; at += 70_000) await reader.read(at, 1_000);
    assert.equal((await readAll(reader.stream())).byteLength, 500_000);
    assert.equal(lookUps, 1);
  });

  test("a rotation rewrites rows, more than a page of them, and leaves none behind", async () => {
    const rows = await emptied();
    const inner = new HostileObjects();
    const old = new SealedObjects({ inner, rows, keyring: testKeyring("k1") });
    await old.put("first", inPieces(Buffer.from("kept"), 1));
    for (let i = 0; i < 600; i += 100) {
      await Promise.all(
        Array.from({ length: 100 }, (_, j) => old.put(`many/${i + j}`, inPieces(Buffer.of(1), 1))),
      );
    }
    const before = new Map(inner.bytesByKey);
    const parts = { inner, rows, keyring: testKeyring("k2", "k1") };
    assert.equal(await rotateMasterKey(parts), 601);
    assert.deepEqual(inner.bytesByKey, before);
    const { rows: left } = await owner.query("SELECT DISTINCT master_key_id FROM objects.stored");
    assert.deepEqual(left, [{ master_key_id: "k2" }]);
    const reader = await new SealedObjects({ inner, rows, keyring: testKeyring("k2") }).open("first");
    assert.equal(Buffer.from(await readAll(reader.stream())).toString(), "kept");
    await assert.rejects(old.open("first"), ObjectDamagedError);
  });

  test("neither the app role nor the queue role reads, changes or removes a wrapped key", async () => {
    await emptied();
    for (const url of [database.app, database.queue]) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await assert.rejects(client.query("SELECT * FROM objects.stored"), /permission denied/);
      await assert.rejects(client.query("DELETE FROM objects.stored"), /permission denied/);
      await client.end();
    }
  });
});
