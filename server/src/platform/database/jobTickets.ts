import { LRUCache } from "lru-cache";
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
  return keptTickets(async ({ userId, organizationId, projectId }) => {
    const row = await preparedRow<{ ticket: string }>(accounts, {
      name: "job_ticket",
      text: "SELECT access.job_ticket($1, $2, $3) AS ticket",
      values: [userId, organizationId, projectId],
    });
    return row!.ticket;
  });
}

/** Issues each ticket once an hour; one that could not be issued is asked for again the next time. */
export function keptTickets(issue: JobTickets): JobTickets {
  const kept = new LRUCache<string, Promise<string>>({ max: MOST_KEPT, ttl: KEPT_MS, ttlResolution: 0 });
  return (job) => {
    const key = `${job.userId}/${job.organizationId}/${job.projectId}`;
    const found = kept.get(key);
    if (found) return found;
    const text = issue(job);
    text.catch(() => kept.delete(key));
    kept.set(key, text);
    return text;
  };
}
