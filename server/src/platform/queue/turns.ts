import { QUEUE_SCHEMA } from "./install.ts";
import type { JobData, QueueName } from "./queues.ts";

/** Of a job's organisation no more waiting users are counted than this. */
const MOST_USERS = 50;

/** Runs pg-boss's statements, and ours about its tables, as the queue role. */
export interface QueueConnection {
  executeAsQueue(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
}

/** What pg-boss is told of a job, so that everybody gets a turn. */
export interface Turn {
  readonly priority: number;
  readonly group: { readonly id: string };
}

/**
 * Self-clocked fair queueing (Golestani, 1994): a job's turn is the one that is being served, or as many turns after its
 * user's last waiting job as their organisation has users with waiting jobs. So users of an organisation take turns, and
 * organisations get equal shares however many users they have; nobody waits for all that another has sent before them.
 * Turns are decided when a job is sent: a worker takes the first by index, whatever is waiting. Two sends at the same
 * moment may share a turn.
 */
export async function takeTurn(
  connection: QueueConnection,
  queue: QueueName,
  { organizationId, userId }: JobData,
): Promise<Turn> {
  const organization = `${organizationId}:`;
  const id = organization + userId;
  const { rows } = await connection.executeAsQueue(NEXT_TURN, [queue, id, organization]);
  return { priority: -Number(rows[0]!.turn), group: { id } };
}

const waiting = `name = $1 AND state < 'active'`;

/** Each part is a probe of an index: pg-boss's job_i11, and magtrace_turns of install.ts. */
const NEXT_TURN = `
  WITH RECURSIVE served AS (
    SELECT -priority AS turn FROM ${QUEUE_SCHEMA}.job_common
    WHERE ${waiting} AND NOT blocked AND start_after <= now() ORDER BY priority DESC, created_on LIMIT 1
  ), own AS (
    SELECT -priority AS turn FROM ${QUEUE_SCHEMA}.job_common
    WHERE ${waiting} AND group_id = $2 COLLATE "C" ORDER BY priority LIMIT 1
  ), users AS (
    SELECT $3::text AS id, 0 AS n
    UNION ALL
    SELECT next.id, users.n + 1 FROM users CROSS JOIN LATERAL (
      SELECT group_id AS id FROM ${QUEUE_SCHEMA}.job_common
      WHERE ${waiting} AND group_id > users.id COLLATE "C" ORDER BY group_id COLLATE "C" LIMIT 1
    ) AS next
    WHERE starts_with(next.id, $3) AND users.n < ${MOST_USERS}
  )
  SELECT greatest(0, (SELECT turn FROM served),
                  (SELECT turn FROM own) + greatest(1, (SELECT max(n) FROM users))) AS turn`;
