import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, test } from "node:test";
import pg from "pg";
import { migrate, readMigrations } from "../../src/platform/database/migrate.ts";
import { seedTenant } from "../support/seedTenant.ts";
import { sequenceAudit } from "../support/sequenceAudit.ts";
import { createTestDatabase } from "../support/testDatabase.ts";
import { onDatabase } from "../support/testServer.ts";

/** The newest migration of the version before accounts, access and the audit were finished. */
const BEFORE = "0006_sweep.sql";

test("a database with data of an earlier version is brought forward, and all of it is there", async () => {
  const { ownerUrl } = await createTestDatabase();
  const name = `upgrade_${randomBytes(6).toString("hex")}`;
  const server = new pg.Client({ connectionString: ownerUrl });
  await server.connect();
  await server.query(`CREATE DATABASE ${name} TEMPLATE template0`);
  after(async () => {
    await server.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await server.end();
  });
  const url = onDatabase(ownerUrl, name);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`CREATE TABLE public.magtrace_migrations (
      name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`);
    const files = await readMigrations();
    for (const file of files.filter((each) => each.name <= BEFORE)) {
      await client.query(`BEGIN; ${file.sql}; COMMIT`);
      await client.query("INSERT INTO public.magtrace_migrations (name, sha256) VALUES ($1, $2)", [
        file.name,
        file.sha256,
      ]);
    }
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
  } finally {
    await client.end();
  }
});
