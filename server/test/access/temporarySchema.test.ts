import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { sql } from "kysely";
import pg from "pg";
import { createPool } from "../../src/platform/database/pool.ts";
import { takeTemporaryRights } from "../../src/platform/database/temporaryRights.ts";
import { type DatabaseAccess, inTransaction } from "../../src/platform/database/transaction.ts";
import { seedTenant } from "../support/seedTenant.ts";
import { signedAccess } from "../support/signedAccess.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { createTestDatabase } from "../support/testDatabase.ts";

/** Types of these names have a check that asks whoever looks at a value of theirs for the right to read accounts. */
const SHADOWED = ["text", "jsonb", "int4", "int8", "timestamptz"];

/**
 * Everybody has a schema for temporary things, which PostgreSQL searches for types before any other unless told
 * otherwise: whoever may put something there could have it run by functions that have their owner's rights.
 */
describe("what the app role keeps in its temporary schema", () => {
  const cleanup = suiteCleanup();
  let owner: pg.Client;
  let access: DatabaseAccess;
  let app: pg.Pool;

  before(async () => {
    const database = await createTestDatabase();
    const { organizationId, projectId, userId } = await seedTenant(database.ownerUrl, "own");
    owner = new pg.Client({ connectionString: database.ownerUrl });
    await owner.connect();
    cleanup.after(() => owner.end());
    app = createPool({ url: database.app, size: 1, name: "test" });
    cleanup.after(() => app.end());
    access = await signedAccess(owner, {
      userId,
      organizations: [organizationId],
      project: [projectId, "collaborator"],
    });
  });

  const run = (statement: string) => inTransaction(app, access, (tx) => tx.run(sql.raw(statement)));

  async function mayReadAccounts(): Promise<boolean> {
    const { rows } = await owner.query(
      "SELECT has_table_privilege('magtrace_app', 'accounts.users', 'SELECT') AS may",
    );
    return rows[0].may;
  }

  test("is nothing: the right to it is taken away with every migration", async () => {
    await owner.query(
      "DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO PUBLIC', current_database()); END $$",
    );
    await takeTemporaryRights(owner);
    const { rows } = await owner.query(
      "SELECT rolname FROM pg_roles WHERE rolname LIKE 'magtrace_%' AND NOT rolsuper AND has_database_privilege(oid, current_database(), 'TEMPORARY')",
    );
    assert.deepEqual(rows, []);
    await assert.rejects(run("CREATE TEMPORARY TABLE jsonb (a integer)"), /permission denied/);
  });

  test("is run by nobody else, had it the right to it", async () => {
    await owner.query(
      "DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO magtrace_app', current_database()); END $$",
    );
    await run(`CREATE FUNCTION pg_temp.ask() RETURNS boolean LANGUAGE plpgsql AS $body$ BEGIN
      IF has_table_privilege('accounts.users', 'SELECT') THEN GRANT SELECT ON accounts.users TO magtrace_app; END IF;
      RETURN true; END $body$`);
    for (const name of SHADOWED) {
      await run(`CREATE DOMAIN pg_temp.${name} AS pg_catalog.${name} CHECK (pg_temp.ask())`);
    }
    await run(
      "INSERT INTO magtrace.models (project_id, organization_id, name, model_type) SELECT project_id, organization_id, 'x', 'x' FROM magtrace.models",
    );
    await run("UPDATE magtrace.models SET name = 'y'");
    await run("DELETE FROM magtrace.models WHERE model_type = 'x'");
    await run("SELECT audit.note_reading('model.read', '', '[]')");
    assert.equal(await mayReadAccounts(), false);
  });
});
