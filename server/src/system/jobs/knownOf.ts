import { sql } from "kysely";
import { type AccountsDb, rows } from "../../platform/database/inAccounts.ts";
import type { ListedJob } from "../../platform/queue/listedJobs.ts";
import type { Known } from "./jobOf.ts";

interface Named {
  readonly id: number;
  readonly name: string;
}

/** Names of those whose jobs these are, and how far the work is: three look-ups by id. */
export async function knownOf(db: AccountsDb, jobs: readonly ListedJob[]): Promise<Known> {
  const idsOf = (read: (job: ListedJob) => number) => [...new Set(jobs.map(read).filter((id) => id > 0))];
  const activeOf = (queue: string) =>
    jobs.flatMap((job) => (job.queue === queue && job.state === "active" ? [job.data.id] : []));
  const organizations = await rows<Named>(
    db,
    sql`SELECT id, name FROM organizations WHERE id = ANY (${idsOf(({ data }) => data.organizationId)}::int[])`,
  );
  const users = await rows<Named>(
    db,
    sql`SELECT id, name FROM users WHERE id = ANY (${idsOf(({ data }) => data.userId)}::int[])`,
  );
  const progress = await rows<{ queue: string; id: number; progress: number }>(
    db,
    sql`SELECT queue, id, progress FROM magtrace.job_progress(${activeOf("ingest")}::bigint[],
          ${activeOf("train")}::bigint[], ${activeOf("predict")}::bigint[], ${activeOf("verify")}::bigint[])`,
  );
  return {
    organizations: new Map(organizations.map(({ id, name }) => [id, name])),
    users: new Map(users.map(({ id, name }) => [id, name])),
    progress: new Map(progress.map(({ queue, id, progress }) => [`${queue} ${id}`, progress])),
  };
}
