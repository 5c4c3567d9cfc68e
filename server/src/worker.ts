import { archivedTables } from "./archivedTables.ts";
import { anchorChains } from "./audit/anchorChains.ts";
import type { Config } from "./config.ts";
import { abandonIngest, ingestJob } from "./datasets/jobs.ts";
import { SeriesCache } from "./datasets/seriesCache.ts";
import { openPlatform, type PlatformOptions } from "./platform/openPlatform.ts";
import { type JobHandler, startRunner } from "./platform/queue/queue.ts";
import type { QueueName } from "./platform/queue/queues.ts";
import { abandonPrediction, predictJob } from "./predictions/jobs.ts";
import { abandonImport, importJob } from "./projects/archive/importing/importJob.ts";
import { sweep } from "./system/sweep.ts";
import { abandonTraining, trainJob } from "./training/jobs.ts";
import { createTreePool } from "./training/running/treePool.ts";

export interface Worker {
  /** Jobs under way are given back; another worker goes on with them. */
  stop(): Promise<void>;
}

/** One worker process. It never answers a user. */
export async function startWorker(config: Config, options: PlatformOptions = {}): Promise<Worker> {
  const platform = await openPlatform(config, "worker", options);
  const pool = createTreePool(config.WORKER_THREADS || undefined);
  const series = new SeriesCache(platform.deps.objects);
  const deps = { ...platform.deps, series, runTrees: pool.runTrees };
  const abandon: Partial<Record<QueueName, JobHandler>> = {
    ingest: (job) => abandonIngest(deps, job),
    train: (job) => abandonTraining(deps, job),
    predict: (job) => abandonPrediction(deps, job),
    import: (job) => abandonImport(deps, job),
  };
  const sweepDeps = {
    accountsPool: platform.accountsPool,
    objects: deps.objects,
    objectRows: platform.objectRows,
    log: deps.log,
  };
  const runner = await startRunner({
    url: config.DATABASE_DIRECT_URL || platform.urls.queue,
    log: deps.log,
    concurrency: config.WORKER_CONCURRENCY,
    handlers: {
      ingest: (job, context) => ingestJob(deps, job, context),
      train: (job, context) => trainJob(deps, job, context),
      predict: (job, context) => predictJob(deps, job, context),
      import: (job, context) => importJob(deps, archivedTables, job, context),
      sweep: async () => {
        await sweep(sweepDeps, Date.now());
      },
      anchor: async () => {
        await anchorChains({
          accountsPool: platform.accountsPool,
          auditSecret: platform.auditSecret,
          log: deps.log,
        });
      },
      abandoned: async (job, context) => {
        await abandon[job.queue]?.(job, context);
      },
    },
  });
  deps.log.info("worker takes jobs");
  return {
    async stop() {
      await runner.stop();
      await pool.close();
      await series.close();
      await platform.close();
      deps.log.info("worker stopped");
    },
  };
}
