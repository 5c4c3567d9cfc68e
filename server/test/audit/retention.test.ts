import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import pg from "pg";
import { anchorChains } from "../../src/audit/anchorChains.ts";
import { chainReader, treeOf } from "../../src/audit/chainQueries.ts";
import { MissingHashes } from "../../src/audit/merkleTree.ts";
import { verifyChain } from "../../src/audit/verifyChain.ts";
import { createPool } from "../../src/platform/database/pool.ts";
import { silentLog } from "../../src/platform/logs/log.ts";
import { sequenceAudit } from "../support/sequenceAudit.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { createTestDatabase } from "../support/testDatabase.ts";

const secret = new Uint8Array(32).fill(7);
const NORTH = 1;

describe("a month of the audit", () => {
  const cleanup = suiteCleanup();
  let owner: pg.Client;
  let accounts: pg.Pool;
  const first: string[] = [];

  before(async () => {
    const database = await createTestDatabase();
    owner = new pg.Client({ connectionString: database.ownerUrl });
    await owner.connect();
    accounts = createPool({ url: database.accounts, size: 1, name: "test" });
    cleanup.after(async () => {
      await owner.end();
      await accounts.end();
    });
    // As if 300 had been sequenced two months ago and 20 last month.
    await made(300, "2 months");
    await made(20, "1 month");
    await made(40, "0 months");
    const { rows } = await owner.query(
      "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'audit.entries'::regclass ORDER BY 1",
    );
    first.push(...rows.map(({ name }) => name.slice("audit.entries_".length).replace("_", "-")));
  });

  async function made(count: number, ago: string): Promise<void> {
    await owner.query(
      "INSERT INTO audit.inbox (organization_id, action) SELECT $1, 'project.read' FROM generate_series(1, $2)",
      [NORTH, count],
    );
    // The clock is the database's: its function is asked to see another one.
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

  const anchor = () => anchorChains({ accountsPool: accounts, auditSecret: secret, log: silentLog() });
  const verdict = () => verifyChain(chainReader(accounts), NORTH, secret);
  const drop = (month: string) => owner.query("SELECT audit.drop_month($1) AS dropped", [`${month}-01`]);

  test("holds a run of positions", async () => {
    const { rows } = await owner.query(
      `SELECT min(position)::int AS first, max(position)::int AS last FROM audit.entries
       GROUP BY tableoid ORDER BY 1`,
    );
    assert.deepEqual(rows, [
      { first: 1, last: 300 },
      { first: 301, last: 320 },
      { first: 321, last: 360 },
    ]);
    assert.equal((await verdict()).intact, true);
  });

  test("is dropped only when it is the oldest, has ended and is anchored, and never by the program's roles", async () => {
    const [oldest, second, now] = first;
    await assert.rejects(drop(second!), /only the oldest month/);
    await assert.rejects(drop(now!), /only the oldest month/);
    await assert.rejects(drop(oldest!), /not yet anchored/);
    await assert.rejects(accounts.query("SELECT audit.drop_month('2020-01-01')"), /permission denied/);
  });

  test("can be dropped, and what is left is verified from there on, with the same tree", async () => {
    await anchor();
    const root = (await treeOf(accounts, NORTH, 360).root()).toString("hex");
    const { rows } = await drop(first[0]!);
    assert.equal(rows[0].dropped, 300);
    const after = await verdict();
    assert.deepEqual([after.faults, after.first, after.entries, after.root], [[], 301, 360, root]);

    await drop(first[1]!);
    await sequenceAudit(owner);
    await anchor();
    const later = await verdict();
    // Each drop is an entry itself.
    assert.deepEqual([later.faults, later.first, later.entries, later.anchored], [[], 321, 362, 362]);
    const { rows: told } = await owner.query(
      "SELECT action, after FROM audit.entries WHERE action = 'audit.drop'",
    );
    assert.deepEqual(
      told.map(({ after: { up_to } }) => up_to),
      [300, 320],
    );
  });

  test("is still proven by the tree for what came after it, and for the anchors it had", async () => {
    const tree = treeOf(accounts, NORTH, 362);
    assert.ok((await tree.inclusion(330)).length > 5);
    assert.ok((await tree.consistency(320)).length > 0);
    await assert.rejects(tree.inclusion(10), MissingHashes);
  });

  test("that was dropped cannot be passed off as another: a checkpoint that is altered does not fit", async () => {
    await owner.query("BEGIN");
    await owner.query("UPDATE audit.checkpoints SET hash = sha256('x') WHERE position = 320");
    const { faults } = await verifyChain(chainReader(owner), NORTH, secret);
    await owner.query("ROLLBACK");
    assert.deepEqual(
      faults.map(({ position, fault }) => [position, fault.slice(0, 7)]),
      [[321, "altered"]],
    );
    await owner.query("BEGIN");
    await owner.query("DELETE FROM audit.checkpoints");
    const without = await verifyChain(chainReader(owner), NORTH, secret);
    await owner.query("ROLLBACK");
    assert.match(without.faults[0]!.fault, /missing: the chain goes on with 321/);
    await owner.query("BEGIN");
    await owner.query("DELETE FROM audit.nodes WHERE level = 0");
    const treeless = await verifyChain(chainReader(owner), NORTH, secret);
    await owner.query("ROLLBACK");
    assert.match(treeless.faults[0]!.fault, /dropped is gone/);
  });
});
