import type { JobQueue, JobState } from "@magtrace/contracts";
import { formatCount } from "../../ui/formatNumber.ts";

/** Kinds of work as people call them, in the order they are offered. */
export const QUEUE_WORDS: Record<JobQueue, string> = {
  ingest: "Reading files",
  assemble: "Joining long uploads",
  reread: "Reading files again",
  train: "Training",
  predict: "Predicting",
  import: "Importing projects",
  mail: "Sending mail",
  verify: "Checking the audit",
  abandoned: "Recording failures",
  sweep: "Nightly clean-up",
  expire: "Forgetting unfinished uploads",
  retention: "Applying retention",
  scrub: "Nightly check of stored files",
  look_again: "Checking unreadable files",
  anchor: "Sealing the audit",
};

export const STATE_WORDS: Record<JobState, string> = {
  waiting: "waiting",
  retrying: "to be tried again",
  active: "running",
  completed: "done",
  failed: "failed",
  cancelled: "cancelled",
};

export const STATE_COLORS: Record<JobState, string> = {
  waiting: "gray",
  retrying: "yellow",
  active: "steel",
  completed: "teal",
  failed: "red",
  cancelled: "orange",
};

/** The server counts no further. */
const MOST_COUNTED = 5_000;

/** "12", "5,000+"; "–" where it is not known. */
export function countWords(count: number | null): string {
  if (count === null) return "–";
  return count >= MOST_COUNTED ? `${formatCount(MOST_COUNTED)}+` : formatCount(count);
}
