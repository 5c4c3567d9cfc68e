import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { sql } from "kysely";
import pg from "pg";
import { createPool } from "../../src/platform/database/pool.ts";
import { inTransaction } from "../../src/platform/database/transaction.ts";
import { seedProject, seedTenant, type Tenant } from "../support/seedTenant.ts";
import { sequenceAudit } from "../support/sequenceAudit.ts";
import { signedAccess } from "../support/signedAccess.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { createTestDatabase } from "../support/testDatabase.ts";

interface Told {
  readonly project: number;
  readonly action: string;
  readonly subject: string;
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
}

/** A statement may change the very columns by which a row is found again; the program's never do. */
describe("a row that is given another key, or moved", () => {
  const cleanup = suiteCleanup();
  let tenant: Tenant;
  let second: number;
  let owner: pg.Client;
  let app: pg.Pool;

  before(async () => {
    const database = await createTestDatabase();
    tenant = await seedTenant(database.ownerUrl, "own");
    owner = new pg.Client({ connectionString: database.ownerUrl });
    await owner.connect();
    cleanup.after(() => owner.end());
    second = await seedProject(owner, { ...tenant, name: "second" });
    app = createPool({ url: database.app, size: 1, name: "test" });
    cleanup.after(() => app.end());
  });

  /** Runs it as a program that was talked into it would, and returns what the audit has of it. */
  async function toldOf(statement: string): Promise<Told[]> {
    await sequenceAudit(owner);
    const { rows: known } = await owner.query("SELECT coalesce(max(id), 0) AS newest FROM audit.entries");
    const access = await signedAccess(owner, {
      userId: tenant.userId,
      organizations: [tenant.organizationId],
      owned: [tenant.organizationId],
    });
    assert.equal(await inTransaction(app, access, (tx) => tx.run(sql.raw(statement))), 1);
    await sequenceAudit(owner);
    const { rows } = await owner.query<Told>(
      `SELECT project_id AS project, action, subject, before, after FROM audit.entries WHERE id > $1 ORDER BY id`,
      [known[0].newest],
    );
    return rows;
  }

  async function idOf(table: string): Promise<number> {
    const { rows } = await owner.query(`SELECT id FROM magtrace.${table} WHERE project_id = $1`, [
      tenant.projectId,
    ]);
    return rows[0].id;
  }

  test("is told under both keys", async () => {
    const id = await idOf("suggestions");
    const told = await toldOf(
      `UPDATE magtrace.suggestions SET id = 777777, category = 'Other' WHERE id = ${id}`,
    );
    const of = (rows: unknown) =>
      (rows as { id: number; category: string }[]).map((row) => [row.id, row.category]);
    assert.deepEqual(
      told.map(({ action, before, after }) => [action, of(before), of(after)]),
      [["suggestion.update", [[id, "Motor"]], [[777_777, "Other"]]]],
    );
  });

  test("is told in the project it leaves and in that which it comes into", async () => {
    const { rows } = await owner.query(
      `INSERT INTO magtrace.label_categories (project_id, organization_id, name, color)
       VALUES ($1, $2, 'Wanders', '#112233') RETURNING id`,
      [tenant.projectId, tenant.organizationId],
    );
    const told = await toldOf(
      `UPDATE magtrace.label_categories SET project_id = ${second} WHERE id = ${rows[0].id}`,
    );
    assert.deepEqual(
      told.map(({ project, action, subject, before, after }) => [
        project,
        action,
        subject,
        before?.name,
        after?.name,
      ]),
      [
        [tenant.projectId, "label_category.update", `label_category ${rows[0].id}`, "Wanders", undefined],
        [second, "label_category.update", `label_category ${rows[0].id}`, undefined, "Wanders"],
      ],
    );
  });

  test("is told where somebody is put in the place of another member", async () => {
    const { rows } = await owner.query(
      `WITH made AS (INSERT INTO accounts.users (name, email, email_verified)
         VALUES ('next', 'next@example.com', true) RETURNING id)
       INSERT INTO accounts.members (organization_id, user_id, role) SELECT $1, id, 'member' FROM made
       RETURNING user_id AS id`,
      [tenant.organizationId],
    );
    const told = await toldOf(
      `UPDATE magtrace.project_members SET user_id = ${rows[0].id} WHERE project_id = ${tenant.projectId}`,
    );
    const of = (members: unknown) => (members as { user_id: number }[]).map((member) => member.user_id);
    assert.deepEqual(
      told.map(({ action, before, after }) => [action, of(before), of(after)]),
      [["project_member.update", [tenant.userId], [rows[0].id]]],
    );
  });

  test("is still told as what differs where both stay", async () => {
    const id = await idOf("models");
    assert.deepEqual(await toldOf(`UPDATE magtrace.models SET name = 'renamed' WHERE id = ${id}`), [
      {
        project: tenant.projectId,
        action: "model.update",
        subject: `model ${id}`,
        before: { name: "m" },
        after: { name: "renamed" },
      },
    ]);
    assert.deepEqual(await toldOf(`UPDATE magtrace.models SET updated_at = now() WHERE id = ${id}`), []);
  });
});
