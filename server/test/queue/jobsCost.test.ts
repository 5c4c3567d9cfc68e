import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import pg from "pg";
import { jobsStatement } from "../../src/platform/queue/listedJobs.ts";
import { FIGURES, MOST_COUNTED } from "../../src/platform/queue/queueFigures.ts";
import { type QueueName, queues } from "../../src/platform/queue/queues.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { createTestDatabase } from "../support/testDatabase.ts";

/** Several times as many as are counted, all of them done within the last day: nothing is spared by their age. */
const DONE = 4 * MOST_COUNTED;
const FAILED = 300;
const ORGANIZATIONS = 5;
const STATES = ["created", "retry", "active", "completed", "cancelled", "failed"];
const PAGE = 51;

interface Node {
  readonly "Node Type": string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Relation Name"?: string;
  readonly Plans?: readonly Node[];
}

interface Explained {
  readonly "QUERY PLAN": readonly [{ readonly Plan: Node; readonly "Execution Time": number }];
}

/**
 * With a million jobs done within a day (one run, PostgreSQL 18 on two shared cores), in ms: the figures of all queues 25;
 * a page of all jobs 1.1, a far page 0.8; of one organisation 0.9 and 1.1.
 */
describe("what jobs cost to look at", () => {
  const cleanup = suiteCleanup();
  const names = Object.keys(queues) as QueueName[];
  let owner: pg.Client;

  before(async () => {
    const { ownerUrl } = await createTestDatabase();
    owner = new pg.Client({ connectionString: ownerUrl });
    await owner.connect();
    cleanup.after(() => owner.end());
    await owner.query(
      `INSERT INTO pgboss.job_common (name, state, data, group_id, created_on, started_on, completed_on, start_after)
       SELECT CASE n % 3 WHEN 0 THEN 'train' ELSE 'ingest' END,
         (CASE WHEN n % ($1 / $2) = 0 THEN 'failed' ELSE 'completed' END)::pgboss.job_state,
         jsonb_build_object('organizationId', n % ${ORGANIZATIONS} + 1, 'projectId', 1, 'userId', 1, 'id', n), (n % ${ORGANIZATIONS} + 1) || ':1',
         at, at + interval '1 second', at + interval '2 seconds', at
       FROM generate_series(1, $1::int) AS n, LATERAL (SELECT now() - n * interval '20 hours' / $1 AS at) AS t`,
      [DONE, FAILED],
    );
    await owner.query("ANALYZE pgboss.job_common");
    // As the roles of the installation have it.
    await owner.query("SET plan_cache_mode = force_generic_plan");
  });

  async function explain(
    statement: string,
    values: unknown[],
  ): Promise<{ read: number; ms: number; scans: string[] }> {
    const { rows } = await owner.query<Explained>(
      `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${statement}`,
      values,
    );
    const [{ Plan, "Execution Time": ms }] = rows[0]!["QUERY PLAN"];
    const nodes: Node[] = [];
    const walk = (node: Node): void => {
      nodes.push(node);
      for (const below of node.Plans ?? []) walk(below);
    };
    walk(Plan);
    const ofJobs = nodes.filter((node) => node["Relation Name"] === "job_common");
    const read = ofJobs.reduce(
      (sum, node) =>
        sum + node["Actual Loops"] * (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0)),
      0,
    );
    return { read, ms, scans: [...new Set(ofJobs.map((node) => node["Node Type"]))] };
  }

  const firstPage = (organizationId: number | null, us = "253402300799000000") => [
    names,
    STATES,
    us,
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    ...(organizationId === null ? [] : [String(organizationId)]),
  ];

  test("the figures of a queue read as many of its jobs as they count, and no more", async (t) => {
    const { read, ms, scans } = await explain(FIGURES, [names]);
    t.diagnostic(`figures: ${read} rows, ${ms.toFixed(1)} ms, ${scans.join(", ")}`);
    assert.ok(!scans.includes("Seq Scan"), scans.join(", "));
    assert.ok(read <= 2 * MOST_COUNTED + 2 * FAILED, `${read} rows`);
  });

  // Where an organisation has few jobs, PostgreSQL may rather sort all of them: a million have a page read here, too.
  for (const [what, organizationId, most] of [
    ["of all organisations reads a page of each queue and state", null, 5 * PAGE],
    ["of one organisation reads none of another's", 3, DONE / ORGANIZATIONS],
  ] as const) {
    test(`a page of jobs ${what}, also far back`, async (t) => {
      const hoursAgo = String((Date.now() - 15 * 3_600_000) * 1_000);
      for (const values of [firstPage(organizationId), firstPage(organizationId, hoursAgo)]) {
        const { read, ms, scans } = await explain(jobsStatement({ organizationId, limit: PAGE }), values);
        t.diagnostic(`a page ${what}: ${read} rows, ${ms.toFixed(1)} ms, ${scans.join(", ")}`);
        assert.ok(!scans.includes("Seq Scan"), scans.join(", "));
        assert.ok(read <= most, `${read} rows`);
      }
    });
  }
});
