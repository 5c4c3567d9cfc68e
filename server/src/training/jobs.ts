import { randomUUID } from "node:crypto";
import { setImmediate as yieldToEventLoop } from "node:timers/promises";
import {
  type Label,
  type Recording,
  readHyperparameters,
  type TrainedForest,
  type TrainingMetrics,
  type TrainingProgress,
  type TrainingSource,
  trainForest,
} from "@magtrace/learn";
import { jobAccess } from "../access/actor.ts";
import { findDataset } from "../datasets/service.ts";
import { recordPerformance } from "../models/service.ts";
import { inTransaction } from "../platform/database/transaction.ts";
import type { Deps } from "../platform/deps.ts";
import type { JobContext } from "../platform/queue/queue.ts";
import type { JobData } from "../platform/queue/queues.ts";
import { announceSession } from "./announceSession.ts";
import * as queries from "./queries.ts";
import { withRecordings } from "./recording.ts";
import { type CheckpointObject, checkpointObject } from "./running/checkpointObject.ts";
import { readObject, writeObject } from "./running/objectBytes.ts";
import { progressReport, type Unwritten } from "./running/progressReport.ts";
import { watchWanted } from "./running/watchWanted.ts";
import { decodeLabels, type LabelledDataset, sha256Of } from "./starting/labelSnapshot.ts";
import type { TrainingDeps } from "./types.ts";

type Ending =
  | { readonly kind: "trained"; readonly trained: TrainedForest }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "unwanted" };

/** The only one there is; the kinds that old clients send train it, too. */
const ALGORITHM = "random_forest";
const OUTCOMES = { trained: "completed", failed: "failed", unwanted: "stopped" } as const;

/** The session's data cannot be learned from, now or ever; the message is for its owner. */
class NothingToLearn extends Error {}

/**
 * Trains a session. Killed at any moment and run again, it goes on from its checkpoint and ends with the same model,
 * byte for byte. Asked to stop with its worker, it throws: the session stays running and another worker takes it.
 */
export async function trainJob(deps: TrainingDeps, job: JobData, context: JobContext): Promise<void> {
  const session = await begin(deps, job, context);
  if (!session) return;
  const begun = performance.now();
  const watch = watchWanted(deps, job);
  const progress = progressReport(deps, job);
  const checkpoint = checkpointOf(deps, session);
  let ending: Ending;
  let unwritten: Unwritten;
  try {
    const signal = AbortSignal.any([context.signal, watch.signal]);
    const { report } = progress;
    ending = { kind: "trained", trained: await train(deps, session, { signal, report, checkpoint }) };
  } catch (error) {
    ending = endingOf(error, watch.signal, context.signal);
  } finally {
    watch.stop();
    unwritten = await progress.stop();
  }
  await settle(deps, job, { ending, unwritten });
  deps.metrics.work.trainingEnded({
    algorithm: ALGORITHM,
    outcome: OUTCOMES[ending.kind],
    seconds: (performance.now() - begun) / 1000,
  });
  await checkpoint.discard();
}

function checkpointOf(deps: TrainingDeps, session: queries.StoredSession): CheckpointObject {
  const { id, organizationId, checkpointKey } = session;
  return checkpointObject(deps, {
    sessionId: id,
    organizationId,
    savedKey: checkpointKey,
    onSave: (key) =>
      inTransaction(deps.db, sessionAccess(deps, session), (tx) => queries.setCheckpointKey(tx, id, key)),
  });
}

/** @throws `error` itself where the work is to be tried again. */
function endingOf(error: unknown, unwanted: AbortSignal, stopping: AbortSignal): Ending {
  if (unwanted.aborted) return { kind: "unwanted" };
  const isAboutData = error instanceof NothingToLearn || error instanceof RangeError;
  if (stopping.aborted || !isAboutData) throw error;
  return { kind: "failed", reason: sentence(error.message) };
}

function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

