import type { Config } from "./config.ts";
import type { SeriesCache } from "./datasets/seriesCache.ts";
import { toAppError } from "./http/reply/errorReply.ts";
import { securityLogOf } from "./platform/logs/securityLog.ts";
import { isDamage, MasterKeyMissingError } from "./platform/objects/errors.ts";
import type { Platform } from "./platform/openPlatform.ts";
import type { JobHandler } from "./platform/queue/queue.ts";
import type { HeavyQueue, QueuedJob, QueueName } from "./platform/queue/queues.ts";
import type { Infections } from "./platform/scanner/infections.ts";
import { IMPORT_KEPT } from "./projects/archive/queries.ts";
import type { TreePool } from "./training/running/treePool.ts";

/** What is done of each heavy queue's jobs. Each kind of work is loaded when the first of it comes. */
export function heavyJobs(platform: Platform, config: Config): Record<HeavyQueue, JobHandler> {
  const { deps, accountsPool, auditSecret, sealing } = platform;
  let seriesCache: SeriesCache | undefined;
  let treePool: TreePool | undefined;

  async function series(): Promise<SeriesCache> {
    const { SeriesCache } = await import("./datasets/seriesCache.ts");
    seriesCache ??= new SeriesCache(deps.objects);
    return seriesCache;
  }

  async function infections(): Promise<Infections> {
    const { openInfections } = await import("./organizations/infections.ts");
    return openInfections(platform, securityLogOf(config));
  }

  // The data of an abandoned job says which queue it was in.
  const abandon: Abandon = {
    ingest: async (job, reason) => (await import("./datasets/jobs.ts")).abandonIngest(deps, job, reason),
    assemble: async (job, reason) =>
      (await import("./datasets/uploads/assembleJob.ts")).abandonAssembly(deps, job, reason),
    reread: async (job, reason) =>
      (await import("./datasets/rereads/rereadJob.ts")).abandonReread(deps, job, reason),
    train: async (job, reason) => (await import("./training/jobs.ts")).abandonTraining(deps, job, reason),
    predict: async (job, reason) =>
      (await import("./predictions/jobs.ts")).abandonPrediction(deps, job, reason),
    import: async (job, reason) =>
      (await import("./projects/archive/importing/importJob.ts")).abandonImport(deps, job, reason),
    verify: async (job) => (await import("./audit/checkJob.ts")).abandonCheck({ accountsPool }, job),
  };

  return endedWithCause(abandon, {
    ingest: async (job, context) => {
      const { ingestJob } = await import("./datasets/jobs.ts");
      const { createLabelsOfFile } = await import("./labels/service.ts");
      await ingestJob(
        { ...deps, makeLabels: createLabelsOfFile, infections: await infections() },
        job,
        context,
      );
    },
    assemble: async (job, context) => {
      const { assembleJob } = await import("./datasets/uploads/assembleJob.ts");
      await assembleJob({ ...deps, infections: await infections() }, job, context);
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
      await verifyJob({ accountsPool, auditSecret, metrics: deps.metrics }, job, context);
    },
    sweep: async () => {
      const { sweep } = await import("./system/sweep.ts");
      const { objects, log } = deps;
      await sweep({ accountsPool, objects, objectRows: sealing.rows, log }, Date.now());
    },
    retention: async (_job, { signal }) => {
      const { applyRetention } = await import("./retention/applyRetention.ts");
      const { objects, log } = deps;
      await applyRetention(
        { accountsPool, objects, log, auditKeepDays: config.AUDIT_KEEP_DAYS },
        Date.now(),
        signal,
      );
    },
    scrub: async (_job, { signal }) => {
      const { scrub, scrubDepsOf } = await import("./system/objectChecks/scrub.ts");
      await scrub(scrubDepsOf(platform, config), { percent: config.SCRUB_PERCENT_PER_DAY, signal });
    },
    look_again: async (_job, { signal }) => {
      const { lookAtUnreadable } = await import("./system/objectChecks/lookAtUnreadable.ts");
      const { scrubDepsOf } = await import("./system/objectChecks/scrub.ts");
      await lookAtUnreadable(scrubDepsOf(platform, config), signal);
    },
    abandoned: async (job) => abandon[job.queue]?.(job),
  });
}

const AFTERWARDS: Partial<Record<QueueName, string>> = {
  ingest: "The file is kept: have it read again then.",
  assemble: "The upload is kept until it expires: have it tried again then, by an empty PATCH at its end.",
  reread: "The dataset is as it was: ask for this again then.",
  import: IMPORT_KEPT,
};

function cannotBeWritten(error: unknown): boolean {
  const { code } = toAppError(error);
  return code === "insufficient_storage" || code === "cannot_write";
}

/** What becomes of the row of a job that is not tried again; why, where that is known. */
type Abandon = Partial<Record<QueueName, (job: QueuedJob, reason?: string) => Promise<void>>>;

/** A master key may be put back any moment; whoever waits for it is told after some seconds. */
const TRIES_WITHOUT_KEY = 3;

/** So often a job is tried while its disk takes nothing, within some ten seconds, before that is said. */
const TRIES_WITHOUT_ROOM = 4;

/**
 * A stored file that is damaged or missing is so the next time, too: its job ends at once and says so. One that finds no
 * room to write ends soon, says so, and waits to be asked for again: what it works from is kept.
 */
function endedWithCause(
  abandon: Abandon,
  handlers: Record<HeavyQueue, JobHandler>,
): Record<HeavyQueue, JobHandler> {
  const ending = Object.entries(handlers).map(([queue, handler]): [string, JobHandler] => [
    queue,
    async (job, context) => {
      try {
        await handler(job, context);
      } catch (error) {
        const giveUp = abandon[queue as QueueName];
        const lacksKey = error instanceof MasterKeyMissingError && context.attempt + 1 >= TRIES_WITHOUT_KEY;
        if (context.signal.aborted || giveUp === undefined) throw error;
        if (isDamage(error) || lacksKey) {
          context.log.error({ err: error, object_key: error.key }, "a stored file cannot be read");
          await giveUp(job, error.message);
        } else if (cannotBeWritten(error) && context.attempt + 1 >= TRIES_WITHOUT_ROOM) {
          context.log.error({ err: error }, "a job found no room to write");
          const afterwards = AFTERWARDS[queue as QueueName] ?? "Then start this again.";
          await giveUp(job, `${toAppError(error).message} ${afterwards}`);
        } else throw error;
      }
    },
  ]);
  return Object.fromEntries(ending) as Record<HeavyQueue, JobHandler>;
}
