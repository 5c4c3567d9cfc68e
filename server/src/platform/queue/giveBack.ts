import type { JobWithMetadata } from "pg-boss";
import { QUEUE_SCHEMA } from "./queues.ts";
import { WAKE } from "./wake.ts";

interface QueueDb {
  executeSql(text: string, values?: unknown[]): Promise<unknown>;
}

/**
 * Gives a job that was begun to another worker, at once and without using up one of its tries: a worker that is stopped
 * in order is no fault of the job's. The claim stays counted, so that what the stopped worker may still say of the job
 * is told from the next one's; instead the job may be tried once more. (pg-boss's `restore` counts nothing, and then
 * cannot tell the two.)
 */
export async function giveBack(
  db: QueueDb,
  queue: string,
  { id, retryCount }: Pick<JobWithMetadata, "id" | "retryCount">,
): Promise<void> {
  await db.executeSql(
    `WITH given AS (
       UPDATE ${QUEUE_SCHEMA}.job_common SET state = 'retry', retry_limit = retry_limit + 1, heartbeat_on = NULL
       WHERE name = $1 AND id = $2 AND state = 'active' AND retry_count = $3
       RETURNING name
     )
     SELECT ${WAKE} FROM given`,
    [queue, id, retryCount],
  );
}
