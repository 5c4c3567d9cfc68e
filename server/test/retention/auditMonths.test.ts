import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { anchorChains } from "../../src/audit/anchorChains.ts";
import { chainReader } from "../../src/audit/chainQueries.ts";
import { verifyChain } from "../../src/audit/verifyChain.ts";
import { createPool } from "../../src/platform/database/pool.ts";
import { silentLog } from "../../src/platform/logs/log.ts";
import { MemoryObjects } from "../../src/platform/objects/testing/memoryObjects.ts";
import { applyRetention } from "../../src/retention/applyRetention.ts";
import { seedTenant } from "../support/seedTenant.ts";
import { sequenceAudit } from "../support/sequenceAudit.ts";
import { createTestDatabase } from "../support/testDatabase.ts";

const DAY_MS = 86_400_000;

test("whole months of the audit go once everybody in them lets them go, and what is left is verified", async (t) => {
  const database = await createTestDatabase();
  const owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
  const accountsPool = createPool({ url: database.accounts, size: 1, name: "test" });
  t.after(async () => {
    await owner.end();
    await accountsPool.end();
  });
  const { organizationId: north } = await seedTenant(database.ownerUrl, "north");
  const { organizationId: south } = await seedTenant(database.ownerUrl, "south");
  await owner.query("ALTER TABLE audit.inbox DISABLE TRIGGER USER");
  await owner.query("DELETE FROM audit.inbox");
  await owner.query("ALTER TABLE audit.inbox ENABLE TRIGGER USER");

  /** Entries as if they had been sequenced some months ago. */
  async function made(organization: number, ago: string): Promise<void> {
    await owner.query(
      "INSERT INTO audit.inbox (organization_id, action) SELECT $1, 'project.read' FROM generate_series(1, 30)",
      [organization],
    );
    const { rows } = await owner.query("SELECT pg_get_functiondef('audit.sequence'::regproc) AS text");
    const shifted = rows[0].text.replace(
      "greatest(clock_timestamp(),",
      `greatest(clock_timestamp() - interval '${ago}',`,
    );
    assert.notEqual(shifted, rows[0].text);
    await owner.query("ALTER TABLE audit.inbox DISABLE TRIGGER USER");
    await owner.query(`UPDATE audit.inbox SET at = at - interval '${ago}'`);
    await owner.query("ALTER TABLE audit.inbox ENABLE TRIGGER USER");
    await owner.query(shifted);
    await sequenceAudit(owner);
    await owner.query(rows[0].text);
  }
  await made(north, "2 months");
  await made(north, "1 month");
  await made(south, "1 month");

  const secret = new Uint8Array(32).fill(7);
  const dropped = async (auditKeepDays: number) => {
    const deps = { accountsPool, objects: new MemoryObjects(), log: silentLog(), auditKeepDays };
    return (await applyRetention(deps, Date.now() + 25 * DAY_MS)).droppedMonths.length;
  };
  const keep = (organization: number, days: number) =>
    owner.query("INSERT INTO retention.policies VALUES ($1, 'audit', $2, 0)", [organization, days]);

  assert.equal(await dropped(20), 0, "an organisation keeps it for ever");
  await keep(north, 20);
  assert.equal(await dropped(20), 0, "its end is not anchored");
  await anchorChains({ accountsPool, auditSecret: secret, log: silentLog() });
  assert.equal(await dropped(0), 0, "the installation keeps its own for ever");
  const { rows: hold } = await owner.query(
    "INSERT INTO retention.holds (organization_id, reason, placed_by) VALUES ($1, 'a dispute', 1) RETURNING id",
    [north],
  );
  assert.equal(await dropped(20), 0, "there is a hold");
  await owner.query("UPDATE retention.holds SET lifted_at = now() WHERE id = $1", [hold[0].id]);
  const { rows: shown } = await owner.query(
    "SELECT count::int, first -> 0 ->> 'name' AS first FROM retention.audit_preview($1, now())",
    [north],
  );
  assert.equal(shown[0].count, 60);
  const { rows: months } = await owner.query(
    "SELECT to_char(min(month) AT TIME ZONE 'UTC', 'YYYY-MM') AS first FROM audit.facets WHERE organization_id = $1",
    [north],
  );
  assert.equal(shown[0].first, months[0].first);
  assert.equal(await dropped(20), 1, "the month in which the other organisation has entries stays");
  await keep(south, 20);
  assert.equal(await dropped(20), 1);
  const { rows: left } = await owner.query(
    "SELECT count(*)::int AS n FROM audit.entries WHERE sequenced < now() - interval '1 month'",
  );
  assert.equal(left[0].n, 0);
  const checkpoints = await owner.query("SELECT 1 FROM audit.checkpoints WHERE organization_id = $1", [
    north,
  ]);
  assert.equal(checkpoints.rowCount, 2);
  await sequenceAudit(owner);
  await anchorChains({ accountsPool, auditSecret: secret, log: silentLog() });
  const verdict = await verifyChain(chainReader(accountsPool), north, secret);
  assert.deepEqual([verdict.faults, verdict.first], [[], 61]);
  await assert.rejects(accountsPool.query("SELECT audit.drop_month('2020-01-01')"), /permission denied/);
});
