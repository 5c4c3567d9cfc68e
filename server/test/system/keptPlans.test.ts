import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import pg from "pg";
import { runPrepared } from "../../src/platform/database/inAccounts.ts";
import { createPool } from "../../src/platform/database/pool.ts";
import { statementOf } from "../../src/platform/database/statements.ts";
import { inTransaction, noAccess, readOneOnce, writeOnce } from "../../src/platform/database/transaction.ts";
import { createTestDatabase } from "../support/testDatabase.ts";

test("plans that are kept on many connections outlive a change of the schema, without a failed request", async (t) => {
  const { ownerUrl } = await createTestDatabase();
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  await owner.query("CREATE TABLE kept (id integer)");
  await owner.query("INSERT INTO kept VALUES (1)");
  const pool = createPool({ url: ownerUrl, size: 6, name: "test", prepares: true });
  t.after(() => Promise.all([owner.end(), pool.end()]));

  const all = sql`SELECT * FROM kept`;
  const ways: Record<string, () => Promise<unknown>> = {
    "in a transaction": () => inTransaction(pool, noAccess, (tx) => tx.rows(all)),
    "in one round trip": async () => (await writeOnce(pool, noAccess, [all]))[0],
    "in one that only reads": () => readOneOnce(pool, noAccess, statementOf(all)),
    "of the accounts role": async () => (await runPrepared(pool, statementOf(all))).rows,
  };
  // From the second time on a text is seen, and at once on all connections.
  const onAll = (read: () => Promise<unknown>) => Promise.all(Array.from({ length: 12 }, read));
  for (const [n, [way, read]] of Object.entries(ways).entries()) {
    await onAll(read);
    const columns = (await owner.query("SELECT * FROM kept")).rows[0];
    assert.deepEqual(await onAll(read), Array(12).fill([columns]), way);
    await owner.query(`ALTER TABLE kept ADD COLUMN more${n} text DEFAULT '${way}'`);
    const now = (await owner.query("SELECT * FROM kept")).rows[0];
    assert.equal(Object.keys(now).length, Object.keys(columns).length + 1);
    assert.deepEqual(await onAll(read), Array(12).fill([now]), way);
  }
});
