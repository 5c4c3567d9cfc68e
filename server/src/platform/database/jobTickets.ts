import type pg from "pg";
import { preparedRow } from "./inAccounts.ts";

/** Who asked for a job, and where it works. */
export interface JobOwner {
  readonly userId: number;
  readonly organizationId: number;
  readonly projectId: number;
}

/** Tickets for work in the background; the database signs them for the accounts role alone. */
export type JobTickets = (job: JobOwner) => Promise<string>;

/** The database's are good for a day. */
const KEPT_MS = 3_600_000;
const MOST_KEPT = 1_000;

export function jobTickets(accounts: pg.Pool): JobTickets {
  const kept = new Map<string, { readonly text: Promise<string>; readonly since: number }>();

  async function issue({ userId, organizationId, projectId }: JobOwner): Promise<string> {
    const row = await preparedRow<{ ticket: string }>(accounts, {
      name: "job_ticket",
      text: "SELECT access.job_ticket($1, $2, $3) AS ticket",
      values: [userId, organizationId, projectId],
    });
    return row!.ticket;
  }

  return (job) => {
    const key = `${job.userId}/${job.organizationId}/${job.projectId}`;
    const found = kept.get(key);
    if (found && performance.now() - found.since < KEPT_MS) return found.text;
    const text = issue(job);
    text.catch(() => kept.delete(key));
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(key, { text, since: performance.now() });
    return text;
  };
}
