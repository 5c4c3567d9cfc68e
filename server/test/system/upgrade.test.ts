import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import pg from "pg";
import { anchorChains } from "../../src/audit/anchorChains.ts";
import { chainReader } from "../../src/audit/chainQueries.ts";
import { verifyChain } from "../../src/audit/verifyChain.ts";
import { startInstallation } from "../../src/demo/startInstallation.ts";
import { migrate, readMigrations } from "../../src/platform/database/migrate.ts";
import { createPool } from "../../src/platform/database/pool.ts";
import { ensureRoles } from "../../src/platform/database/roles.ts";
import { runtimeUrls } from "../../src/platform/database/runtimeUrls.ts";
import { startEmbeddedPostgres } from "../../src/platform/embeddedPostgres/startEmbeddedPostgres.ts";
import { installationSecret } from "../../src/platform/installationSecret.ts";
import { silentLog } from "../../src/platform/logs/log.ts";
import { loadMasterKeys } from "../../src/platform/objects/sealing/masterKey.ts";
import { prepareDataFolder } from "../../src/supervisor/dataFolder.ts";
import { seedTenant } from "../support/seedTenant.ts";
import { sequenceAudit } from "../support/sequenceAudit.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { createTestDatabase } from "../support/testDatabase.ts";
import { noRoleUrls, onDatabase } from "../support/testServer.ts";

const cli = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));

/** The newest migration of the version before accounts, access and the audit were finished. */
const BEFORE = "0006_sweep.sql";

/** A database as an earlier version left it; dropped afterwards. */
async function databaseBefore(
  t: TestContext,
  newest: string,
): Promise<{ url: string; client: pg.Client; pool: pg.Pool }> {
  const { ownerUrl } = await createTestDatabase();
  const name = `upgrade_${randomBytes(6).toString("hex")}`;
  const server = new pg.Client({ connectionString: ownerUrl });
  await server.connect();
  await server.query(`CREATE DATABASE ${name} TEMPLATE template0`);
  const url = onDatabase(ownerUrl, name);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const pool = createPool({ url, size: 1, name: "test" });
  t.after(async () => {
    await pool.end();
    await client.end();
    await server.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await server.end();
  });
  await migrateTo(client, newest);
  return { url, client, pool };
}

/** Brings a database as far as a version did whose newest migration is named. */
async function migrateTo(client: pg.Client, newest: string): Promise<void> {
  await client.query(`CREATE TABLE public.magtrace_migrations (
    name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`);
  const files = await readMigrations();
  for (const file of files.filter((each) => each.name <= newest)) {
    await client.query(`BEGIN; ${file.sql}; COMMIT`);
    await client.query("INSERT INTO public.magtrace_migrations (name, sha256) VALUES ($1, $2)", [
      file.name,
      file.sha256,
    ]);
  }
}

test("a database with data of an earlier version is brought forward, and all of it is there", async (t) => {
  const { url, client } = await databaseBefore(t, BEFORE);
  await seedTenant(url, "own");
  await client.query(
    "INSERT INTO accounts.sessions (expires_at, token, user_id, updated_at) SELECT now() + interval '1 day', 't', id, now() FROM accounts.users",
  );
  const counted = () =>
    client.query(
      `SELECT (SELECT count(*)::int FROM magtrace.annotations) AS labels, (SELECT count(*)::int FROM accounts.users) AS users,
         (SELECT count(*)::int FROM accounts.sessions) AS sessions, (SELECT count(*)::int FROM magtrace.predictions) AS predictions`,
    );
  const before = (await counted()).rows;
  const applied = await migrate({ ownerUrl: url, roleSecret: null });
  const files = await readMigrations();
  assert.deepEqual(
    applied,
    files.map((file) => file.name).filter((each) => each > BEFORE),
  );
  assert.deepEqual((await counted()).rows, before);
  await client.query("UPDATE magtrace.models SET name = 'renamed'");
  await sequenceAudit(client);
  const { rows } = await client.query("SELECT action FROM audit.entries");
  assert.deepEqual(rows, [{ action: "model.update" }]);
  assert.deepEqual(await migrate({ ownerUrl: url, roleSecret: null }), []);
});

/** The newest migration of the version whose audit was linked entry by entry. */
const LINKED = "0016_links_of_places.sql";
const secret = new Uint8Array(32).fill(7);
const HEADS = "SELECT organization_id, position::int, hash FROM audit.heads ORDER BY 1";

interface End {
  readonly organization_id: number;
  readonly position: number;
  readonly hash: Buffer;
}

/** As that version sealed the end of a chain: there was no tree. */
async function anchorWithoutTree(client: pg.Client, end: End, key: Uint8Array): Promise<void> {
  const { organization_id, position, hash } = end;
  const seal = createHmac("sha256", key).update(`${organization_id}/${position}/`).update(hash).digest();
  await client.query(
    "INSERT INTO audit.anchors (organization_id, position, hash, seal) VALUES ($1, $2, $3, $4)",
    [organization_id, position, hash, seal],
  );
}

