import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { sql } from "kysely";
import pg from "pg";
import { createPool } from "../../src/platform/database/pool.ts";
import { runtimeRoles } from "../../src/platform/database/roles.ts";
import { sqlState } from "../../src/platform/database/sqlState.ts";
import { type DatabaseAccess, inTransaction, noAccess } from "../../src/platform/database/transaction.ts";
import { seedTenant, type Tenant } from "../support/seedTenant.ts";
import { signedAccess } from "../support/signedAccess.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";

const INSUFFICIENT_PRIVILEGE = "42501";

/** Rows are reached by SQL alone as the app role: no policy of the program stands in between. */
describe("the database itself keeps tenants apart", () => {
  const cleanup = suiteCleanup();
  let database: TestDatabase;
  let pool: pg.Pool;
  let [own, other]: Tenant[] = [];
  let tables: string[] = [];
  const reaches = new Map<string, DatabaseAccess>();
  let [elsewhere, viewer]: DatabaseAccess[] = [];

  before(async () => {
    database = await createTestDatabase();
    own = await seedTenant(database.ownerUrl, "own");
    other = await seedTenant(database.ownerUrl, "other");
    pool = createPool({ url: database.app, size: 2, name: "test" });
    cleanup.after(() => pool.end());
    const owner = new pg.Client({ connectionString: database.ownerUrl });
    await owner.connect();
    const { rows } = await owner.query<{ name: string }>(
      "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'magtrace' ORDER BY 1",
    );
    tables = rows.map(({ name }) => name);
    for (const table of tables) {
      const { rows: counts } = await owner.query(
        `SELECT count(DISTINCT organization_id)::int AS n FROM ${table}`,
      );
      assert.equal(counts[0].n, 2, `seedTenant leaves ${table} without a row of each tenant`);
    }
    for (const { organizationId, userId } of [own, other]) {
      const member = { userId, organizations: [organizationId] };
      reaches.set(`${userId} member`, await signedAccess(owner, member));
      reaches.set(`${userId} owner`, await signedAccess(owner, { ...member, owned: [organizationId] }));
    }
    const inOwn = { userId: own.userId, organizations: [own.organizationId] };
    elsewhere = await signedAccess(owner, { ...inOwn, project: [other.projectId, "owner"] });
    viewer = await signedAccess(owner, { ...inOwn, project: [own.projectId, "viewer"] });
    await owner.end();
  });

  function accessOf(tenant: Tenant, how: "member" | "owner"): DatabaseAccess {
    return reaches.get(`${tenant.userId} ${how}`)!;
  }

  for (const how of ["member", "owner"] as const) {
    test(`an organisation's ${how} sees its own rows and none of another's in any table`, async () => {
      assert.ok(tables.length >= 13);
      for (const table of tables) {
        const organizations = await inTransaction(pool, accessOf(own!, how), (tx) =>
          tx.rows<{ organization_id: number }>(sql`SELECT DISTINCT organization_id FROM ${sql.raw(table)}`),
        );
        assert.deepEqual(organizations, [{ organization_id: own!.organizationId }], table);
      }
    });

    test(`an organisation's ${how} can neither change nor delete another's rows`, async () => {
      for (const table of tables) {
        const touched = await inTransaction(pool, accessOf(own!, how), async (tx) => {
          const where = sql`WHERE organization_id = ${other!.organizationId}`;
          const changed = await tx.run(
            sql`UPDATE ${sql.raw(table)} SET organization_id = organization_id ${where}`,
          );
          return changed + (await tx.run(sql`DELETE FROM ${sql.raw(table)} ${where}`));
        });
        assert.equal(touched, 0, table);
      }
    });

    test(`an organisation's ${how} cannot move a row into another's project or make one there`, async () => {
      const move = sql`UPDATE magtrace.datasets SET project_id = ${other!.projectId}, organization_id = ${other!.organizationId}`;
      const make = sql`INSERT INTO magtrace.models (project_id, organization_id, name, model_type)
        VALUES (${other!.projectId}, ${other!.organizationId}, 'x', 'custom')`;
      const found = sql`INSERT INTO magtrace.projects (organization_id, name) VALUES (${other!.organizationId}, 'x')`;
      for (const statement of [move, make, found]) {
        await assert.rejects(
          inTransaction(pool, accessOf(own!, how), (tx) => tx.run(statement)),
          (error) => sqlState(error) === INSUFFICIENT_PRIVILEGE,
        );
      }
    });
  }

  test("a project named by a transaction is out of its reach outside its organisations", async () => {
    const access = elsewhere!;
    for (const table of tables) {
      const seen = await inTransaction(pool, access, (tx) =>
        tx.rows(sql`SELECT 1 FROM ${sql.raw(table)} WHERE organization_id = ${other!.organizationId}`),
      );
      assert.deepEqual(seen, [], table);
    }
    const touched = await inTransaction(pool, access, (tx) => tx.run(sql`DELETE FROM magtrace.models`));
    assert.equal(touched, 0);
  });

  test("every table holds rows to the organisations of the transaction", async () => {
    const { rows } = await pool.query(
      "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_policies WHERE policyname = 'within_organizations' AND permissive = 'RESTRICTIVE' ORDER BY 1",
    );
    assert.deepEqual(
      rows.map(({ name }) => name),
      tables,
    );
  });

  test("a transaction that does not say who it is for sees nothing", async () => {
    for (const table of tables) {
      const { n } = await inTransaction(pool, noAccess, (tx) =>
        tx.one<{ n: number }>(sql`SELECT count(*) AS n FROM ${sql.raw(table)}`),
      );
      assert.equal(n, 0, table);
    }
    const { rows } = await pool.query("SELECT count(*) AS n FROM magtrace.projects");
    assert.equal(rows[0].n, 0);
  });

  test("what one transaction may reach does not stay on the connection", async () => {
    const single = createPool({ url: database.app, size: 1, name: "test" });
    try {
      await inTransaction(single, accessOf(own!, "owner"), (tx) => tx.rows(sql`SELECT 1`));
      const { rows } = await single.query("SELECT count(*) AS n FROM magtrace.datasets");
      assert.equal(rows[0].n, 0);
    } finally {
      await single.end();
    }
  });

  test("a viewer reads and cannot write", async () => {
    const changed = await inTransaction(pool, viewer!, (tx) =>
      tx.run(sql`UPDATE magtrace.datasets SET name = 'x'`),
    );
    assert.equal(changed, 0);
  });

  test("the app role reads nothing of accounts but the names of its own colleagues", async () => {
    const people = await inTransaction(pool, accessOf(own!, "member"), (tx) =>
      tx.rows<{ name: string }>(sql`SELECT name FROM magtrace.people`),
    );
    assert.deepEqual(people, [{ name: "own" }]);
    for (const table of ["users", "sessions", "credentials", "members", "api_tokens"]) {
      await assert.rejects(
        inTransaction(pool, accessOf(own!, "member"), (tx) =>
          tx.rows(sql`SELECT * FROM accounts.${sql.raw(table)}`),
        ),
        (error) => sqlState(error) === INSUFFICIENT_PRIVILEGE,
        table,
      );
    }
  });

  test("the app role reads no job of anybody's without becoming the queue role", async () => {
    await assert.rejects(
      inTransaction(pool, accessOf(own!, "member"), (tx) => tx.rows(sql`SELECT * FROM pgboss.job`)),
      (error) => sqlState(error) === INSUFFICIENT_PRIVILEGE,
    );
  });

  test("no runtime role owns a table, is more than a login, or passes row-level security", async () => {
    const roles = [...runtimeRoles];
    const { rows: mighty } = await pool.query(
      "SELECT rolname FROM pg_roles WHERE rolname = ANY ($1) AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)",
      [roles],
    );
    const { rows: owned } = await pool.query("SELECT tablename FROM pg_tables WHERE tableowner = ANY ($1)", [
      roles,
    ]);
    assert.deepEqual([...mighty, ...owned], []);
  });
});
