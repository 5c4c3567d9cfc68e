import type { Config } from "./config.ts";
import type { SeriesCache } from "./datasets/seriesCache.ts";
import type { Platform } from "./platform/openPlatform.ts";
import type { JobHandler } from "./platform/queue/queue.ts";
import type { HeavyQueue, QueueName } from "./platform/queue/queues.ts";
import type { TreePool } from "./training/running/treePool.ts";

/** What is done of each heavy queue's jobs. Each kind of work is loaded when the first of it comes. */
export function heavyJobs(platform: Platform, config: Config): Record<HeavyQueue, JobHandler> {
  const { deps, accountsPool, auditSecret, objectRows } = platform;
  let seriesCache: SeriesCache | undefined;
  let treePool: TreePool | undefined;

  async function series(): Promise<SeriesCache> {
    const { SeriesCache } = await import("./datasets/seriesCache.ts");
    seriesCache ??= new SeriesCache(deps.objects);
    return seriesCache;
  }

  // The data of an abandoned job says which queue it was in.
  const abandon: Partial<Record<QueueName, JobHandler>> = {
    ingest: async (job) => (await import("./datasets/jobs.ts")).abandonIngest(deps, job),
    reread: async (job) => (await import("./datasets/rereads/rereadJob.ts")).abandonReread(deps, job),
    train: async (job) => (await import("./training/jobs.ts")).abandonTraining(deps, job),
    predict: async (job) => (await import("./predictions/jobs.ts")).abandonPrediction(deps, job),
    import: async (job) =>
      (await import("./projects/archive/importing/importJob.ts")).abandonImport(deps, job),
    verify: async (job) =>
      (await import("./audit/checkJob.ts")).abandonCheck({ accountsPool, auditSecret }, job),
  };

  return {
    ingest: async (job, context) => {
      const { ingestJob } = await import("./datasets/jobs.ts");
      const { createLabelsOfFile } = await import("./labels/service.ts");
      await ingestJob({ ...deps, makeLabels: createLabelsOfFile }, job, context);
    },
    reread: async (job, context) => {
      const { rereadJob } = await import("./datasets/rereads/rereadJob.ts");
      const { createLabelsOfFile } = await import("./labels/service.ts");
      await rereadJob({ ...deps, makeLabels: createLabelsOfFile }, job, context);
    },
    train: async (job, context) => {
      const { trainJob } = await import("./training/jobs.ts");
      const { createTreePool } = await import("./training/running/treePool.ts");
      treePool ??= createTreePool(config.WORKER_THREADS || undefined);
      const { runTrees } = treePool;
      await trainJob({ ...deps, series: await series(), runTrees }, job, context);
    },
    predict: async (job, context) => {
      const { predictJob } = await import("./predictions/jobs.ts");
      await predictJob({ ...deps, series: await series() }, job, context);
    },
    import: async (job, context) => {
      const { importJob } = await import("./projects/archive/importing/importJob.ts");
      const { archivedTables } = await import("./archivedTables.ts");
      await importJob(deps, archivedTables, job, context);
    },
    verify: async (job, context) => {
      const { verifyJob } = await import("./audit/checkJob.ts");
      await verifyJob({ accountsPool, auditSecret }, job, context);
    },
    sweep: async () => {
      const { sweep } = await import("./system/sweep.ts");
      await sweep({ accountsPool, objects: deps.objects, objectRows, log: deps.log }, Date.now());
    },
    abandoned: async (job, context) => abandon[job.queue]?.(job, context),
  };
}
