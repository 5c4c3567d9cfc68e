import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { createPool } from "../../src/platform/database/pool.ts";
import { QUEUE_STATES, queueStates } from "../../src/platform/queue/queueStates.ts";
import { createTestDatabase } from "../support/testDatabase.ts";

test("queues are counted to a bound and by index, however many jobs there are and were", async (t) => {
  const database = await createTestDatabase();
  const owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
  const pool = createPool({ url: database.accounts, size: 1, name: "test" });
  t.after(() => Promise.all([owner.end(), pool.end()]));
  const insert = (queue: string, state: string, jobs: number, dueSecondsAgo: number) =>
    owner.query(
      `INSERT INTO pgboss.job (name, state, start_after, expire_seconds, retry_limit, retry_delay, retry_backoff, keep_until, deletion_seconds)
       SELECT $1, $2::pgboss.job_state, now() - make_interval(secs => $4), 60, 0, 0, false, now() + interval '1 day', 60
       FROM generate_series(1, $3::int)`,
      [queue, state, jobs, dueSecondsAgo],
    );
  await insert("train", "completed", 20_000, 5_000);
  await insert("train", "created", 1_500, 40);
  await insert("train", "retry", 2, 100);
  await insert("train", "active", 3, 500);
  await insert("ingest", "failed", 4, 500);
  await insert("ingest", "created", 5, -60);
  await owner.query("ANALYZE pgboss.job_common");

  const states = new Map((await queueStates(pool)).map((state) => [state.name, state]));
  const { ready, active, failed, oldestSeconds } = states.get("train")!;
  assert.deepEqual([ready, active, failed], [1_000, 3, 0]);
  assert.ok(oldestSeconds >= 100 && oldestSeconds < 200, `${oldestSeconds} s`);
  const ingest = states.get("ingest")!;
  assert.deepEqual([ingest.ready, ingest.active, ingest.failed, ingest.oldestSeconds], [0, 0, 4, 0]);

  const { rows } = await owner.query<{ "QUERY PLAN": string }>(`EXPLAIN ${QUEUE_STATES}`);
  const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
  assert.doesNotMatch(plan, /Seq Scan on job_common/, plan);
});
