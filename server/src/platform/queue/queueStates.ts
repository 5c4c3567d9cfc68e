import type pg from "pg";
import { noAuthor } from "../author.ts";
import { inAccounts } from "../database/inAccounts.ts";
import { asQueueRole } from "./asQueueRole.ts";
import { QUEUE_SCHEMA, type QueueName } from "./queues.ts";

/** How a queue stands now. Counts go up to `MOST_COUNTED`. */
export interface QueueState {
  readonly name: QueueName;
  /** Due, and not begun. */
  readonly ready: number;
  readonly active: number;
  /** Failed for good, for as long as they are kept: see changeJob.ts. */
  readonly failed: number;
  /** How long the first of the ready ones has been due, s; 0 where there is none. */
  readonly oldestSeconds: number;
}

const MOST_COUNTED = 1_000;

/** Each SELECT is a probe of pg-boss's index of jobs that are not over, of at most `MOST_COUNTED` rows. */
export const QUEUE_STATES = `
  SELECT q.name, ready.count AS ready, active.count AS active, failed.count AS failed,
    coalesce(extract(epoch FROM now() - oldest.due), 0)::float8 AS "oldestSeconds"
  FROM ${QUEUE_SCHEMA}.queue q
  CROSS JOIN LATERAL (SELECT count(*)::int FROM (${some("state IN ('created', 'retry') AND NOT blocked AND start_after <= now()")}) s) ready
  CROSS JOIN LATERAL (SELECT count(*)::int FROM (${some("state = 'active'")}) s) active
  CROSS JOIN LATERAL (SELECT count(*)::int FROM (${some("state = 'failed'")}) s) failed
  CROSS JOIN LATERAL (SELECT ${oldestDue("q.name")} AS due) oldest
  ORDER BY q.name`;

function some(condition: string): string {
  return `SELECT FROM ${QUEUE_SCHEMA}.job_common j WHERE j.name = q.name AND ${condition} LIMIT ${MOST_COUNTED}`;
}

/** Since when the first of a queue's jobs that could begin has been due, by one probe of an index a state; or null. */
export function oldestDue(queue: string): string {
  const first = (state: string) => `(SELECT start_after FROM ${QUEUE_SCHEMA}.job_common
    WHERE name = ${queue} AND state = '${state}' AND NOT blocked AND start_after <= now()
    ORDER BY start_after LIMIT 1)`;
  return `least(${first("created")}, ${first("retry")})`;
}

/** @param accountsPool Connections of the accounts role, which becomes the queue role for this. */
export function queueStates(accountsPool: pg.Pool): Promise<QueueState[]> {
  return inAccounts(accountsPool, noAuthor, async (db) => {
    await db.query("SET LOCAL statement_timeout = '2s'");
    return (await asQueueRole(db).executeAsQueue(QUEUE_STATES)).rows as unknown as QueueState[];
  });
}
