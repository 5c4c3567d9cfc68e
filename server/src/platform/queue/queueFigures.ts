import { oldestDue } from "./queueStates.ts";
import { QUEUE_SCHEMA, type QueueName } from "./queues.ts";
import type { QueueConnection } from "./turns.ts";

/** No more jobs of a queue and a state are counted: a figure that high says enough, and costs no more than that. */
export const MOST_COUNTED = 5_000;

/** How a queue does. Counts end at MOST_COUNTED; ages and durations are in seconds, null where there is nothing. */
export interface QueueFiguresRow {
  readonly queue: QueueName;
  readonly waiting: number;
  readonly retrying: number;
  readonly active: number;
  readonly failed: number;
  readonly oldest_waiting_s: number | null;
  readonly done_last_hour: number;
  readonly done_last_day: number;
  readonly failed_last_hour: number;
  readonly failed_last_day: number;
  readonly median_s: number | null;
  readonly p95_s: number | null;
}

export async function queueFigures(
  connection: QueueConnection,
  queues: readonly QueueName[],
): Promise<QueueFiguresRow[]> {
  const { rows } = await connection.executeAsQueue(FIGURES, [queues]);
  return rows as unknown as QueueFiguresRow[];
}

const counted = (state: string) => `(SELECT count(*)::int FROM (
    SELECT FROM ${QUEUE_SCHEMA}.job_common WHERE name = q.queue AND state = '${state}' LIMIT ${MOST_COUNTED}) AS few)`;

/** Each part reads a range of an index: magtrace_jobs_listed, pg-boss's i14 by start_after, its i16 by completed_on. */
export const FIGURES = `
  SELECT q.queue, ${counted("created")} AS waiting, ${counted("retry")} AS retrying, ${counted("active")} AS active,
    ${counted("failed")} AS failed,
    date_part('epoch', now() - ${oldestDue("q.queue")}) AS oldest_waiting_s,
    ended.done_last_hour, ended.done_last_day, ended.failed_last_hour, ended.failed_last_day,
    ended.took[1] AS median_s, ended.took[2] AS p95_s
  FROM unnest($1::text[]) WITH ORDINALITY AS q (queue, place)
  CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE state = 'completed' AND recent)::int AS done_last_hour,
      count(*) FILTER (WHERE state = 'completed')::int AS done_last_day,
      count(*) FILTER (WHERE state = 'failed' AND recent)::int AS failed_last_hour,
      count(*) FILTER (WHERE state = 'failed')::int AS failed_last_day,
      percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY took)
        FILTER (WHERE state = 'completed' AND recent) AS took
    FROM (
      SELECT state, completed_on > now() - interval '1 hour' AS recent,
        date_part('epoch', completed_on - started_on) AS took
      FROM ${QUEUE_SCHEMA}.job_common
      WHERE name = q.queue AND completed_on > now() - interval '1 day'
      ORDER BY completed_on DESC LIMIT ${MOST_COUNTED}
    ) AS newest
  ) AS ended
  ORDER BY q.place`;
