import { ORGANIZATION_OF_GROUP } from "./jobIndices.ts";
import { type JobData, QUEUE_SCHEMA, type QueueName } from "./queues.ts";
import type { QueueConnection } from "./turns.ts";

/** As pg-boss names them. */
export type StoredState = "created" | "retry" | "active" | "completed" | "cancelled" | "failed";

/** A job as it lies in the queue, without what it carries sealed. */
export interface ListedJob {
  readonly id: string;
  readonly queue: QueueName;
  readonly state: StoredState;
  readonly data: Omit<JobData, "sealed"> & { readonly queue?: QueueName; readonly triesBefore?: number };
  readonly created_on: Date;
  /** Microseconds since 1970, as a cursor has it. */
  readonly created_us: string;
  readonly start_after: Date;
  readonly started_on: Date | null;
  readonly completed_on: Date | null;
  readonly retry_count: number;
  readonly retry_limit: number;
  readonly deletion_seconds: number;
  readonly message: string | null;
}

export interface JobFilter {
  readonly queues: readonly QueueName[];
  readonly states: readonly StoredState[];
  readonly organizationId: number | null;
  readonly limit: number;
  /** Only those made before this one. */
  readonly before: { readonly createdUs: string; readonly id: string } | null;
}

const COLUMNS = `j.id, j.name AS queue, j.state::text AS state, j.data - 'sealed' AS data, j.created_on,
  (extract(epoch FROM j.created_on) * 1000000)::bigint::text AS created_us, j.start_after, j.started_on, j.completed_on,
  j.retry_count, j.retry_limit, j.deletion_seconds,
  coalesce(j.output ->> 'message', j.output #>> '{value,message}') AS message`;

/** The newest first. Of each queue and state a page is read by its index, and the newest of them are taken. */
export async function listJobs(connection: QueueConnection, filter: JobFilter): Promise<ListedJob[]> {
  const { queues, states, organizationId, before } = filter;
  const { rows } = await connection.executeAsQueue(jobsStatement(filter), [
    queues,
    states,
    before?.createdUs ?? LAST_US,
    before?.id ?? LAST_ID,
    ...(organizationId === null ? [] : [String(organizationId)]),
  ]);
  return rows as unknown as ListedJob[];
}

/** The year 9999. */
const LAST_US = "253402300799000000";
const LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff";

/** How many it is stands in the statement: unknown, a page would be sorted out of all there is. */
export function jobsStatement({
  organizationId,
  limit,
}: Pick<JobFilter, "organizationId" | "limit">): string {
  const page = Math.max(1, Math.trunc(limit));
  const whose =
    organizationId === null ? "" : `AND group_id IS NOT NULL AND ${ORGANIZATION_OF_GROUP} = $5::text`;
  return `
  SELECT ${COLUMNS} FROM unnest($1::text[]) AS q (name)
  CROSS JOIN unnest($2::text[]) AS s (state)
  CROSS JOIN LATERAL (
    SELECT * FROM ${QUEUE_SCHEMA}.job_common
    WHERE name = q.name AND state = s.state::${QUEUE_SCHEMA}.job_state ${whose}
      AND (created_on, id) < (to_timestamp(0) + $3::bigint * interval '1 microsecond', $4::uuid)
    ORDER BY created_on DESC, id DESC LIMIT ${page}
  ) AS j
  ORDER BY j.created_on DESC, j.id DESC LIMIT ${page}`;
}

/** @param lock "forUpdate": nobody else changes it until the transaction ends. */
export async function findJob(
  connection: QueueConnection,
  queues: readonly QueueName[],
  { id, lock = "read" }: { readonly id: string; readonly lock?: "forUpdate" | "read" },
): Promise<ListedJob | undefined> {
  const { rows } = await connection.executeAsQueue(
    `SELECT ${COLUMNS} FROM ${QUEUE_SCHEMA}.job_common j WHERE j.name = ANY ($1::text[]) AND j.id = $2::uuid
     ${lock === "forUpdate" ? "FOR UPDATE" : ""}`,
    [queues, id],
  );
  return rows[0] as unknown as ListedJob | undefined;
}
