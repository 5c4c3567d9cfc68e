import { writeFileSync } from "node:fs";
import type { Log } from "../logs/log.ts";
import type { MetricsSnapshot } from "../metrics/metrics.ts";
import { type FromJobProcess, serializeError, type ToJobProcess } from "./processMessages.ts";
import type { JobHandler } from "./queue.ts";
import type { QueueName } from "./queues.ts";

export interface ServedJobs {
  readonly log: Log;
  /** All that this process has counted; null where nobody is to know. */
  readonly metrics?: (() => Promise<MetricsSnapshot>) | null;
  readonly handlers: Partial<Record<QueueName, JobHandler>>;
}

/**
 * Makes this process run jobs for the worker that started it, one after the other, until that worker releases it or is
 * gone.
 *
 * @param open Makes what jobs are run with, of the settings this process is handed; once.
 */
export function serveJobs<Settings>(open: (settings: Settings) => Promise<ServedJobs>): void {
  dieFirst();
  let served: Promise<ServedJobs> | undefined;
  let running = new AbortController();

  async function run({
    queue,
    job,
    jobId,
    attempt,
  }: ToJobProcess & { kind: "run" }): Promise<FromJobProcess> {
    const { signal } = running;
    try {
      const { log, handlers } = await served!;
      const handler = handlers[queue];
      if (!handler) throw new Error(`no job of the queue ${queue} is run in a process of its own`);
      signal.throwIfAborted();
      const jobLog = log.child({ job_id: jobId, queue, subject: job.id });
      await handler(job, { jobId, attempt, signal, log: jobLog });
      return { kind: "done" };
    } catch (error) {
      return { kind: "failed", error: serializeError(error) };
    }
  }

  process.on("message", async (message: ToJobProcess) => {
    if (message.kind === "start") {
      served = open(message.settings as Settings);
      // Its failure is sent to the worker that waits for it.
      served.catch(() => {});
    } else if (message.kind === "abort") {
      running.abort(new Error(message.reason));
    } else {
      running = new AbortController();
      const answer = await run(message);
      // What could not be opened may be by the next process: this one would fail every job it is given.
      const isOpen = await served!.then(
        () => true,
        () => false,
      );
      const metrics = isOpen ? await (await served!).metrics?.() : undefined;
      process.send?.({ ...answer, metrics } satisfies FromJobProcess, () => {
        if (!isOpen) process.exit(1);
      });
    }
  });
  process.on("disconnect", () => process.exit(0));
  // The worker is asked to stop, and tells us; a terminal and a service manager ask all its processes at once.
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => {});
}

const EXPENDABLE = "500";

/** Where the machine runs out of memory, Linux ends a job, which is tried again, and nothing else. */
function dieFirst(): void {
  try {
    if (process.platform === "linux") writeFileSync("/proc/self/oom_score_adj", EXPENDABLE);
  } catch {
    // Not everywhere may one say so.
  }
}
