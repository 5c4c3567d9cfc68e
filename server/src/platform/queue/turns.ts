import { type JobData, QUEUE_SCHEMA, type QueueName } from "./queues.ts";

/** An organisation gets the turns of so many users, however many of it have jobs waiting. */
const USERS_OF_ORGANIZATION = 4;
/** No more waiting users of an organisation are counted. */
const MOST_USERS = 50;

/** Runs pg-boss's statements, and ours about its tables, as the queue role. */
export interface QueueConnection {
  executeAsQueue(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
}

/** Options of a job for pg-boss, so that users take turns. */
export interface Turn {
  readonly priority: number;
  readonly group: { readonly id: string };
}

/**
 * Self-clocked fair queueing (Golestani, 1994). A job's turn is the one being served now, or the one after its user's
 * last: users take turns, and nobody waits for all that another has sent before them. Where more than four users of an
 * organisation have jobs waiting, their turns lie further apart. Turns are decided when a job is sent: a worker takes
 * the first by index, whatever is waiting. Two sends at the same moment may share a turn.
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

/** Each SELECT is a probe of one of the indices below. */
const NEXT_TURN = `
  WITH RECURSIVE users AS (
    SELECT $3::text AS id, 0 AS n
    UNION ALL
    SELECT next.id, users.n + 1 FROM users CROSS JOIN LATERAL (
      SELECT group_id AS id FROM ${QUEUE_SCHEMA}.job_common
      WHERE name = $1 AND state < 'active' AND group_id > users.id COLLATE "C"
      ORDER BY group_id COLLATE "C" LIMIT 1
    ) AS next
    WHERE starts_with(next.id, $3) AND users.n < ${MOST_USERS}
  )
  SELECT greatest(
    (SELECT -priority FROM ${QUEUE_SCHEMA}.job_common
     WHERE name = $1 AND state >= 'active' AND group_id IS NOT NULL ORDER BY priority LIMIT 1),
    (SELECT -priority FROM ${QUEUE_SCHEMA}.job_common
     WHERE name = $1 AND group_id = $2 COLLATE "C" ORDER BY priority LIMIT 1)
      + (SELECT greatest(1, ceil(max(n)::float8 / ${USERS_OF_ORGANIZATION})) FROM users),
    0) AS turn`;

export const TURN_INDICES = `
  CREATE INDEX IF NOT EXISTS magtrace_turn_of_user
    ON ${QUEUE_SCHEMA}.job_common (name, group_id COLLATE "C", priority) WHERE group_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS magtrace_turn_served
    ON ${QUEUE_SCHEMA}.job_common (name, priority) WHERE state >= 'active' AND group_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS magtrace_waiting_users
    ON ${QUEUE_SCHEMA}.job_common (name, group_id COLLATE "C") WHERE state < 'active' AND group_id IS NOT NULL;`;
