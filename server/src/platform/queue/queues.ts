export const QUEUE_SCHEMA = "pgboss";

/** What a job carries: whose work it is, for whom, and the row it is about. Never data of users. */
export interface JobData {
  readonly organizationId: number;
  readonly projectId: number;
  readonly userId: number;
  /** The dataset, session, prediction … this job is for. */
  readonly id: number;
  /** The request that asked for it, for the audit. */
  readonly requestId?: string | null;
  /** Its own id in the queue, once it is run. */
  readonly jobId?: string;
  /** Of a mail: all of it, sealed. Neither the queue nor a backup of it shows an address or a link. */
  readonly sealed?: string;
}

/** A job's data as it lies in the queue: it says what it is, so that an abandoned one can be told. */
export interface QueuedJob extends JobData {
  readonly queue: QueueName;
  /** Of one that an administrator had done again: how often it had been begun until then. */
  readonly triesBefore?: number;
}

const DAY_SECONDS = 86_400;

/**
 * A worker proves every few seconds that it lives. One that has been silent for `heartbeatSeconds` has crashed: its
 * job is given to another, which goes on from what the first left behind.
 */
const longWork = {
  expireInSeconds: DAY_SECONDS - 1,
  heartbeatSeconds: 10,
  retryLimit: 10,
  retryDelay: 1,
  retryBackoff: true,
  retryDelayMax: 60,
  deleteAfterSeconds: 7 * DAY_SECONDS,
  notify: true,
  deadLetter: "abandoned",
} as const;

/** In the order they are made: a queue's dead letters go to one that exists. */
export const queues = {
  /** Jobs that failed for good: their rows have to say so. */
  abandoned: { ...longWork, deadLetter: undefined },
  ingest: longWork,
  /** Makes one file of the parts of a resumable upload. */
  assemble: longWork,
  /** Reads the file of a dataset again, with another mapping. */
  reread: longWork,
  train: longWork,
  predict: longWork,
  import: longWork,
  /** For half a day, and then it is of no use any more. Rows go with the sending; see mailJob.ts. */
  mail: {
    ...longWork,
    expireInSeconds: 120,
    retryLimit: 50,
    retryDelayMax: 900,
    deleteAfterSeconds: 3_600,
    deadLetter: undefined,
  },
  /** Recomputes a long chain of the audit. */
  verify: longWork,
  /** Once a night, by one worker; see `schedules`. */
  sweep: { ...longWork, retryLimit: 0, deadLetter: undefined },
  /** Every quarter of an hour, by one worker: forgets resumable uploads that nobody goes on with. */
  expire: { ...longWork, retryLimit: 0, deadLetter: undefined },
  /** Once a night, by one worker: what organisations keep no longer. */
  retention: { ...longWork, retryLimit: 0, deadLetter: undefined },
  /** Once a night, by one worker: reads a part of all objects. */
  scrub: { ...longWork, retryLimit: 0, deadLetter: undefined },
  /** Every five minutes, by one worker: reads what somebody could not read once more. */
  look_again: { ...longWork, retryLimit: 0, deadLetter: undefined },
  /** Every ten minutes, by one worker: seals where the audit's chains end. */
  anchor: { ...longWork, retryLimit: 0, deadLetter: undefined },
} as const;

export type QueueName = keyof typeof queues;

/** Work that may keep a processor busy for seconds, or need much memory: each job has a process to itself. */
export const heavyQueues = [
  "abandoned",
  "ingest",
  "assemble",
  "reread",
  "train",
  "predict",
  "import",
  "verify",
  "sweep",
  "retention",
  "scrub",
  "look_again",
] as const;
export type HeavyQueue = (typeof heavyQueues)[number];

/** Somebody looks at the page until these are done: they go before the other heavy ones. */
export const awaitedQueues: ReadonlySet<QueueName> = new Set<QueueName>([
  "ingest",
  "assemble",
  "reread",
  "predict",
]);

/** Of these nothing is kept once they are done. */
export const leavesNothing: ReadonlySet<QueueName> = new Set<QueueName>(["mail"]);

/** Work that comes by itself, as cron lines in UTC; once at the start where its time passed while no worker ran. */
export const schedules: Partial<Record<QueueName, string>> = {
  sweep: "17 3 * * *",
  expire: "*/15 * * * *",
  retention: "47 2 * * *",
  scrub: "47 3 * * *",
  look_again: "*/5 * * * *",
  anchor: "*/10 * * * *",
};
