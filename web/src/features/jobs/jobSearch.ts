import type { JobQueue, JobState } from "@magtrace/contracts";
import { text, whole } from "../../app/routes/readAddress.ts";
import { QUEUE_WORDS, STATE_WORDS } from "./jobWords.ts";

/** What the jobs page shows, as it stands in its address. */
export interface JobSearch {
  readonly queue?: JobQueue | undefined;
  readonly state?: JobState | undefined;
  readonly organization?: number | undefined;
  /** Where the page begins; the newest without. */
  readonly before?: string | undefined;
  /** The job whose details are open. */
  readonly job?: string | undefined;
}

export const isQueue = (value: unknown): value is JobQueue =>
  typeof value === "string" && Object.hasOwn(QUEUE_WORDS, value);
export const isState = (value: unknown): value is JobState =>
  typeof value === "string" && Object.hasOwn(STATE_WORDS, value);

/** What of an address's query the page understands; the rest is left out. */
export function readJobSearch(search: Record<string, unknown>): JobSearch {
  return {
    queue: isQueue(search.queue) ? search.queue : undefined,
    state: isState(search.state) ? search.state : undefined,
    organization: whole(search.organization) || undefined,
    before: text(search.before),
    job: text(search.job),
  };
}
