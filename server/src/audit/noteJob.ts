import type { QueueConnection } from "../platform/queue/turns.ts";

export interface JobNote {
  readonly verb: "retry" | "cancel";
  readonly queue: string;
  readonly id: string;
  /** 0: work of the installation. */
  readonly organizationId: number;
  readonly projectId: number;
  /** The state it was in. */
  readonly was: string;
}

/** An audit entry of what the transaction's author did to a job. */
export async function noteJob(connection: QueueConnection, note: JobNote): Promise<void> {
  const { verb, queue, id, organizationId, projectId, was } = note;
  await connection.executeAsQueue(
    "SELECT audit.note_job($1::text, $2::text, $3::uuid, $4::integer, $5::bigint, $6::text)",
    [verb, queue, id, organizationId, projectId, was],
  );
}
