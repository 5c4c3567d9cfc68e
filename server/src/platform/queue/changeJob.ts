import { QUEUE_SCHEMA, type QueueName } from "./queues.ts";
import type { QueueConnection } from "./turns.ts";
import { WAKE } from "./wake.ts";

export interface JobKey {
  readonly queue: QueueName;
  readonly id: string;
}

/** Taking a job that was begun before counts a try. */
const ONCE_MORE = "(j.started_on IS NOT NULL)::int";

/**
 * Has a job that failed or was cancelled done again, at once and with all the tries of its queue. Tries are counted on,
 * so that what a lost worker may still say of an earlier one is told from the next; `triesBefore` says where to begin.
 * To be called with the job locked.
 */
export async function retryJob(connection: QueueConnection, { queue, id }: JobKey): Promise<boolean> {
  const { rows } = await connection.executeAsQueue(
    `WITH again AS (
       UPDATE ${QUEUE_SCHEMA}.job_common j SET state = 'retry', completed_on = NULL, heartbeat_on = NULL,
         start_after = now(), keep_until = now() + interval '14 days', deletion_seconds = q.deletion_seconds,
         retry_limit = j.retry_count + ${ONCE_MORE} + q.retry_limit,
         data = j.data || jsonb_build_object('triesBefore', j.retry_count + ${ONCE_MORE})
       FROM ${QUEUE_SCHEMA}.queue q
       WHERE j.name = $1 AND j.id = $2::uuid AND q.name = j.name AND j.state IN ('failed', 'cancelled')
       RETURNING j.name
     )
     SELECT ${WAKE} FROM again`,
    [queue, id],
  );
  return rows.length === 1;
}

/** Takes a job that waits or is being done away from whoever does it: its heartbeat tells them within seconds. */
export async function cancelJob(
  connection: QueueConnection,
  { queue, id, reason }: JobKey & { readonly reason: string },
): Promise<boolean> {
  const { rows } = await connection.executeAsQueue(
    `UPDATE ${QUEUE_SCHEMA}.job_common SET state = 'cancelled', completed_on = now(), heartbeat_on = NULL,
       output = jsonb_build_object('message', $3::text)
     WHERE name = $1 AND id = $2::uuid AND state < 'completed' RETURNING id`,
    [queue, id, reason],
  );
  return rows.length === 1;
}

/**
 * That a job failed for good is not to be told any more: it is done again.
 * @returns false where somebody is telling it just now.
 */
export async function withdrawAbandoned(connection: QueueConnection, id: string): Promise<boolean> {
  const { rows } = await connection.executeAsQueue(
    `WITH told AS (
       SELECT id, state FROM ${QUEUE_SCHEMA}.job_common
       WHERE source_root_id = $1::uuid AND name = 'abandoned' AND state < 'completed' FOR UPDATE),
     withdrawn AS (
       UPDATE ${QUEUE_SCHEMA}.job_common SET state = 'cancelled', completed_on = now()
       WHERE name = 'abandoned' AND id IN (SELECT id FROM told WHERE state < 'active'))
     SELECT FROM told WHERE state = 'active'`,
    [id],
  );
  return rows.length === 0;
}

/** How long one finds a job that failed for good, and can have it done again. */
export const FAILED_DAYS = 30;

/** Keeps a job that failed for good for longer than those that are done. */
export async function keepFailed(
  db: { executeSql(text: string, values?: unknown[]): Promise<unknown> },
  { queue, id }: { readonly queue: string; readonly id: string },
): Promise<void> {
  await db.executeSql(
    `UPDATE ${QUEUE_SCHEMA}.job_common SET deletion_seconds = ${FAILED_DAYS} * 86400
     WHERE name = $1 AND id = $2::uuid AND state = 'failed'`,
    [queue, id],
  );
}
