import { fileURLToPath } from "node:url";
import { anchorChains } from "./audit/anchorChains.ts";
import { startSequencer } from "./audit/sequencer.ts";
import type { Config } from "./config.ts";
import { expireUploads } from "./datasets/uploads/expireUploads.ts";
import { heavyJobs } from "./heavyJobs.ts";
import { mailJob } from "./platform/mail/mailJob.ts";
import { openSmtp, type SmtpSender } from "./platform/mail/smtp.ts";
import { listUnreadable } from "./platform/objects/rows/unreadable.ts";
import { openPlatform, type PlatformOptions } from "./platform/openPlatform.ts";
import { jobMetrics } from "./platform/queue/jobMetrics.ts";
import { createJobProcesses } from "./platform/queue/jobProcesses.ts";
import type { JobHandler } from "./platform/queue/queue.ts";
import { awaitedQueues, type HeavyQueue, heavyQueues } from "./platform/queue/queues.ts";
import { startRunner } from "./platform/queue/runner.ts";

export interface Worker {
  /** Jobs under way are given back; another worker goes on with them. */
  stop(): Promise<void>;
}

/**
 * Where processors are few, whoever waits for an answer comes first: the api, PostgreSQL and the worker's heartbeats, then
 * files that are being read, then trainings.
 */
const NICENESS = { awaited: 5, patient: 15 } as const;

const program = fileURLToPath(new URL("./jobProcess.ts", import.meta.url));

/**
 * One worker. It never answers a user. This process takes jobs, proves that they are being worked on, and does the light
 * ones; heavy ones are done by processes of its own.
 */
export async function startWorker(config: Config, options: PlatformOptions = {}): Promise<Worker> {
  const platform = await openPlatform(config, "worker", {
    ...options,
    announcesKeys: true,
    servesMetrics: true,
  });
  const { deps, urls, accountsPool, auditSecret, mailSecret, close } = platform;
  const started = { program, settings: config, counted: platform.otherProcesses };
  const processes = {
    awaited: createJobProcesses({ ...started, niceness: NICENESS.awaited }),
    patient: createJobProcesses({ ...started, niceness: NICENESS.patient }),
  };
  // A store that a test keeps in its own memory is in no other process.
  const heavy = options.store
    ? heavyJobs(platform, config)
    : (Object.fromEntries(
        heavyQueues.map((name) => [
          name,
          processes[awaitedQueues.has(name) ? "awaited" : "patient"].handlerOf(name),
        ]),
      ) as Record<HeavyQueue, JobHandler>);
  const smtp: SmtpSender | null =
    config.SMTP_URL === "" ? null : openSmtp({ smtpUrl: config.SMTP_URL, from: config.MAIL_FROM });
  const sequencer = startSequencer({ accountsPool, log: deps.log });
  const runner = await startRunner({
    url: config.DATABASE_DIRECT_URL || urls.queue,
    log: deps.log,
    metrics: jobMetrics(deps.metrics.registry),
    concurrency: config.WORKER_CONCURRENCY,
    handlers: {
      ...heavy,
      ...(smtp && { mail: mailJob(smtp, mailSecret) }),
      expire: async () => {
        const { objects, log } = deps;
        const keepHours = config.UPLOAD_KEEP_HOURS;
        await expireUploads({ accountsPool, objects, log, keepHours }, Date.now());
      },
      look_again: async (job, context) => {
        // Nearly always there is nothing to look at, and no process is begun.
        if ((await listUnreadable(accountsPool, 1)).length > 0) await heavy.look_again(job, context);
      },
      anchor: async () => {
        await anchorChains({ accountsPool, auditSecret, log: deps.log, metrics: deps.metrics });
      },
    },
  });
  deps.log.info("worker takes jobs");
  return {
    async stop() {
      await runner.stop();
      await sequencer.stop();
      await Promise.all([processes.awaited.close(), processes.patient.close()]);
      smtp?.close();
      await close();
      deps.log.info("worker stopped");
    },
  };
}
