import type { Job, JobQueue, JobState } from "@magtrace/contracts";
import type { ListedJob, StoredState } from "../../platform/queue/listedJobs.ts";
import type { QueueName } from "../../platform/queue/queues.ts";

export const stateOf: Record<StoredState, JobState> = {
  created: "waiting",
  retry: "retrying",
  active: "active",
  completed: "completed",
  cancelled: "cancelled",
  failed: "failed",
};

/** What a job of a queue is about. The others are about no row, or about nobody's. */
const SUBJECTS: Partial<Record<QueueName, string>> = {
  ingest: "dataset",
  assemble: "upload",
  reread: "reading",
  train: "training session",
  predict: "prediction",
  import: "project",
  verify: "check of the audit",
};

/** What is known of jobs outside of the queue. */
export interface Known {
  readonly organizations: ReadonlyMap<number, string>;
  readonly users: ReadonlyMap<number, string>;
  /** Percent, by queue and id: `train 12`. */
  readonly progress: ReadonlyMap<string, number>;
}

export function subjectOf({ queue, data }: Pick<ListedJob, "queue" | "data">): string | null {
  const about = SUBJECTS[queue === "abandoned" ? (data.queue ?? queue) : queue];
  return about === undefined ? null : `${about} ${data.id}`;
}

export const canRetry = ({ state }: Pick<ListedJob, "state">) => state === "failed" || state === "cancelled";

/** That work failed for good has to be told its row: nobody keeps it from that. */
export const canCancel = ({ state, queue }: Pick<ListedJob, "state" | "queue">) =>
  queue !== "abandoned" && (state === "created" || state === "retry" || state === "active");

/** A job as the interface gives it. */
export function jobOf(job: ListedJob, known: Known, nowMs: number): Job {
  const { data, queue, state } = job;
  const before = data.triesBefore ?? 0;
  // 0: of the installation, by nobody.
  const organization = data.organizationId || null;
  const user = data.userId || null;
  const isWaiting = state === "created" || state === "retry";
  return {
    id: job.id,
    queue: queue satisfies JobQueue,
    state: stateOf[state],
    created_at: job.created_on.toISOString(),
    started_at: job.started_on?.toISOString() ?? null,
    finished_at: job.completed_on?.toISOString() ?? null,
    run_after: isWaiting && job.start_after.getTime() > nowMs ? job.start_after.toISOString() : null,
    tries: job.started_on === null ? 0 : job.retry_count + 1 - before,
    most_tries: job.retry_limit + 1 - before,
    organization,
    organization_name: known.organizations.get(data.organizationId) ?? null,
    project: data.projectId || null,
    user,
    user_name: known.users.get(data.userId) ?? null,
    subject: subjectOf(job),
    progress: state === "active" ? (known.progress.get(`${queue} ${data.id}`) ?? null) : null,
    error: job.message === null ? null : shortError(job.message),
    expires_at:
      job.completed_on === null
        ? null
        : new Date(job.completed_on.getTime() + 1_000 * job.deletion_seconds).toISOString(),
    can_retry: canRetry(job),
    can_cancel: canCancel(job),
  };
}

const LONGEST = 300;

/** The first line, without what may be an address, or who signs in somewhere by which password. */
export function shortError(message: string): string {
  const [line = ""] = message.trim().split("\n", 1);
  const plain = line.replace(/[^\s<>"'(]*@[^\s<>"')]*/g, "…");
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST - 1)}…` : plain;
}
