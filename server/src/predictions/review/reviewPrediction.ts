import type { IntervalCounts, Prediction, ReviewPrediction } from "@magtrace/contracts";
import type { Actor } from "../../access/actor.ts";
import { notFound } from "../../access/policy.ts";
import { findDataset, requireReadable, type StoredDataset } from "../../datasets/service.ts";
import { AppError } from "../../errors.ts";
import {
  createChosenLabels,
  createLabelsFromPrediction,
  requireChosenCategories,
  requireIntervalFits,
} from "../../labels/service.ts";
import { storableJson } from "../../models/service.ts";
import { inTransaction, type Transaction } from "../../platform/database/transaction.ts";
import type { Deps } from "../../platform/deps.ts";
import { announcement } from "../announcePrediction.ts";
import { type IntervalRow, intervalOf, numberedIntervals } from "../intervalQueries.ts";
import { type CategoryFinder, categoryFinder } from "../making/categoryFinder.ts";
import { type PredictionRow, predictionOf, type StoredPrediction } from "../queries.ts";
import { requireCompleted, requirePrediction, totalIntervals, wholePrediction, wireOf } from "../service.ts";
import type { StoredInterval } from "../types.ts";
import {
  countsAfter,
  type DecidedLabel,
  type Decision,
  decideIntervals,
  namedDecisions,
  reviewOf,
} from "./decideIntervals.ts";
import * as queries from "./reviewQueries.ts";

/**
 * Decides intervals of a prediction; what is accepted or modified becomes a label that names it, all or nothing. What is
 * named is read, and answered, alone; what is decided as a whole is decided by the database, without reading it.
 */
export async function reviewPrediction(
  { db }: Deps,
  actor: Actor,
  id: number,
  request: ReviewPrediction,
): Promise<Prediction> {
  const modifications = storableOrNull(request.modifications);
  const named = namedDecisions(request);
  return inTransaction(db, actor.database, async (tx) => {
    const prediction = await requirePrediction(tx, actor, id, "prediction.review");
    requireCompleted(prediction);
    requireSomethingLeft(request, prediction.counts);
    const dataset = await findDataset(tx, prediction.datasetId);
    if (!dataset) throw notFound("dataset");
    const categories = await categoryFinder(tx, prediction.projectId);
    const numbers = named.map(({ index }) => index);
    const found = numbers.length > 0 ? await tx.rows(numberedIntervals(id, numbers)) : [];
    const decisions = decideIntervals(named, {
      intervals: new Map(found.map((row) => [row.number, intervalOf(row)])),
      total: totalIntervals(prediction.counts),
      rows: dataset,
      categories,
    });
    const labelIds = await makeLabels(tx, prediction, { decisions, userId: actor.userId });
    const verdicts = decisions.map(({ number, review }) => ({
      number,
      review,
      annotation: labelIds.get(number) ?? null,
    }));
    let counts = countsAfter(prediction.counts, decisions);
    if (request.status !== "modified") {
      await tx.run(queries.recordVerdicts(id, verdicts));
      const whole = { prediction, dataset, categories, userId: actor.userId };
      counts = await decideWaiting(tx, whole, request.status, request.min_confidence ?? 0);
    }
    const status =
      decisions.length === 0 && isOldMark(request) ? "modified" : reviewOf(counts, request.status);
    const record = queries.recordReview(id, { status, reviewedBy: actor.userId, modifications });
    const announced = announcement({ ...prediction, reviewStatus: status, counts });
    if (request.status !== "modified") {
      const [[row]] = await tx.all<[PredictionRow, unknown]>([record, announced]);
      return wholePrediction(tx, predictionOf(row!));
    }
    const [, [row], , changed] = await tx.all<[unknown, PredictionRow, unknown, IntervalRow]>([
      queries.recordVerdicts(id, verdicts),
      record,
      announced,
      numberedIntervals(id, numbers),
    ]);
    const reviewed = predictionOf(row!);
    if (!Array.isArray(request.modifications)) return wholePrediction(tx, reviewed);
    const known = labelIds.size > 0 ? await categoryFinder(tx, prediction.projectId) : categories;
    return wireOf(reviewed, changed.map(intervalOf).sort(byNumber), known);
  });
}

