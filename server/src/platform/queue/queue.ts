import type { Log } from "../logs/log.ts";
import type { QueuedJob } from "./queues.ts";

export interface JobContext {
  readonly jobId: string;
  /** How many times this job was begun before: 0 on the first run. */
  readonly attempt: number;
  /** Aborted when the worker is asked to stop, or when the job was given to another worker. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

export type JobHandler = (data: QueuedJob, context: JobContext) => Promise<void>;