/** The session, running; undefined when there is nothing to do any more. */
async function begin(
  deps: Deps,
  job: JobData,
  context: JobContext,
): Promise<queries.StoredSession | undefined> {
  const { db } = deps;
  return inTransaction(db, jobAccess(deps, job), async (tx) => {
    const session = await queries.markRunning(tx, job.id);
    if (!session) return undefined;
    if (session.cancelRequested) {
      const cancelled = await queries.markCancelled(tx, job.id);
      if (cancelled) await announceSession(tx, cancelled);
      return undefined;
    }
    const message =
      context.attempt === 0
        ? `Started on ${counted(session.lineage.labels_count, "label")} of ${counted(session.lineage.datasets.length, "dataset")}.`
        : `Continued after an interruption (${context.attempt}).`;
    await queries.addLogs(tx, session, [message]);
    await announceSession(tx, session);
    return session;
  });
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

interface TrainOptions {
  readonly signal: AbortSignal;
  readonly report: (progress: TrainingProgress) => void;
  readonly checkpoint: CheckpointObject;
}

async function train(
  deps: TrainingDeps,
  session: queries.StoredSession,
  { signal, report, checkpoint }: TrainOptions,
): Promise<TrainedForest> {
  const { lineage } = session;
  await requireDatasets(deps, session);
  const reading = readHyperparameters(session.hyperparameters);
  if (!reading.ok) throw new NothingToLearn("the hyperparameters cannot be used by this version of MagTrace");
  const frozen = decodeLabels(await readObject(deps.objects, session.labelsKey), lineage.labels_sha256);
  const prefixes = lineage.datasets.map(({ object_prefix }) => object_prefix);
  return withRecordings(deps.series, prefixes, (recordings) =>
    trainForest({
      yieldToEventLoop,
      sources: recordings.map((recording, i) => sourceOf(recording, frozen, lineage.datasets[i]!.id)),
      hyperparameters: reading.hyperparameters,
      programVersion: deps.config.version,
      runTrees: deps.runTrees,
      checkpoint,
      onProgress: report,
      signal,
    }),
  );
}

function sourceOf(
  recording: Recording,
  frozen: readonly LabelledDataset[],
  datasetId: number,
): TrainingSource {
  const labels: Label[] = [];
  for (const { dataset, labels: own } of frozen) {
    if (dataset !== datasetId) continue;
    for (const { id, category, start_index, end_index } of own) {
      labels.push({ id: String(id), category, startIndex: start_index, endIndex: end_index });
    }
  }
  return { recording, labels };
}

/** The session's own dataset takes the session with it when it is deleted; the additional ones do not. */
async function requireDatasets(deps: Deps, session: queries.StoredSession): Promise<void> {
  const { db } = deps;
  await inTransaction(db, sessionAccess(deps, session), async (tx) => {
    for (const { id } of session.lineage.datasets) {
      if (await findDataset(tx, id)) continue;
      throw new NothingToLearn(`dataset ${id} was deleted before its readings were learned from`);
    }
  });
}

function sessionAccess(deps: Deps, { projectId, organizationId }: queries.StoredSession) {
  return jobAccess(deps, { projectId, organizationId, userId: 0 });
}

interface Settlement {
  readonly ending: Ending;
  readonly unwritten: Unwritten;
}

async function settle(deps: Deps, job: JobData, { ending, unwritten }: Settlement): Promise<void> {
  if (ending.kind === "trained") return complete(deps, job, { trained: ending.trained, unwritten });
  await inTransaction(deps.db, jobAccess(deps, job), async (tx) => {
    const settled =
      ending.kind === "failed"
        ? await queries.markFailed(tx, job.id, ending.reason)
        : await queries.markStopped(tx, job.id);
    if (!settled) return;
    await queries.addLogs(tx, settled, [
      ...unwritten.lines,
      ending.kind === "failed" ? ending.reason : "Stopped.",
    ]);
    await announceSession(tx, settled);
  });
}

async function complete(
  deps: Deps,
  job: JobData,
  { trained, unwritten }: { trained: TrainedForest; unwritten: Unwritten },
): Promise<void> {
  const { bytes, metrics } = trained;
  const sha256 = sha256Of(bytes);
  // Each run's own: what a run wrote whose transaction failed is found by the sweep.
  const modelKey = `models/${job.id}/${randomUUID()}`;
  await writeObject(deps.objects, modelKey, bytes, { organizationId: job.organizationId });
  await inTransaction(deps.db, jobAccess(deps, job), async (tx) => {
    if (unwritten.progress) await queries.markProgress(tx, job.id, unwritten.progress);
    const session = await queries.markCompleted(tx, job.id, {
      modelKey,
      trainingMetrics: trainingPart(metrics),
      validationMetrics: { ...metrics.validation },
      finalMetrics: { ...metrics },
      lineage: {
        model_sha256: sha256,
        program_version: deps.config.version,
        node_version: process.version,
      },
    });
    if (!session) return;
    await queries.addLogs(tx, session, unwritten.lines);
    await recordPerformance(tx, session.modelId, {
      training_session: job.id,
      trained_at: session.wire.completed_at,
      accuracy: metrics.accuracy,
      balanced_accuracy: metrics.balanced_accuracy,
      event_f1: metrics.event_f1,
      log_loss: metrics.log_loss,
      warnings: metrics.warnings,
    });
    await announceSession(tx, session);
  });
}

/** What was trained on, without how good it is. */
function trainingPart(metrics: TrainingMetrics): Record<string, unknown> {
  const { examples, examples_per_class, labels_per_class, window_length, window_seconds, stride } = metrics;
  return { examples, examples_per_class, labels_per_class, window_length, window_seconds, stride };
}

/** The work failed for good through no fault of the data: the session says so instead of waiting for ever. */
export async function abandonTraining(deps: Deps, job: JobData, reason?: string): Promise<void> {
  const { db, objects } = deps;
  const checkpointKey = await inTransaction(db, jobAccess(deps, job), async (tx) => {
    const session = await queries.findSession(tx, job.id);
    const failed = await queries.markFailed(
      tx,
      job.id,
      reason ??
        "Training failed several times through a fault of ours. Start it again; if that fails too, tell support.",
    );
    if (failed) await announceSession(tx, failed);
    return failed ? session?.checkpointKey : null;
  });
  if (checkpointKey) await objects.delete(checkpointKey);
}
