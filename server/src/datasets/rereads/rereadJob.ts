import { randomUUID } from "node:crypto";
import type { Reread } from "@magtrace/contracts";
import { jobAccess } from "../../access/actor.ts";
import { inTransaction, type Transaction } from "../../platform/database/transaction.ts";
import type { Deps } from "../../platform/deps.ts";
import { publishEvent } from "../../platform/events/events.ts";
import type { JobContext } from "../../platform/queue/queue.ts";
import type { JobData } from "../../platform/queue/queues.ts";
import { throttle } from "../../platform/throttle.ts";
import type { IngestAccepted, IngestOutcome } from "../ingest/types.ts";
import type { ReadingDeps } from "../jobs.ts";
import { orRefused } from "../labelsOfFile.ts";
import * as datasets from "../queries.ts";
import { readOriginal } from "../readOriginal.ts";
import { refusalSentence } from "../refusalSentence.ts";
import { seriesHome } from "../service.ts";
import { movedRows } from "./movedRows.ts";
import * as queries from "./rereadQueries.ts";
import { announceReread, failReread } from "./rereads.ts";

const PROGRESS_EVERY_MS = 400;

/**
 * Reads a dataset's file again, into a series beside the one there is, and puts it in its place in one transaction.
 * Until then, and where it does not come to that, everything is as it was.
 */
export async function rereadJob(deps: ReadingDeps, job: JobData, context: JobContext): Promise<void> {
  const access = jobAccess(deps, job);
  const found = await inTransaction(deps.db, access, async (tx) => {
    const reread = await queries.findReread(tx, job.id);
    const dataset = reread && (await datasets.findDataset(tx, reread.dataset));
    if (!reread || !dataset || !(await queries.markRunning(tx, job.id))) return undefined;
    await publishProgress(tx, job, { datasetId: dataset.id, percent: 0 });
    return { reread, dataset };
  });
  const originalKey = found?.dataset.originalKey;
  if (!found || !originalKey) return;
  const { reread, dataset } = found;
  const prefix = `${seriesHome(dataset.id)}${randomUUID()}/`;
  const progress = throttle(PROGRESS_EVERY_MS, (fraction: number) =>
    tellProgress(deps, job, { datasetId: dataset.id, percent: Math.round(fraction * 100) }),
  );
  let outcome: IngestOutcome;
  try {
    outcome = await readOriginal(deps, {
      dataset: { ...dataset, originalKey },
      mapping: reread.mapping,
      prefix,
      onProgress: progress.call,
      signal: context.signal,
    });
  } finally {
    await progress.stop();
  }
  const isSwapped = await orRefused(outcome, (outcome) =>
    inTransaction(deps.db, access, async (tx) => {
      const isSwapped = await settle(deps, tx, { outcome, reread, prefix, userId: job.userId });
      await announceReread(tx, job, reread.dataset);
      return isSwapped;
    }),
  );
  if (!isSwapped) await deps.objects.deletePrefix(prefix);
}

interface Settling {
  readonly outcome: IngestOutcome;
  readonly reread: Reread;
  readonly prefix: string;
  readonly userId: number;
}

async function settle(
  deps: ReadingDeps,
  tx: Transaction,
  { outcome, reread, prefix, userId }: Settling,
): Promise<boolean> {
  if (!outcome.ok) {
    await queries.markNotDone(tx, reread.id, {
      code: "unreadable_file",
      error: refusalSentence(outcome.total_findings, "It stays as it was read before."),
      findings: outcome.findings,
      totalFindings: outcome.total_findings,
      questions: outcome.questions,
    });
    return false;
  }
  const dataset = await datasets.lockDataset(tx, reread.dataset);
  if (!dataset) return false;
  const moved = movedRows(dataset, outcome);
  if (moved !== null) {
    const conflict = await usesOf(tx, dataset.id, moved);
    if (conflict !== null) {
      await queries.markNotDone(tx, reread.id, { code: "conflict", error: conflict });
      return false;
    }
    await datasets.forgetRows(tx, dataset.id);
  }
  if (!(await queries.markDone(tx, reread.id))) return false;
  await datasets.swapReading(tx, dataset.id, { outcome, objectPrefix: prefix, mapping: reread.mapping });
  if (asksForLabels(outcome, reread)) {
    await deps.makeLabels(tx, { dataset, userId, labels: outcome.labels! });
  }
  return true;
}

/** Labels made of the same column before are there, or were deleted on purpose. */
function asksForLabels({ labels }: IngestAccepted, { previous_mapping }: Reread): boolean {
  if (!labels?.taken) return false;
  return previous_mapping?.columns?.label?.trim().toLowerCase() !== labels.column.trim().toLowerCase();
}

async function usesOf(tx: Transaction, datasetId: number, moved: string): Promise<string | null> {
  const { labels, predictions } = await datasets.countRowUses(tx, datasetId);
  if (labels + predictions === 0) return null;
  const things = [counted(labels, "label"), counted(predictions, "prediction")].filter((one) => one !== "");
  return `Read so, the file's rows are not those that ${things.join(" and ")} of this dataset were made on: ${moved}. Delete these first, or upload the file again as another dataset.`;
}

function counted(count: number, what: string): string {
  if (count === 0) return "";
  return count === 1 ? `1 ${what}` : `${count} ${what}s`;
}

/** The reading failed for good through no fault of the file. */
export async function abandonReread(deps: Deps, job: JobData, reason?: string): Promise<void> {
  await inTransaction(deps.db, jobAccess(deps, job), (tx) =>
    failReread(
      tx,
      job,
      reason ??
        "Reading this file again failed several times through a fault of ours. It stays as it was. Try again; if that fails too, tell support.",
    ),
  );
}

interface Progress {
  readonly datasetId: number;
  readonly percent: number;
}

/** Told and not kept: the readings that there are stay as they are until then. */
async function publishProgress(
  tx: Transaction,
  job: JobData,
  { datasetId, percent }: Progress,
): Promise<void> {
  const state = { status: "running", progress: percent, reread: job.id };
  await publishEvent(tx, { kind: "dataset", project: job.projectId, id: datasetId, state });
}

async function tellProgress(deps: Deps, job: JobData, progress: Progress): Promise<void> {
  await inTransaction(deps.db, jobAccess(deps, job), (tx) => publishProgress(tx, job, progress)).catch(
    (error) => deps.log.warn({ err: error, reread_id: job.id }, "progress was not told"),
  );
}
