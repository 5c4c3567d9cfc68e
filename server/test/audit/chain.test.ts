import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { sql } from "kysely";
import pg from "pg";
import { anchorChains } from "../../src/audit/anchorChains.ts";
import { chainReader } from "../../src/audit/queries.ts";
import { verifyChain } from "../../src/audit/verifyChain.ts";
import { createPool } from "../../src/platform/database/pool.ts";
import { inTransaction, type Reach, sqlState } from "../../src/platform/database/transaction.ts";
import { silentLog } from "../../src/platform/logs/log.ts";
import { seedTenant, type Tenant } from "../support/seedTenant.ts";
import { signedReach, type TestIdentity } from "../support/signedReach.ts";
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
  let own: Reach;
  let other: Tenant;

  before(async () => {
    database = await createTestDatabase();
    tenant = await seedTenant(database.ownerUrl, "own");
    other = await seedTenant(database.ownerUrl, "other");
    app = createPool({ url: database.app, size: 8, name: "test" });
    accounts = createPool({ url: database.accounts, size: 1, name: "test" });
    owner = new pg.Client({ connectionString: database.ownerUrl });
    await owner.connect();
    own = await signedReach(owner, {
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

  const reach = (): Reach => own;

  const rename = (name: string) =>
    inTransaction(app, reach(), (tx) => tx.run(sql`UPDATE models SET name = ${name}`));
  const anchor = () => anchorChains({ accountsPool: accounts, auditSecret: secret, log: silentLog() });
  const verdict = (key = secret) => verifyChain(chainReader(accounts), tenant.organizationId, key);

  /** Does as the database's owner what the owner should not, looks, and puts it back. */
  async function tampered(statements: string): Promise<Awaited<ReturnType<typeof verdict>>> {
    const reader = chainReader(owner);
    await owner.query("BEGIN");
    try {
      await owner.query(
        "SET LOCAL session_replication_role = replica; ALTER TABLE audit.entries DISABLE TRIGGER append_only; ALTER TABLE audit.links DISABLE TRIGGER append_only",
      );
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
      inTransaction(app, reach(), async (tx) => {
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
    const entryAt = `(SELECT entry_id FROM audit.links WHERE organization_id = :org AND position = ${at})`;
    const cases: [what: string, statements: string, position: number, fault: RegExp][] = [
      [
        "a value altered",
        `UPDATE audit.entries SET after = '{"name": "x"}' WHERE id = ${entryAt}`,
        at,
        /altered/,
      ],
      ["an author altered", `UPDATE audit.entries SET user_id = 999 WHERE id = ${entryAt}`, at, /altered/],
      [
        "a time altered",
        `UPDATE audit.entries SET at = at + interval '1 second' WHERE id = ${entryAt}`,
        at,
        /altered/,
      ],
      ["an entry removed", `DELETE FROM audit.entries WHERE id = ${entryAt}`, at, /its entry is gone/],
      [
        "an entry removed with its link",
        `DELETE FROM audit.links WHERE organization_id = :org AND position = ${at}`,
        at,
        /missing/,
      ],
      [
        "two entries exchanged",
        `UPDATE audit.links l SET entry_id = m.entry_id FROM audit.links m
         WHERE l.organization_id = :org AND m.organization_id = :org
           AND (l.position, m.position) IN ((${at}, ${at - 1}), (${at - 1}, ${at}))`,
        at - 1,
        /altered, or moved/,
      ],
      [
        "the end cut off",
        `DELETE FROM audit.links WHERE organization_id = :org AND position > ${at}`,
        at + 1,
        /missing: the chain ended at/,
      ],
      [
        "the end cut off, and the note of it put back",
        `DELETE FROM audit.links WHERE organization_id = :org AND position > ${at};
         UPDATE audit.heads SET position = ${at}, hash = (SELECT hash FROM audit.links WHERE organization_id = :org AND position = ${at})
         WHERE organization_id = :org`,
        entries,
        /was anchored, and is missing/,
      ],
      [
        "an entry put in without a link",
        "INSERT INTO audit.entries (organization_id, action) VALUES (:org, 'x')",
        entries,
        /outside the chain/,
      ],
      [
        "an anchor forged",
        `UPDATE audit.anchors SET seal = sha256('guess') WHERE organization_id = :org AND position = ${entries}`,
        entries,
        /not made by this installation/,
      ],
      ["everything removed", "DELETE FROM audit.links WHERE organization_id = :org", 1, /missing/],
    ];
    // Exchanging needs the uniqueness of entry_id out of the way, as a tamperer would have it.
    for (const [what, statements, position, fault] of cases) {
      const dropped = what.includes("exchanged")
        ? `ALTER TABLE audit.links DROP CONSTRAINT links_entry_id_key; ${statements}`
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
      UPDATE audit.entries SET user_id = 999 WHERE id =
        (SELECT entry_id FROM audit.links WHERE organization_id = :org AND position = ${entries});
      UPDATE audit.links l SET hash = sha256(
          (SELECT hash FROM audit.links p WHERE p.organization_id = :org AND p.position = l.position - 1)
          || convert_to(audit.sealed_text(e, l.position), 'UTF8'))
        FROM audit.entries e WHERE e.id = l.entry_id AND l.organization_id = :org AND l.position = ${entries};
      UPDATE audit.heads SET hash = (SELECT hash FROM audit.links WHERE organization_id = :org AND position = ${entries})
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
      "UPDATE audit.links SET position = 1",
      "DELETE FROM audit.links",
      "DELETE FROM audit.heads",
      "SELECT * FROM audit.heads",
      "INSERT INTO audit.anchors VALUES (1, 1, '', '')",
      "SELECT audit.link_entry()",
      "ALTER TABLE audit.entries DISABLE TRIGGER ALL",
      "SET LOCAL session_replication_role = replica",
      `SELECT audit.note_reading('project.delete', 'project 1', '[[${tenant.organizationId}, null]]')`,
    ]) {
      await assert.rejects(
        inTransaction(app, reach(), (tx) => tx.run(sql.raw(statement))),
        (error) => [INSUFFICIENT_PRIVILEGE, "0A000"].includes(sqlState(error)),
        statement,
      );
    }
    const before = await verifyChain(chainReader(accounts), other.organizationId, secret);
    await inTransaction(app, reach(), (tx) =>
      tx.run(sql`SELECT audit.note_reading('x', '', ${`[[${other.organizationId}, null]]`})`),
    );
    const after = await verifyChain(chainReader(accounts), other.organizationId, secret);
    assert.equal(after.entries, before.entries);
  });

  test("is read page by page, not whole for every page", async () => {
    for (const asked of [
      { auditedOrganizations: [tenant.organizationId] },
      { auditedProjects: [tenant.projectId] },
    ]) {
      const plan = await inTransaction(app, { ...reach(), ...asked }, (tx) =>
        tx.rows<{ "QUERY PLAN": string }>(sql`EXPLAIN SELECT hash FROM audit.links`),
      );
      // What is hashed is read whole first.
      assert.doesNotMatch(plan.map((line) => line["QUERY PLAN"]).join("\n"), /hashed/);
    }
  });

  test("cannot be altered by the owner without taking its guard away", async () => {
    for (const statement of [
      "UPDATE audit.entries SET action = 'x'",
      "DELETE FROM audit.links",
      "TRUNCATE audit.links, audit.entries",
    ]) {
      await assert.rejects(owner.query(statement), (error) => sqlState(error) === INSUFFICIENT_PRIVILEGE);
    }
  });

  test("is shown to the app role only where the transaction names it", async () => {
    const count = async (identity: TestIdentity) =>
      inTransaction(app, await signedReach(owner, identity), (tx) =>
        tx.rows<{ organization_id: number }>(
          sql`SELECT DISTINCT e.organization_id FROM audit.entries e JOIN audit.links l ON l.entry_id = e.id`,
        ),
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
