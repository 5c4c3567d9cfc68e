import { randomUUID } from "node:crypto";
import { jobAccess } from "../access/actor.ts";
import { inTransaction } from "../platform/database/transaction.ts";
import type { Deps } from "../platform/deps.ts";
import { publishEvent } from "../platform/events/events.ts";
import type { JobContext } from "../platform/queue/queue.ts";
import type { JobData } from "../platform/queue/queues.ts";
import { throttle } from "../platform/throttle.ts";
import { ingestFile } from "./ingest/ingest.ts";
import type { IngestOutcome } from "./ingest/types.ts";
import { ingestLimits } from "./ingestLimits.ts";
import * as queries from "./queries.ts";
import { refusalSentence } from "./refusalSentence.ts";
import { seriesHome } from "./service.ts";

const PROGRESS_EVERY_MS = 400;

/**
 * Reads an uploaded file into a series. Run again after a crash it begins anew under a prefix of its own; what the
 * first run left is never looked at and swept later.
 */
export async function ingestJob(deps: Deps, job: JobData, context: JobContext): Promise<void> {
  const access = jobAccess(deps, job);
  const dataset = await inTransaction(deps.db, access, async (tx) => {
    const found = await queries.findDataset(tx, job.id);
    return found && (await queries.markProgress(tx, job.id, 0)) ? found : undefined;
  });
  if (!dataset?.originalKey) return;

  const prefix = `${seriesHome(dataset.id)}${randomUUID()}/`;
  const { organizationId } = job;
  const progress = throttle(PROGRESS_EVERY_MS, (fraction: number) =>
    reportProgress(deps, job, fraction * 100),
  );
  let outcome: IngestOutcome;
  const source = await deps.objects.open(dataset.originalKey);
  try {
    outcome = await ingestFile({
      source,
      filename: dataset.originalName,
      ...(dataset.mapping ? { mapping: dataset.mapping } : {}),
      limits: ingestLimits(deps.config),
      openSink: (name) => deps.objects.createWriter(prefix + name, { organizationId }),
      scratch: {
        openSink: (name) => deps.objects.createWriter(`${prefix}scratch/${name}`, { organizationId }),
        openSource: (name) => deps.objects.open(`${prefix}scratch/${name}`),
      },
      onProgress: progress.call,
      processors: deps.config.WORKER_THREADS || undefined,
      signal: context.signal,
    });
  } catch (error) {
    await progress.stop();
    await deps.objects.deletePrefix(prefix).catch(() => undefined);
    throw error;
  } finally {
    await source.close();
  }
  await progress.stop();
  await deps.objects.deletePrefix(`${prefix}scratch/`);
  const settled = await inTransaction(deps.db, access, async (tx) => {
    const changed = outcome.ok
      ? await queries.markCompleted(tx, dataset, outcome, prefix)
      : await queries.markFailed(tx, dataset.id, {
          error: refusalSentence(outcome.total_findings),
          findings: outcome.findings,
          totalFindings: outcome.total_findings,
        });
    const status = outcome.ok ? "completed" : "failed";
    await publishEvent(tx, {
      kind: "dataset",
      project: job.projectId,
      id: job.id,
      state: { status, progress: 100 },
    });
    return changed;
  });
  if (!settled || !outcome.ok) await deps.objects.deletePrefix(prefix);
  if (settled && !outcome.ok) await deps.objects.delete(dataset.originalKey);
}

/** The work failed for good through no fault of the file: the row says so instead of waiting for ever. */
export async function abandonIngest(deps: Deps, job: JobData): Promise<void> {
  const { db, objects } = deps;
  const originalKey = await inTransaction(db, jobAccess(deps, job), async (tx) => {
    const dataset = await queries.findDataset(tx, job.id);
    const changed = await queries.markFailed(tx, job.id, {
      error:
        "Reading this file failed several times through a fault of ours. Upload it again; if that fails too, tell support.",
      findings: [],
      totalFindings: 0,
    });
    const state = { status: "failed", progress: 100 };
    await publishEvent(tx, { kind: "dataset", project: job.projectId, id: job.id, state });
    return changed ? dataset?.originalKey : null;
  });
  if (originalKey) await objects.delete(originalKey);
}

async function reportProgress(deps: Deps, job: JobData, percent: number): Promise<void> {
  const { db, log } = deps;
  await inTransaction(db, jobAccess(deps, job), async (tx) => {
    await queries.markProgress(tx, job.id, percent);
    const state = { status: "running", progress: Math.round(percent) };
    await publishEvent(tx, { kind: "dataset", project: job.projectId, id: job.id, state });
  }).catch((error) => log.warn({ err: error, dataset_id: job.id }, "progress was not saved"));
}
