import { jobAccess } from "../access/actor.ts";
import { findSeriesPrefix } from "../datasets/service.ts";
import { inTransaction } from "../platform/database/transaction.ts";
import type { Deps } from "../platform/deps.ts";
import type { JobContext } from "../platform/queue/queue.ts";
import type { JobData } from "../platform/queue/queues.ts";
import { throttle } from "../platform/throttle.ts";
import { findSession, readObject, type StoredSession, withRecordings } from "../training/service.ts";
import { announcePrediction } from "./announcePrediction.ts";
import { predict } from "./making/predict.ts";
import * as queries from "./queries.ts";
import { failPrediction } from "./service.ts";
import { makeSuggestions } from "./suggestions/suggestions.ts";
import type { PredictionDeps, RowInterval } from "./types.ts";

const TELL_EVERY_MS = 400;

interface Work {
  readonly session: StoredSession;
  readonly prefix: string;
  readonly given: readonly RowInterval[] | null;
}

/**
 * Runs a prediction. Its intervals appear all at once, at the end; run again after a crash it begins anew. Asked to
 * stop with its worker, it throws, and another worker takes it.
 */
export async function predictJob(deps: PredictionDeps, job: JobData, context: JobContext): Promise<void> {
  const work = await begin(deps, job);
  if (!work) return;
  const begun = performance.now();
  const gone = new AbortController();
  const progress = throttle(TELL_EVERY_MS, (fraction: number) => reportProgress(deps, job, fraction, gone));
  try {
    const modelBytes = await readObject(deps.objects, work.session.modelKey!);
    const signal = AbortSignal.any([context.signal, gone.signal]);
    const outcome = await withRecordings(deps.series, [work.prefix], ([recording]) =>
      predict({
        recording: recording!,
        modelBytes,
        given: work.given,
        categories: work.session.lineage.categories ?? {},
        onProgress: progress.call,
        threads: deps.config.WORKER_THREADS || undefined,
        signal,
      }),
    );
    await progress.stop();
    await complete(deps, job, outcome);
    deps.metrics.work.predictionMade((performance.now() - begun) / 1000);
  } catch (error) {
    await progress.stop();
    if (gone.signal.aborted) return;
    if (context.signal.aborted || !(error instanceof RangeError)) throw error;
    context.log.warn({ err: error }, "a prediction cannot be made");
    await fail(deps, job, `This prediction cannot be made: ${error.message}.`);
  }
}

/** What there is to do, or undefined where it is done or no longer wanted. */
async function begin(deps: Deps, job: JobData): Promise<Work | undefined> {
  const { db } = deps;
  return inTransaction(db, jobAccess(deps, job), async (tx) => {
    const prediction = await queries.markProgress(tx, job.id, 0);
    if (!prediction) return undefined;
    const session = await findSession(tx, prediction.sessionId);
    const prefix = await findSeriesPrefix(tx, prediction.datasetId);
    if (!session?.modelKey || prefix === undefined) {
      const failed = await queries.markFailed(
        tx,
        job.id,
        "The project was deleted before this prediction was made. If it has been restored, start it again.",
      );
      if (failed) await announcePrediction(tx, failed);
      return undefined;
    }
    await announcePrediction(tx, prediction);
    return { session, prefix, given: await queries.givenIntervals(tx, job.id) };
  });
}

async function reportProgress(
  deps: Deps,
  job: JobData,
  fraction: number,
  gone: AbortController,
): Promise<void> {
  const { db, log } = deps;
  await inTransaction(db, jobAccess(deps, job), async (tx) => {
    const marked = await queries.markProgress(tx, job.id, fraction * 100);
    if (marked) await announcePrediction(tx, marked);
    else gone.abort(new Error("the prediction was deleted"));
  }).catch((error) => log.warn({ err: error, prediction_id: job.id }, "progress was not saved"));
}

async function complete(deps: Deps, job: JobData, outcome: queries.PredictionOutcome): Promise<void> {
  await inTransaction(deps.db, jobAccess(deps, job), async (tx) => {
    const completed = await queries.markCompleted(tx, job.id, outcome);
    if (!completed) return;
    await announcePrediction(tx, completed);
    if (completed.suggestionsWanted !== null)
      await makeSuggestions(tx, completed, completed.suggestionsWanted);
  });
}

async function fail(deps: Deps, job: JobData, message: string): Promise<void> {
  await inTransaction(deps.db, jobAccess(deps, job), (tx) => failPrediction(tx, job, message));
}

/** The work failed for good: the prediction says so instead of waiting for ever. */
export async function abandonPrediction(deps: Deps, job: JobData, reason?: string): Promise<void> {
  await fail(
    deps,
    job,
    reason ??
      "Predicting failed several times through a fault of ours. Start it again; if that fails too, tell support.",
  );
}
