import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { sql } from "kysely";
import pg from "pg";
import { anchorChains } from "../../src/audit/anchorChains.ts";
import { chainReader } from "../../src/audit/chainQueries.ts";
import { verifyChain } from "../../src/audit/verifyChain.ts";
import { createPool } from "../../src/platform/database/pool.ts";
import { sqlState } from "../../src/platform/database/sqlState.ts";
import { type DatabaseAccess, inTransaction } from "../../src/platform/database/transaction.ts";
import { silentLog } from "../../src/platform/logs/log.ts";
import { seedTenant, type Tenant } from "../support/seedTenant.ts";
import { sequenceAudit } from "../support/sequenceAudit.ts";
import { signedAccess, type TestIdentity } from "../support/signedAccess.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";

const INSUFFICIENT_PRIVILEGE = "42501";
const secret = new Uint8Array(32).fill(7);

describe("a chain of the audit", () => {
  const cleanup = suiteCleanup();
  let database: TestDatabase;
  let app: pg.Pool;
  let accounts: pg.Pool;
  let owner: pg.Client;
  let tenant: Tenant;
  let own: DatabaseAccess;
  let other: Tenant;

  before(async () => {
    database = await createTestDatabase();
    tenant = await seedTenant(database.ownerUrl, "own");
    other = await seedTenant(database.ownerUrl, "other");
    app = createPool({ url: database.app, size: 8, name: "test" });
    accounts = createPool({ url: database.accounts, size: 1, name: "test" });
    owner = new pg.Client({ connectionString: database.ownerUrl });
    await owner.connect();
    own = await signedAccess(owner, {
      ...tenant,
      organizations: [tenant.organizationId],
      project: [tenant.projectId, "collaborator"],
    });
    cleanup.after(async () => {
      await owner.end();
      await app.end();
      await accounts.end();
    });
  });

  const access = (): DatabaseAccess => own;

  const rename = (name: string) =>
    inTransaction(app, access(), (tx) => tx.run(sql`UPDATE models SET name = ${name}`));
  const anchor = async () => {
    await sequenceAudit(owner);
    return anchorChains({ accountsPool: accounts, auditSecret: secret, log: silentLog() });
  };
  const verdict = async (key = secret, organizationId = tenant.organizationId) => {
    await sequenceAudit(owner);
    return verifyChain(chainReader(accounts), organizationId, key);
  };

  /** Does as the database's owner what the owner should not, looks, and puts it back. */
  async function tampered(statements: string): Promise<Awaited<ReturnType<typeof verdict>>> {
    const reader = chainReader(owner);
    await owner.query("BEGIN");
    try {
      await owner.query("SET LOCAL session_replication_role = replica");
      await owner.query(statements.replaceAll(":org", String(tenant.organizationId)));
      return await verifyChain(reader, tenant.organizationId, secret);
    } finally {
      await owner.query("ROLLBACK");
    }
  }

  test("is whole after many transactions at once, without a hole and in one order", async () => {
    const before = await verdict();
    await Promise.all(Array.from({ length: 60 }, (_, index) => rename(`model ${index}`)));
    const after = await verdict();
    assert.deepEqual([after.intact, after.faults], [true, []]);
    assert.equal(after.entries, before.entries + 60);
  });

  test("has nothing of a transaction that was rolled back", async () => {
    const before = await verdict();
    await assert.rejects(
      inTransaction(app, access(), async (tx) => {
        await tx.run(sql`UPDATE models SET name = 'never'`);
        throw new Error("changed my mind");
      }),
    );
    assert.equal((await verdict()).entries, before.entries);
  });

  test("shows what was done to it, and where", async () => {
    for (let index = 0; index < 20; index++) await rename(`again ${index}`);
    await anchor();
    const { entries, anchored } = await verdict();
    assert.equal(anchored, entries);
    const at = entries - 5;
    const entryAt = `organization_id = :org AND position = ${at}`;
    const cases: [what: string, statements: string, position: number, fault: RegExp][] = [
      ["a value altered", `UPDATE audit.entries SET after = '{"name": "x"}' WHERE ${entryAt}`, at, /altered/],
      ["an author altered", `UPDATE audit.entries SET user_id = 999 WHERE ${entryAt}`, at, /altered/],
      [
        "a time altered",
        `UPDATE audit.entries SET at = at + interval '1 second' WHERE ${entryAt}`,
        at,
        /altered/,
      ],
      [
        "a leaf of the tree altered",
        `UPDATE audit.entries SET leaf = sha256('x') WHERE ${entryAt}`,
        at,
        /leaf/,
      ],
      ["an entry removed", `DELETE FROM audit.entries WHERE ${entryAt}`, at, /missing/],
      [
        "two entries exchanged",
        `UPDATE audit.entries SET position = CASE position WHEN ${at} THEN ${at - 1} ELSE ${at} END
         WHERE organization_id = :org AND position IN (${at}, ${at - 1})`,
        at - 1,
        /altered, or moved/,
      ],
      [
        "an entry put in beside another",
        `INSERT INTO audit.entries SELECT (jsonb_populate_record(e, jsonb_build_object('sequenced', sequenced + interval '1 microsecond'))).*
         FROM audit.entries e WHERE ${entryAt}`,
        at + 1,
        /missing: the chain goes on with/,
      ],
      [
        "the end cut off",
        `DELETE FROM audit.entries WHERE organization_id = :org AND position > ${at}`,
        at + 1,
        /missing: the chain ended at/,
      ],
      [
        "the end cut off, and the note of it put back",
        `DELETE FROM audit.entries WHERE organization_id = :org AND position > ${at};
         UPDATE audit.heads SET position = ${at}, hash = (SELECT hash FROM audit.entries WHERE ${entryAt})
         WHERE organization_id = :org`,
        entries,
        /was anchored, and is missing/,
      ],
      [
        "an entry put in after the end",
        `INSERT INTO audit.entries SELECT (jsonb_populate_record(e, jsonb_build_object('position', position + 1))).*
         FROM audit.entries e WHERE organization_id = :org AND position = ${entries}`,
        entries + 1,
        /put in: the chain ends at/,
      ],
      [
        "an entry of an earlier version without a place",
        "INSERT INTO audit.outside (id, organization_id, at, action, row_count) VALUES (1, :org, now(), 'x', 1)",
        entries,
        /outside the chain/,
      ],
      [
        "an anchor forged",
        `UPDATE audit.anchors SET seal = sha256('guess') WHERE organization_id = :org AND position = ${entries}`,
        entries,
        /not made by this installation/,
      ],
      [
        "an anchor's root altered",
        `UPDATE audit.anchors SET root = NULL WHERE organization_id = :org AND position = ${entries}`,
        entries,
        /not made by this installation/,
      ],
      ["everything removed", "DELETE FROM audit.entries WHERE organization_id = :org", 1, /missing/],
    ];
    // Exchanging needs the uniqueness of positions out of the way, as a tamperer would have it.
    for (const [what, statements, position, fault] of cases) {
      const dropped = what.includes("exchanged")
        ? `ALTER TABLE audit.entries DROP CONSTRAINT entries_pkey; ${statements}`
        : statements;
      const found = await tampered(dropped);
      assert.equal(found.intact, false, what);
      assert.ok(
        found.faults.some((one) => one.position === position && fault.test(one.fault)),
        `${what}: ${JSON.stringify(found.faults)}`,
      );
    }
    assert.equal((await verdict()).intact, true);
  });

  test("made anew from an altered entry on, with every hash right, does not fit its anchors", async () => {
    await anchor();
    const { entries } = await verdict();
    const found = await tampered(`
      UPDATE audit.entries SET user_id = 999 WHERE organization_id = :org AND position = ${entries};
      WITH anew AS (
        SELECT p.hash AS before, audit.sealed_text(e.position, e.organization_id, e.project_id, e.at, e.action, e.subject,
          e.row_count, e.user_id, e.credential, e.ip, e.request_id, e.route, e.before, e.after) AS text
        FROM audit.entries e JOIN audit.entries p ON p.organization_id = :org AND p.position = e.position - 1
        WHERE e.organization_id = :org AND e.position = ${entries})
      UPDATE audit.entries SET hash = sha256(anew.before || convert_to(anew.text, 'UTF8')), leaf = audit.leaf_hash(anew.text)
        FROM anew WHERE organization_id = :org AND position = ${entries};
      UPDATE audit.heads SET hash = (SELECT hash FROM audit.entries WHERE organization_id = :org AND position = ${entries})
        WHERE organization_id = :org`);
    assert.deepEqual(
      found.faults.map(({ fault }) => fault),
      ["not what was anchored here"],
    );
  });

  test("is anchored with the installation's key and no other", async () => {
    await anchor();
    const found = await verdict(new Uint8Array(32).fill(8));
    assert.ok(found.faults.every(({ fault }) => /not made by this installation/.test(fault)));
    assert.equal(found.intact, false);
    assert.equal(await anchor(), 0, "nothing has grown since");
  });

  test("can be added to by the app role through its own changes and readings alone", async () => {
    for (const statement of [
      "INSERT INTO audit.entries (organization_id, action) VALUES (1, 'x')",
      "UPDATE audit.entries SET action = 'x'",
      "DELETE FROM audit.entries",
      "TRUNCATE audit.entries",
      "UPDATE audit.inbox SET action = 'x'",
      "DELETE FROM audit.inbox",
      "WITH s AS (SELECT set_config('magtrace.sequencing', 'on', true)) DELETE FROM audit.inbox USING s",
      "SELECT * FROM audit.inbox",
      "DELETE FROM audit.facets",
      "INSERT INTO audit.checkpoints VALUES (1, 1, '', now())",
      "SELECT audit.sequence(1, false)",
      "DELETE FROM audit.heads",
      "SELECT * FROM audit.heads",
      "INSERT INTO audit.anchors VALUES (1, 1, '', '')",
      "SELECT audit.append_one('x', '.update', '{id}', '{}', '{}', '{}')",
      "SELECT audit.note_repeated('[]')",
      "SELECT audit.drop_month('2020-01-01')",
      "ALTER TABLE audit.entries DISABLE TRIGGER ALL",
      "SET LOCAL session_replication_role = replica",
      `SELECT audit.note_reading('project.delete', 'project 1', '[[${tenant.organizationId}, null]]')`,
    ]) {
      await assert.rejects(
        inTransaction(app, access(), (tx) => tx.run(sql.raw(statement))),
        (error) => [INSUFFICIENT_PRIVILEGE, "0A000"].includes(sqlState(error)),
        statement,
      );
    }
    const before = await verdict(secret, other.organizationId);
    await inTransaction(app, access(), (tx) =>
      tx.run(sql`SELECT audit.note_reading('x', '', ${`[[${other.organizationId}, null]]`})`),
    );
    const after = await verdict(secret, other.organizationId);
    assert.equal(after.entries, before.entries);
  });

  test("is read page by page, not whole for every page", async () => {
    for (const table of ["entries", "facets"]) {
      const plan = await inTransaction(app, access(), (tx) =>
        tx.rows<{ "QUERY PLAN": string }>(sql.raw(`EXPLAIN SELECT 1 FROM audit.${table}`)),
      );
      // What is hashed is read whole first.
      assert.doesNotMatch(plan.map((line) => line["QUERY PLAN"]).join("\n"), /hashed/);
    }
  });

  test("cannot be altered by the owner without taking its guard away", async () => {
    for (const statement of [
      "UPDATE audit.entries SET action = 'x'",
      "UPDATE audit.inbox SET action = 'x'",
      "DELETE FROM audit.inbox",
      "TRUNCATE audit.inbox, audit.entries",
      "DELETE FROM audit.outside",
      // Guards of the whole do not see what names a part.
      ...(
        await owner.query(
          "SELECT inhrelid::regclass::text AS part FROM pg_inherits WHERE inhparent = 'audit.entries'::regclass",
        )
      ).rows.flatMap(({ part }) => [
        `UPDATE ${part} SET action = 'x'`,
        `DELETE FROM ${part}`,
        `TRUNCATE ${part}`,
      ]),
    ]) {
      await assert.rejects(owner.query(statement), (error) => sqlState(error) === INSUFFICIENT_PRIVILEGE);
    }
  });

  test("is shown to the app role only where the transaction names it", async () => {
    const count = async (identity: TestIdentity) =>
      inTransaction(app, await signedAccess(owner, identity), (tx) =>
        tx.rows<{ organization_id: number }>(sql`SELECT DISTINCT organization_id FROM audit.entries`),
      );
    const organizations = [tenant.organizationId];
    assert.deepEqual(await count({ organizations, project: [tenant.projectId, "collaborator"] }), []);
    assert.deepEqual(await count({ organizations, owned: organizations }), [
      { organization_id: tenant.organizationId },
    ]);
    assert.deepEqual(await count({ userId: other.userId, organizations: [other.organizationId] }), [
      { organization_id: other.organizationId },
    ]);
  });
});
