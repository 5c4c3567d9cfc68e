import type { IntervalListQuery, PredictedInterval, Prediction } from "@magtrace/contracts";
import type { Actor } from "../access/actor.ts";
import { notFound, type Permission, requireAllowed } from "../access/policy.ts";
import { requireDataset } from "../datasets/service.ts";
import { AppError } from "../errors.ts";
import type { Page, PageRequest } from "../http/reply/page.ts";
import { requireModel } from "../models/service.ts";
import { inTransaction, type Transaction } from "../platform/database/transaction.ts";
import type { Deps } from "../platform/deps.ts";
import type { JobData } from "../platform/queue/queues.ts";
import { requireProject } from "../projects/service.ts";
import { announcePrediction } from "./announcePrediction.ts";
import { countIntervals, firstIntervals, pageOfIntervals } from "./intervalQueries.ts";
import { type CategoryFinder, categoryFinder } from "./making/categoryFinder.ts";
import * as queries from "./queries.ts";
import type { StoredInterval } from "./types.ts";

/** What a model that knows a background answers for rows that are none of its categories. */
const BACKGROUND = "background";

/** Intervals that predictions carry along, of all in one answer together. The rest is had by pages. */
export const MOST_CARRIED = 10_000;

/** A prediction the actor may do `permission` on, held when it is to be changed. */
export async function requirePrediction(
  tx: Transaction,
  actor: Actor,
  id: number,
  permission: Permission,
): Promise<queries.StoredPrediction> {
  const seen = await queries.findPrediction(tx, id);
  requireAllowed(actor, permission, seen, "prediction");
  const prediction =
    permission === "prediction.read" ? seen : await queries.findPrediction(tx, id, "forUpdate");
  if (!prediction) throw notFound("prediction");
  return prediction;
}

/** Makes a prediction wait again for its job. False where it is completed or gone. */
export async function reopenPrediction(tx: Transaction, { id }: JobData): Promise<boolean> {
  const prediction = await queries.findPrediction(tx, id);
  if (prediction?.status === "pending" || prediction?.status === "running") return true;
  const reopened = prediction && (await queries.markPending(tx, id));
  if (reopened) await announcePrediction(tx, reopened);
  return reopened !== undefined;
}

export async function failPrediction(tx: Transaction, { id }: JobData, message: string): Promise<void> {
  const failed = await queries.markFailed(tx, id, message);
  if (failed) await announcePrediction(tx, failed);
}

export function requireCompleted({ status, id }: queries.StoredPrediction): void {
  if (status === "completed") return;
  throw new AppError(
    "not_ready",
    status === "failed"
      ? `Prediction ${id} failed, so there is nothing to review. Its error_message says why.`
      : `Prediction ${id} is still ${status}. Review it when it is completed.`,
    { details: { status } },
  );
}

export async function listPredictions(
  { db }: Deps,
  actor: Actor,
  query: PageRequest & queries.PredictionFilter & { summary?: boolean },
): Promise<Page<Prediction>> {
  return inTransaction(db, actor.database, async (tx) => {
    if (query.project_id !== undefined) await requireProject(tx, actor, query.project_id, "prediction.read");
    if (query.dataset_id !== undefined) await requireDataset(tx, actor, query.dataset_id, "prediction.read");
    if (query.model_id !== undefined) await requireModel(tx, actor, query.model_id, "prediction.read");
    const { rows, total } = await queries.listPredictions(tx, query);
    return {
      rows: query.summary ? rows.map((row) => wireOf(row, [], null)) : await wholePredictions(tx, rows),
      total,
    };
  });
}

export async function readPrediction({ db }: Deps, actor: Actor, id: number): Promise<Prediction> {
  return inTransaction(db, actor.database, async (tx) => {
    return wholePrediction(tx, await requirePrediction(tx, actor, id, "prediction.read"));
  });
}

export async function listIntervals(
  { db }: Deps,
  actor: Actor,
  id: number,
  query: IntervalListQuery,
): Promise<Page<PredictedInterval>> {
  return inTransaction(db, actor.database, async (tx) => {
    const prediction = await requirePrediction(tx, actor, id, "prediction.read");
    const categories = await categoryFinder(tx, prediction.projectId);
    if (query.category !== undefined && !categories.has(query.category)) throw notFound("category");
    const rows = await pageOfIntervals(tx, id, query);
    const { min_confidence, category, start_index, end_index } = query;
    const isCounted = [min_confidence, category, start_index, end_index].every((one) => one === undefined);
    const total = isCounted ? countOf(prediction, query.review) : await countIntervals(tx, id, query);
    return { rows: rows.map((row) => intervalWire(row, categories)), total };
  });
}

function countOf({ counts }: queries.StoredPrediction, review?: keyof typeof counts): number {
  return review === undefined ? totalIntervals(counts) : counts[review];
}

export function totalIntervals(counts: Prediction["counts"]): number {
  return counts.pending + counts.accepted + counts.rejected + counts.modified;
}

/** With its intervals, as far as one answer carries them. */
export async function wholePrediction(
  tx: Transaction,
  prediction: queries.StoredPrediction,
): Promise<Prediction> {
  const [whole] = await wholePredictions(tx, [prediction]);
  return whole!;
}

async function wholePredictions(
  tx: Transaction,
  predictions: readonly queries.StoredPrediction[],
): Promise<Prediction[]> {
  let room = MOST_CARRIED;
  const carried = new Map<number, number>();
  for (const { id, counts } of predictions) {
    const most = Math.min(room, totalIntervals(counts));
    carried.set(id, most);
    room -= most;
  }
  const intervals = await firstIntervals(tx, carried);
  const finders = new Map<number, CategoryFinder>();
  for (const projectId of new Set(predictions.map((prediction) => prediction.projectId))) {
    finders.set(projectId, await categoryFinder(tx, projectId));
  }
  return predictions.map((prediction) =>
    wireOf(prediction, intervals.get(prediction.id)!, finders.get(prediction.projectId)!),
  );
}

export function wireOf(
  prediction: queries.StoredPrediction,
  intervals: readonly StoredInterval[],
  categories: CategoryFinder | null,
): Prediction {
  return {
    id: prediction.id,
    dataset: prediction.datasetId,
    model: prediction.modelId,
    training_session: prediction.sessionId,
    status: prediction.status,
    progress: prediction.progress,
    predictions: intervals.map((interval) => intervalWire(interval, categories)),
    confidence_scores: intervals.map(({ confidence }) => confidence),
    counts: prediction.counts,
    warnings: [...prediction.warnings],
    review_status: prediction.reviewStatus,
    reviewed_by: prediction.reviewedBy,
    reviewed_at: prediction.reviewedAt?.toISOString() ?? null,
    modifications: prediction.modifications,
    error_message: prediction.errorMessage,
    created_at: prediction.createdAt.toISOString(),
  };
}

function intervalWire(interval: StoredInterval, categories: CategoryFinder | null): PredictedInterval {
  const { number, start_index, end_index, category, confidence, review, annotation } = interval;
  return {
    index: number,
    start_index,
    end_index,
    category: category ?? BACKGROUND,
    category_id: categories?.find(interval) ?? null,
    confidence,
    review,
    annotation,
  };
}

/** Labels that were made from it stay, and go on naming it. */
export async function deletePrediction({ db }: Deps, actor: Actor, id: number): Promise<void> {
  await inTransaction(db, actor.database, async (tx) => {
    await requirePrediction(tx, actor, id, "prediction.run");
    await queries.deletePrediction(tx, id);
  });
}