const byNumber = (a: StoredInterval, b: StoredInterval) => a.number - b.number;

interface Whole {
  readonly prediction: StoredPrediction;
  readonly dataset: StoredDataset;
  readonly categories: CategoryFinder;
  readonly userId: number;
}

/** Decides what still waits and is confident enough; answers how the prediction's intervals stand then. */
async function decideWaiting(
  tx: Transaction,
  { prediction, dataset, categories, userId }: Whole,
  status: "accepted" | "rejected",
  minConfidence: number,
): Promise<IntervalCounts> {
  const waiting = { predictionId: prediction.id, minConfidence };
  if (status === "accepted") {
    const wanted = await queries.waitingCategories(tx, waiting);
    if (wanted.length > 0) {
      requireReadable(dataset);
      const misfit = await queries.firstMisfit(tx, waiting, dataset);
      if (misfit) requireIntervalFits(dataset, misfit, `interval ${misfit.number}`);
      const labels = await requireChosenCategories(
        tx,
        prediction,
        wanted.map((one) => ({ id: categories.find(one), name: one.category })),
        (index) => `interval ${wanted[index]!.first}`,
      );
      const labelled = wanted.map((one, index) => ({ ...one, label: labels[index]! }));
      await createChosenLabels(tx, userId, {
        dataset,
        predictionId: prediction.id,
        chosen: queries.acceptWaiting(waiting, labelled),
      });
    }
  }
  // What is left of the accepted is background, which makes no label.
  await queries.decideWaiting(tx, waiting, status);
  return queries.countsOf(tx, prediction.id);
}

/** Old clients mark a prediction as modified and keep what they changed to themselves. */
function isOldMark({ status, modifications }: ReviewPrediction): boolean {
  return status === "modified" && !Array.isArray(modifications);
}

function storableOrNull(modifications: ReviewPrediction["modifications"]): string | null {
  if (modifications === undefined || modifications === null) return null;
  return storableJson(modifications, "body/modifications");
}

/** To accept or reject what has been decided before would change nothing, and seem as if it had. */
function requireSomethingLeft({ status, modifications }: ReviewPrediction, counts: IntervalCounts): void {
  if (status === "modified" || Array.isArray(modifications) || totalIntervals(counts) === 0) return;
  if (counts.pending > 0) return;
  throw new AppError("conflict", "Every interval of this prediction has been decided already.");
}

interface LabelsWanted {
  readonly decisions: readonly Decision[];
  readonly userId: number;
}

/** Ids of the labels made, by the number of their interval. */
async function makeLabels(
  tx: Transaction,
  { id, projectId, organizationId, datasetId }: StoredPrediction,
  { decisions, userId }: LabelsWanted,
): Promise<Map<number, number>> {
  const wanted = decisions.filter((one): one is Decision & { label: DecidedLabel } => one.label !== null);
  try {
    const ids = await createLabelsFromPrediction(tx, {
      projectRef: { projectId, organizationId },
      datasetId,
      predictionId: id,
      userId,
      labels: wanted.map(({ label }) => label),
    });
    return new Map(wanted.map(({ number }, i) => [number, ids[i]!]));
  } catch (error) {
    throw namingInterval(error, (position) => wanted[position]?.number);
  }
}

/** Labels are counted as they were given to be made; a reviewer knows the intervals of the prediction. */
function namingInterval(error: unknown, numberOf: (position: number) => number | undefined): unknown {
  if (!(error instanceof AppError)) return error;
  const [prefix = "", position] = /^intervals\/(\d+)/.exec(error.message) ?? [];
  const number = position === undefined ? undefined : numberOf(Number(position));
  if (number === undefined) return error;
  const where = `interval ${number}`;
  return new AppError(error.code, where + error.message.slice(prefix.length), {
    details: { at: where },
    cause: error,
  });
}
