import { PgBoss } from "pg-boss";
import type { Transaction } from "../database/transaction.ts";
import type { Log } from "../logs/log.ts";
import { QUEUE_SCHEMA } from "./install.ts";
import { type JobData, type QueuedJob, type QueueName, queues, schedules } from "./queues.ts";

export interface JobContext {
  readonly jobId: string;
  /** How many times this job was begun before: 0 on the first run. */
  readonly attempt: number;
  /** Aborted when the worker is asked to stop. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

export type JobHandler = (data: QueuedJob, context: JobContext) => Promise<void>;

/** A job is enqueued in the transaction that makes the row it is for: neither exists without the other. */
export interface JobSender {
  send(tx: Transaction, name: QueueName, data: JobData): Promise<void>;
  stop(): Promise<void>;
}

export async function startSender(url: string, log: Log): Promise<JobSender> {
  const boss = await startBoss({ connectionString: url, max: 2, supervise: false, schedule: false }, log);
  return {
    async send(tx, name, data) {
      const id = await boss.send(
        name,
        { ...data, queue: name, requestId: tx.author.requestId } satisfies QueuedJob,
        {
          db: { executeSql: (text, values) => tx.executeAsQueue(text, values) },
        },
      );
      if (id === null) throw new Error(`the queue ${name} took no job`);
    },
    stop: () => boss.stop({ graceful: false }),
  };
}

export interface JobRunnerOptions {
  readonly url: string;
  readonly log: Log;
  /** Jobs of each kind side by side. */
  readonly concurrency: number;
  readonly handlers: Readonly<Record<QueueName, JobHandler>>;
}

export interface JobRunner {
  /** Takes no more jobs, aborts those under way (they are run again by another worker) and waits for them. */
  stop(): Promise<void>;
}

const STOP_GRACE_MS = 8_000;

export async function startRunner({ url, log, concurrency, handlers }: JobRunnerOptions): Promise<JobRunner> {
  const boss = await startBoss(
    {
      connectionString: url,
      max: 6,
      useListenNotify: true,
      superviseIntervalSeconds: 5,
      monitorIntervalSeconds: 5,
      queueCacheIntervalSeconds: 10,
      schedule: true,
    },
    log,
  );
  for (const [queue, cron] of Object.entries(schedules) as [QueueName, string][]) {
    await boss.schedule(queue, cron, {
      queue,
      organizationId: 0,
      projectId: 0,
      userId: 0,
      id: 0,
    } satisfies QueuedJob);
  }
  const stopping = new AbortController();
  for (const name of Object.keys(queues) as QueueName[]) {
    const options = {
      localConcurrency: concurrency,
      pollingIntervalSeconds: 1,
      notifyPollingIntervalSeconds: 5,
      heartbeatRefreshSeconds: 3,
      includeMetadata: true,
    } as const;
    await boss.work<QueuedJob, void, typeof options>(name, options, async ([job]) => {
      if (!job) return;
      const jobLog = log.child({ job_id: job.id, queue: name, subject: job.data.id });
      const context: JobContext = {
        jobId: job.id,
        attempt: job.retryCount,
        signal: AbortSignal.any([job.signal, stopping.signal]),
        log: jobLog,
      };
      const begun = performance.now();
      jobLog.info({ attempt: job.retryCount }, "job started");
      try {
        await handlers[name]({ ...job.data, jobId: job.id }, context);
        jobLog.info({ duration_ms: Math.round(performance.now() - begun) }, "job finished");
      } catch (error) {
        jobLog.error({ err: error, attempts_left: job.retryLimit - job.retryCount }, "job failed");
        throw error;
      }
    });
  }
  return {
    async stop() {
      stopping.abort(new Error("the worker is stopping"));
      await boss.stop({ graceful: true, timeout: STOP_GRACE_MS });
    },
  };
}

async function startBoss(
  options: ConstructorParameters<typeof PgBoss>[0] & object,
  log: Log,
): Promise<PgBoss> {
  const boss = new PgBoss({
    ...options,
    schema: QUEUE_SCHEMA,
    migrate: false,
    createSchema: false,
    reindex: false,
  });
  boss.on("error", (error) => log.error({ err: error }, "queue error"));
  boss.on("warning", (warning) => log.warn({ warning }, "queue warning"));
  return boss.start();
}
