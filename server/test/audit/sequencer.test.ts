import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { anchorChains } from "../../src/audit/anchorChains.ts";
import { chainReader } from "../../src/audit/chainQueries.ts";
import { startSequencer } from "../../src/audit/sequencer.ts";
import { sequenceBatch } from "../../src/audit/sequencing.ts";
import { verifyChain } from "../../src/audit/verifyChain.ts";
import { createPool } from "../../src/platform/database/pool.ts";
import { silentLog } from "../../src/platform/logs/log.ts";
import { seedTenant, type Tenant } from "../support/seedTenant.ts";
import { sequenceAudit } from "../support/sequenceAudit.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";
import { untilTrue } from "../support/untilTrue.ts";

const secret = new Uint8Array(32).fill(7);

describe("the order of the audit", () => {
  const cleanup = suiteCleanup();
  let database: TestDatabase;
  let tenant: Tenant;
  let owner: pg.Client;
  let other: pg.Client;
  let accounts: pg.Pool;

  before(async () => {
    database = await createTestDatabase();
    tenant = await seedTenant(database.ownerUrl, "own");
    accounts = createPool({ url: database.accounts, size: 4, name: "test" });
    owner = new pg.Client({ connectionString: database.ownerUrl });
    other = new pg.Client({ connectionString: database.ownerUrl });
    await owner.connect();
    await other.connect();
    cleanup.after(async () => {
      await owner.end();
      await other.end();
      await accounts.end();
    });
  });

  const rename = (client: pg.Client, name: string) =>
    client.query("UPDATE magtrace.models SET name = $1 WHERE project_id = $2", [name, tenant.projectId]);
  const waiting = async () => (await owner.query("SELECT count(*)::int AS n FROM audit.inbox")).rows[0].n;
  const verdict = () => verifyChain(chainReader(accounts), tenant.organizationId, secret);
  const newest = async () =>
    (
      await owner.query(
        "SELECT after FROM audit.entries WHERE organization_id = $1 ORDER BY position DESC LIMIT 2",
        [tenant.organizationId],
      )
    ).rows.map(({ after }) => after.name);

  test("is nothing that writers wait for: a change under way holds up no other of its organisation", async () => {
    await owner.query("BEGIN");
    await rename(owner, "first");
    await other.query("SET lock_timeout = '2s'");
    await other.query("UPDATE magtrace.projects SET description = 'meanwhile' WHERE id = $1", [
      tenant.projectId,
    ]);
    // It is in order before the other is committed, and that comes after it.
    await sequenceBatch(accounts, { wait: true });
    const { entries } = await verdict();
    await owner.query("COMMIT");
    await sequenceAudit(other);
    const after = await verdict();
    assert.deepEqual([after.entries, after.intact], [entries + 1, true]);
    assert.equal((await newest())[0], "first");
  });

  test("is given by one process at a time; another leaves it alone, or waits where it is to see the result", async () => {
    await rename(owner, "second");
    await owner.query("BEGIN");
    await owner.query("SELECT pg_advisory_xact_lock(7203114018)");
    assert.equal(await sequenceBatch(accounts, { wait: false }), 0);
    const result = sequenceBatch(accounts, { wait: true });
    assert.equal(await Promise.race([result, delay(100, "waits")]), "waits");
    await owner.query("ROLLBACK");
    assert.equal(await result, 1);
    assert.equal(await waiting(), 0);
  });

  test("is given by whoever is left when the one who gave it dies in the middle", async () => {
    await rename(owner, "third");
    const dying = new pg.Client({ connectionString: database.accounts });
    dying.on("error", () => undefined);
    await dying.connect();
    await dying.query("BEGIN");
    assert.equal((await dying.query("SELECT audit.sequence(10) AS moved")).rows[0].moved, 1);
    const { rows } = await dying.query("SELECT pg_backend_pid() AS pid");
    await owner.query("SELECT pg_terminate_backend($1)", [rows[0].pid]);
    assert.equal(await sequenceBatch(accounts, { wait: true }), 1);
    const { intact } = await verdict();
    assert.equal(intact, true);
    assert.equal((await newest())[0], "third");
  });

  test("comes soon from two workers at once, without a hole", async () => {
    const { entries } = await verdict();
    const options = { accountsPool: accounts, log: silentLog(), everyMs: 20 };
    const workers = [startSequencer(options), startSequencer(options)];
    try {
      for (let index = 0; index < 100; index++) await rename(owner, `name ${index}`);
      await untilTrue(async () => (await waiting()) === 0);
    } finally {
      for (const worker of workers) await worker.stop();
    }
    const after = await verdict();
    assert.deepEqual([after.entries, after.faults], [entries + 100, []]);
    assert.deepEqual(await newest(), ["name 99", "name 98"]);
  });

  test("says when it is behind", async () => {
    const warned: object[] = [];
    const log = { ...silentLog(), warn: (facts: object) => warned.push(facts) } as unknown as ReturnType<
      typeof silentLog
    >;
    await owner.query(
      "INSERT INTO audit.inbox (organization_id, action, at) VALUES (0, 'x.read', now() - interval '1 hour')",
    );
    await other.query("BEGIN");
    await other.query("SELECT pg_advisory_xact_lock(7203114018)");
    const sequencer = startSequencer({ accountsPool: accounts, log, everyMs: 10 });
    await untilTrue(async () => warned.length > 0);
    await other.query("ROLLBACK");
    await sequencer.stop();
    // An hour, and what has passed since.
    const { waited_s: waited = 0 } = warned[0] as { waited_s?: number };
    assert.ok(waited >= 3_600 && waited < 3_700, `${waited} s`);
  });

  test("keeps what it has of a tree as it grows over several blocks, whatever the batches", async () => {
    await owner.query(
      "INSERT INTO audit.inbox (organization_id, action) SELECT $1, 'project.read' FROM generate_series(1, 1500)",
      [tenant.organizationId],
    );
    for (const most of [1, 254, 3, 700]) await accounts.query("SELECT audit.sequence($1, true)", [most]);
    await sequenceAudit(owner);
    assert.equal(await anchorChains({ accountsPool: accounts, auditSecret: secret, log: silentLog() }), 2);
    const { rows } = await owner.query(
      "SELECT count(*)::int AS n FROM audit.nodes WHERE organization_id = $1 AND level = 8",
      [tenant.organizationId],
    );
    const after = await verdict();
    assert.equal(rows[0].n, Math.floor(after.entries / 256));
    assert.deepEqual([after.intact, after.anchored], [true, after.entries]);

    await owner.query("UPDATE audit.nodes SET hash = sha256('x') WHERE organization_id = $1 AND index = 1", [
      tenant.organizationId,
    ]);
    const { faults } = await verdict();
    assert.deepEqual(
      faults.map(({ position }) => position),
      [512],
    );
  });
});