test("an audit that was linked entry by entry is verifiable across the change, with every hash and seal", async (t) => {
  const { url, client, pool } = await databaseBefore(t, LINKED);
  const tenant = await seedTenant(url, "own");
  for (let index = 0; index < 600; index++) {
    await client.query("UPDATE magtrace.models SET name = $1", [`name ${index}`]);
  }
  await client.query("SELECT audit.note_reading('project.read', 'project 1', $1)", [
    JSON.stringify([[tenant.organizationId, tenant.projectId]]),
  ]);
  const { rows: ends } = await client.query<End>(HEADS);
  assert.ok(ends.some(({ position }) => position > 600));
  for (const end of ends) {
    await anchorWithoutTree(client, end, secret);
  }
  const links = (table: string) =>
    client.query(
      `SELECT organization_id, position::int, encode(hash, 'hex') AS hash FROM ${table} ORDER BY 1, 2`,
    );
  const before = (await links("audit.links")).rows;

  await migrate({ ownerUrl: url, roleSecret: null });
  assert.deepEqual((await links("audit.entries")).rows, before);
  assert.deepEqual((await client.query(HEADS)).rows, ends);
  await client.query("UPDATE magtrace.models SET name = 'after'");
  await sequenceAudit(client);
  await anchorChains({ accountsPool: pool, auditSecret: secret, log: silentLog() });
  const reader = chainReader(pool);
  for (const { organization_id: organization, position } of ends) {
    const verdict = await verifyChain(reader, organization, secret);
    const later = organization === tenant.organizationId ? 1 : 0;
    assert.deepEqual(
      [verdict.faults, verdict.entries, verdict.anchored],
      [[], position + later, position + later],
    );
  }
  const { rows: kept } = await client.query(
    "SELECT organization_id, index::int FROM audit.nodes WHERE level = 8",
  );
  assert.deepEqual(kept, [
    { organization_id: tenant.organizationId, index: 0 },
    { organization_id: tenant.organizationId, index: 1 },
  ]);
});

test("what had been done to an audit before it was brought forward is still found", async (t) => {
  const { url, client, pool } = await databaseBefore(t, LINKED);
  const { organizationId } = await seedTenant(url, "own");
  for (let index = 0; index < 5; index++) {
    await client.query("UPDATE magtrace.models SET name = $1", [`name ${index}`]);
  }
  const entryAt = (position: number) =>
    `(SELECT entry_id FROM audit.links WHERE organization_id = ${organizationId} AND position = ${position})`;
  await client.query(`BEGIN; SET LOCAL session_replication_role = replica;
    UPDATE audit.entries SET ip = '10.0.0.1' WHERE id = ${entryAt(2)};
    DELETE FROM audit.entries WHERE id = ${entryAt(4)};
    INSERT INTO audit.entries (organization_id, action) VALUES (${organizationId}, 'x'); COMMIT`);
  await migrate({ ownerUrl: url, roleSecret: null });
  const { faults } = await verifyChain(chainReader(pool), organizationId, secret);
  const found = faults.map(({ position, fault }) => `${position} ${fault}`).join("\n");
  for (const expected of [/^2 altered/m, /^4 missing/m, /1 entries stand outside the chain/]) {
    assert.match(found, expected);
  }
});

test("a data folder of that version is brought forward by `magtrace up` alone, and its audit is intact", async (t) => {
  const dataDir = join(temporaryFolder(), "data");
  prepareDataFolder(dataDir);
  const keyring = await loadMasterKeys({
    keyText: "",
    keyFile: join(dataDir, "master.key"),
    createIfMissing: true,
  });
  const server = await startEmbeddedPostgres({ dataDir, log: silentLog(), durable: false });
  const client = new pg.Client({ connectionString: server.ownerUrl });
  await client.connect();
  await ensureRoles(client, runtimeUrls(noRoleUrls, server.ownerUrl).roleSecret);
  await migrateTo(client, LINKED);
  const { organizationId } = await seedTenant(server.ownerUrl, "own");
  for (let index = 0; index < 300; index++) {
    await client.query("UPDATE magtrace.models SET name = $1", [`name ${index}`]);
  }
  const { rows: ends } = await client.query<End>(HEADS);
  for (const end of ends) await anchorWithoutTree(client, end, installationSecret(keyring, "audit"));
  await client.end();
  await server.stop();

  const installation = await startInstallation(dataDir, new AbortController().signal);
  t.after(() => installation.stop());
  const { position, hash } = ends.find((end) => end.organization_id === organizationId)!;
  assert.ok(position > 300);
  const end = `${position}:${hash.toString("hex")}`;
  const verify = ["audit", "verify", "--organization", `${organizationId}`, "--expect", end];
  // Its exit status is 1 when anything was altered, and execFile throws.
  const { stdout } = await promisify(execFile)(process.execPath, [cli, ...verify, "--data-dir", dataDir]);
  assert.match(stdout, new RegExp(`^ok {4}organisation ${organizationId}: ${position} entries`, "m"));
  assert.match(stdout, new RegExp(`^ok {4}${end} stands$`, "m"));
});
