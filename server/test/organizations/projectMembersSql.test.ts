import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { type RawBuilder, sql } from "kysely";
import pg from "pg";
import { createPool } from "../../src/platform/database/pool.ts";
import { sqlState } from "../../src/platform/database/sqlState.ts";
import { type DatabaseAccess, inTransaction } from "../../src/platform/database/transaction.ts";
import { insertProject } from "../../src/projects/queries.ts";
import { seedTenant, type Tenant } from "../support/seedTenant.ts";
import { signedAccess } from "../support/signedAccess.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { createTestDatabase } from "../support/testDatabase.ts";

const INSUFFICIENT_PRIVILEGE = "42501";

/** By SQL alone, as the app role: no policy of the program stands in between. */
describe("the database itself lets only owners set members and delete projects", () => {
  const cleanup = suiteCleanup();
  let pool: pg.Pool;
  let [own, other]: Tenant[] = [];

  let reaches: Record<"viewer" | "collaborator" | "owner" | "organizationOwner" | "founder", DatabaseAccess>;

  before(async () => {
    const database = await createTestDatabase();
    const client = new pg.Client({ connectionString: database.ownerUrl });
    await client.connect();
    cleanup.after(() => client.end());
    own = await seedTenant(database.ownerUrl, "own");
    other = await seedTenant(database.ownerUrl, "other");
    pool = createPool({ url: database.app, size: 2, name: "test" });
    cleanup.after(() => pool.end());
    const { userId, projectId, organizationId } = own;
    const base = { userId, organizations: [organizationId] };
    const inProject = (role: "viewer" | "collaborator" | "owner") =>
      signedAccess(client, { ...base, project: [projectId, role] });
    reaches = {
      viewer: await inProject("viewer"),
      collaborator: await inProject("collaborator"),
      owner: await inProject("owner"),
      organizationOwner: await signedAccess(client, { ...base, owned: [organizationId] }),
      founder: await signedAccess(client, base),
    };
    // What they are is what the tickets say.
    await client.query("UPDATE magtrace.project_members SET role = 'viewer'");
  });

  const base = (): DatabaseAccess => reaches.viewer;
  const collaborator = (): DatabaseAccess => reaches.collaborator;
  const owner = (): DatabaseAccess => reaches.owner;
  const organizationOwner = (): DatabaseAccess => reaches.organizationOwner;

  class Undone extends Error {}

  /** How many rows a statement touches; it is undone again. */
  async function touched(access: DatabaseAccess, statement: RawBuilder<unknown>): Promise<number> {
    let count = 0;
    const ended = inTransaction(pool, access, async (tx) => {
      count = await tx.run(statement);
      throw new Undone();
    });
    await assert.rejects(ended, Undone);
    return count;
  }

  async function assertForbidden(access: DatabaseAccess, statement: RawBuilder<unknown>): Promise<void> {
    await assert.rejects(
      inTransaction(pool, access, (tx) => tx.run(statement)),
      (error) => sqlState(error) === INSUFFICIENT_PRIVILEGE,
    );
  }

  const raise = sql`UPDATE magtrace.project_members SET role = 'owner'`;
  const remove = sql`DELETE FROM magtrace.project_members`;
  const add = () => sql`INSERT INTO magtrace.project_members (project_id, organization_id, user_id, role)
    VALUES (${own!.projectId}, ${own!.organizationId}, ${own!.userId}, 'owner')
    ON CONFLICT (project_id, user_id) DO UPDATE SET role = 'owner'`;

  test("a collaborator and a viewer see the members and change none", async () => {
    for (const access of [base(), collaborator()]) {
      const { n } = await inTransaction(pool, access, (tx) =>
        tx.one<{ n: number }>(sql`SELECT count(*) AS n FROM magtrace.project_members`),
      );
      assert.equal(n, 1);
      assert.equal(await touched(access, raise), 0);
      assert.equal(await touched(access, remove), 0);
      await assertForbidden(access, add());
    }
  });

  test("an owner of the project or of its organisation changes them, and no other project's", async () => {
    for (const access of [owner(), organizationOwner()]) {
      assert.equal(await touched(access, raise), 1);
      assert.equal(await touched(access, remove), 1);
      assert.equal(await touched(access, add()), 1);
      await assertForbidden(
        access,
        sql`UPDATE magtrace.project_members SET project_id = ${other!.projectId}, organization_id = ${other!.organizationId}`,
      );
    }
  });

  test("a collaborator changes a project and neither deletes, restores nor moves it", async () => {
    const access = collaborator();
    assert.equal(await touched(access, sql`UPDATE magtrace.projects SET name = 'x'`), 1);
    assert.equal(await touched(access, sql`DELETE FROM magtrace.projects`), 0);
    await assertForbidden(access, sql`UPDATE magtrace.projects SET deleted_at = now()`);
    for (const who of [access, owner(), organizationOwner()]) {
      await assertForbidden(
        who,
        sql`UPDATE magtrace.projects SET organization_id = ${other!.organizationId}`,
      );
    }
  });

  test("an owner of the project or of its organisation deletes it", async () => {
    for (const access of [owner(), organizationOwner()]) {
      assert.equal(await touched(access, sql`UPDATE magtrace.projects SET deleted_at = now()`), 1);
      assert.equal(await touched(access, sql`DELETE FROM magtrace.projects`), 1);
    }
  });

  test("whoever founds a project becomes its owner in the same transaction, and owner of no other", async () => {
    await inTransaction(pool, reaches.founder, async (tx) => {
      const founded = await insertProject(tx, {
        organizationId: own!.organizationId,
        name: "founded",
        description: "",
        settings: {},
      });
      const changed = await tx.rows<{ project_id: number }>(sql`${raise} RETURNING project_id`);
      assert.deepEqual(changed, [{ project_id: founded.projectId }]);
    });
  });

  test("colleagues are those of the asker's own organisations", async () => {
    const ids = await inTransaction(pool, base(), (tx) =>
      tx.rows<{ id: number }>(sql`SELECT id FROM magtrace.colleagues`),
    );
    assert.deepEqual(ids, [{ id: own!.userId }]);
  });
});
