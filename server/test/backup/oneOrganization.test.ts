import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import pg from "pg";
import { chainReader } from "../../src/audit/chainQueries.ts";
import { verifyChain } from "../../src/audit/verifyChain.ts";
import { openFolderObjects } from "../../src/platform/objects/folder/folderObjects.ts";
import { proveMasterKeys } from "../../src/platform/objects/sealing/masterKeyMarks.ts";
import { seedTenant } from "../support/seedTenant.ts";
import { sequenceAudit } from "../support/sequenceAudit.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { backUp, emptyInstallation, newKeys, restoreInto } from "./backupStage.ts";

async function connect(url: string, t: { after(fn: () => unknown): void }): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  t.after(() => client.end());
  return client;
}

test("one organisation returns with its rows, its members and its audit, and nothing of anybody else", async (t) => {
  const source = await emptyInstallation();
  mkdirSync(source.dataDir, { recursive: true });
  const inner = await openFolderObjects(join(source.dataDir, "objects"));
  await proveMasterKeys(inner, { keyFile: join(source.dataDir, "master.key") });
  const north = await seedTenant(source.database.ownerUrl, "north");
  const south = await seedTenant(source.database.ownerUrl, "south");
  const owner = await connect(source.database.ownerUrl, t);
  // Somebody who has left made the project; somebody of elsewhere is a member, too.
  await owner.query("UPDATE magtrace.projects SET created_by = $1 WHERE id = $2", [
    south.userId,
    north.projectId,
  ]);
  await owner.query(
    "INSERT INTO accounts.invitations (organization_id, email, role, status, expires_at, inviter_id) VALUES ($1, 'x@example.com', 'member', 'pending', now(), $2)",
    [north.organizationId, south.userId],
  );
  await owner.query(
    `INSERT INTO accounts.sessions (expires_at, token, user_id, updated_at)
     VALUES (now(), 'of north', $1, now()), (now(), 'of south', $2, now())`,
    [north.userId, south.userId],
  );
  await sequenceAudit(owner);
  const keys = await newKeys();
  const store = await openFolderObjects(temporaryFolder());
  await backUp(source, store, { keys });

  const empty = await emptyInstallation();
  const restored = await restoreInto(empty, store, { keys, organizationId: north.organizationId });
  const there = await connect(empty.database.ownerUrl, t);
  const counted = async (client: pg.Client, table: string) => {
    const { rows } = await client.query(`SELECT count(*)::integer AS n FROM ${table}`);
    return rows[0].n as number;
  };
  const { rows: tables } = await there.query<{ name: string }>(
    `SELECT table_schema || '.' || table_name AS name FROM information_schema.columns
     WHERE column_name = 'organization_id' AND table_schema = 'magtrace'
       AND table_name NOT IN (SELECT viewname FROM pg_views WHERE schemaname = 'magtrace')`,
  );
  assert.ok(tables.length > 10);
  for (const { name } of tables) {
    const { rows } = await owner.query(
      `SELECT count(*)::integer AS n FROM ${name} WHERE organization_id = $1`,
      [north.organizationId],
    );
    assert.equal(await counted(there, name), rows[0].n, name);
  }
  assert.deepEqual((await there.query("SELECT name FROM accounts.users")).rows, [{ name: "north" }]);
  assert.deepEqual((await there.query("SELECT token FROM accounts.sessions")).rows, [{ token: "of north" }]);
  assert.equal(await counted(there, "accounts.invitations"), 0, "its inviter is gone");
  assert.deepEqual((await there.query("SELECT created_by FROM magtrace.projects")).rows, [
    { created_by: null },
  ]);
  assert.ok(restored.database.rows.get("audit.entries")! > 0);
  const verdict = await verifyChain(chainReader(there), north.organizationId, new Uint8Array(32));
  assert.ok(verdict.entries > 0);
  assert.deepEqual(verdict.faults, []);
  assert.equal(
    (await there.query("SELECT FROM audit.entries WHERE organization_id <> $1", [north.organizationId]))
      .rowCount,
    0,
  );
  const ticketKeys = await Promise.all(
    [owner, there].map((client) => client.query("SELECT key FROM access.ticket_key")),
  );
  assert.notDeepEqual(
    ticketKeys[0]!.rows,
    ticketKeys[1]!.rows,
    "what belongs to the installation is made anew",
  );
});

test("an organisation that the backup does not have is refused", async () => {
  const source = await emptyInstallation();
  mkdirSync(source.dataDir, { recursive: true });
  await proveMasterKeys(await openFolderObjects(join(source.dataDir, "objects")), {
    keyFile: join(source.dataDir, "master.key"),
  });
  const keys = await newKeys();
  const store = await openFolderObjects(temporaryFolder());
  await backUp(source, store, { keys });
  await assert.rejects(restoreInto(await emptyInstallation(), store, { keys, organizationId: 9 }), {
    code: "not_found",
  });
});
