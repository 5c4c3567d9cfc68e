import type { JobWithMetadata } from "pg-boss";
import type { Log } from "../logs/log.ts";
import { startBoss } from "./boss.ts";
import { keepFailed } from "./changeJob.ts";
import { giveBack } from "./giveBack.ts";
import type { JobMetrics, JobOutcome } from "./jobMetrics.ts";
import type { JobContext, JobHandler } from "./queue.ts";
import { leavesNothing, type QueuedJob, type QueueName, schedules } from "./queues.ts";

export interface JobRunnerOptions {
  readonly url: string;
  readonly log: Log;
  /** Jobs of each kind side by side. */
  readonly concurrency: number;
  readonly metrics?: JobMetrics;
  /** Jobs of a queue that is not named here are left to others. */
  readonly handlers: Readonly<Partial<Record<QueueName, JobHandler>>>;
}

export interface JobRunner {
  /** Takes no more jobs, aborts those under way, waits for them and gives them back: another worker runs them. */
  stop(): Promise<void>;
}

/** Longer than a job's process may take to end: see jobProcesses.ts. */
const STOP_GRACE_MS = 8_000;

/**
 * A job that is sent wakes the workers of its queue, and a worker that is done with one looks for the next at once. Only
 * a job that waits to be tried again is found by looking now and then.
 */
const LOOK_EVERY_SECONDS = 3;

export async function startRunner({
  url,
  log,
  concurrency,
  metrics,
  handlers,
}: JobRunnerOptions): Promise<JobRunner> {
  const boss = await startBoss(
    {
      connectionString: url,
      max: 6,
      useListenNotify: true,
      // How soon it is seen that a worker no longer proves that it lives.
      superviseIntervalSeconds: 2,
      monitorIntervalSeconds: 2,
      queueCacheIntervalSeconds: 10,
      schedule: true,
    },
    log,
  );
  const nobody = { organizationId: 0, projectId: 0, userId: 0, id: 0 };
  for (const [queue, cron] of Object.entries(schedules) as [QueueName, string][]) {
    await boss.schedule(queue, cron, { ...nobody, queue } satisfies QueuedJob, { missed: "once" });
  }
  const stopping = new AbortController();

  async function run(name: QueueName, job: JobWithMetadata<QueuedJob>, handler: JobHandler): Promise<void> {
    const attempt = job.retryCount - (job.data.triesBefore ?? 0);
    const jobLog = log.child({ job_id: job.id, queue: name, subject: job.data.id });
    const context: JobContext = {
      jobId: job.id,
      attempt,
      signal: AbortSignal.any([job.signal, stopping.signal]),
      log: jobLog,
    };
    const begun = performance.now();
    const ended = (outcome: JobOutcome) => metrics?.ended(name, outcome, (performance.now() - begun) / 1000);
    jobLog.info({ attempt }, "job started");
    try {
      stopping.signal.throwIfAborted();
      await handler({ ...job.data, jobId: job.id }, context);
      if (leavesNothing.has(name)) await boss.deleteJob(name, job.id);
      const { sourceName: queue, sourceId: id } = job;
      if (queue !== null && id !== null) await keepFailed(boss.getDb(), { queue, id });
      ended("done");
      jobLog.info({ duration_ms: Math.round(performance.now() - begun) }, "job finished");
    } catch (error) {
      if (stopping.signal.aborted) {
        ended("given_back");
        await giveBack(boss.getDb(), name, job);
        jobLog.info("job given back");
      } else {
        ended(job.retryCount < job.retryLimit ? "retried" : "failed");
        jobLog.error({ err: error, attempts_left: job.retryLimit - job.retryCount }, "job failed");
      }
      throw error;
    }
  }

  async function takeJobs(name: QueueName, handler: JobHandler): Promise<void> {
    const options = {
      pollingIntervalSeconds: 1,
      notifyPollingIntervalSeconds: LOOK_EVERY_SECONDS,
      heartbeatRefreshSeconds: 3,
      includeMetadata: true,
    } as const;
    const worker = { id: "" };
    worker.id = await boss.work<QueuedJob, void, typeof options>(name, options, async ([job]) => {
      if (!job) return;
      try {
        await run(name, job, handler);
      } finally {
        boss.notifyWorker(worker.id);
      }
    });
  }

  for (const [name, handler] of Object.entries(handlers) as [QueueName, JobHandler][]) {
    for (let side = 0; side < concurrency; side++) await takeJobs(name, handler);
  }
  return {
    async stop() {
      // Before the jobs under way are given back: they are not for us.
      await Promise.all(Object.keys(handlers).map((name) => boss.offWork(name, { wait: false })));
      stopping.abort(new Error("the worker is stopping"));
      await boss.stop({ graceful: true, timeout: STOP_GRACE_MS });
    },
  };
}
