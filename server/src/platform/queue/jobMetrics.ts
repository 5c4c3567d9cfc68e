import { Counter, Histogram, type Registry } from "prom-client";
import { WORK_SECONDS } from "../metrics/buckets.ts";
import { type QueueName, queues } from "./queues.ts";

/** retried: it failed and is tried again; failed: for good; given_back: its worker stopped. */
export type JobOutcome = "done" | "retried" | "failed" | "given_back";

export interface JobMetrics {
  ended(queue: QueueName, outcome: JobOutcome, seconds: number): void;
}

export function jobMetrics(registry: Registry): JobMetrics {
  const jobs = new Counter({
    name: "magtrace_jobs_total",
    help: "Runs of jobs by queue and how they ended.",
    labelNames: ["queue", "outcome"] as const,
    registers: [registry],
  });
  const seconds = new Histogram({
    name: "magtrace_job_seconds",
    help: "How long runs of jobs took.",
    labelNames: ["queue"] as const,
    buckets: WORK_SECONDS,
    registers: [registry],
  });
  // What is not there before it first happens cannot be seen to grow.
  for (const queue of Object.keys(queues)) jobs.inc({ queue, outcome: "failed" }, 0);
  return {
    ended(queue, outcome, took) {
      jobs.inc({ queue, outcome });
      seconds.observe({ queue }, took);
    },
  };
}
