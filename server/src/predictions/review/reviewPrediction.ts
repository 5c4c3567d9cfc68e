import type { Prediction, ReviewPrediction } from "@magtrace/contracts";
import type { Actor } from "../../access/actor.ts";
import { notFound } from "../../access/policy.ts";
import { findDataset } from "../../datasets/service.ts";
import { AppError } from "../../errors.ts";
import { createLabelsFromPrediction } from "../../labels/service.ts";
import { storableJson } from "../../models/service.ts";
import { inTransaction, type Transaction } from "../../platform/database/transaction.ts";
import type { Deps } from "../../platform/deps.ts";
import { announcePrediction } from "../announcePrediction.ts";
import { categoryFinder } from "../making/categoryFinder.ts";
import * as queries from "../queries.ts";
import { requireCompleted, requirePrediction, wholePrediction } from "../service.ts";
import { type DecidedLabel, type Decision, decideIntervals, reviewOf } from "./decideIntervals.ts";

/** Decides intervals of a prediction; what is accepted or modified becomes a label that names it, all or nothing. */
export async function reviewPrediction(
  { db }: Deps,
  actor: Actor,
  id: number,
  request: ReviewPrediction,
): Promise<Prediction> {
  const modifications = storableOrNull(request.modifications);
  return inTransaction(db, actor.database, async (tx) => {
    const prediction = await requirePrediction(tx, actor, id, "prediction.review");
    requireCompleted(prediction);
    const rows = await findDataset(tx, prediction.datasetId);
    if (!rows) throw notFound("dataset");
    const intervals = (await queries.intervalsOf(tx, [id])).get(id)!;
    const categories = await categoryFinder(tx, prediction.projectId);
    const decisions = decideIntervals(request, { intervals, rows, categories });
    requireSomethingLeft(request, intervals);

    const labelIds = await makeLabels(tx, prediction, { decisions, userId: actor.userId });
    await queries.recordVerdicts(
      tx,
      id,
      decisions.map(({ number, review }) => ({ number, review, annotation: labelIds.get(number) ?? null })),
    );
    const decided = new Map(decisions.map(({ number, review }) => [number, review]));
    const all = intervals.map(({ number, review }) => decided.get(number) ?? review);
    const reviewed = await queries.recordReview(tx, id, {
      status: decisions.length === 0 && isOldMark(request) ? "modified" : reviewOf(all, request.status),
      reviewedBy: actor.userId,
      modifications,
    });
    await announcePrediction(tx, reviewed);
    return wholePrediction(tx, reviewed);
  });
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
function requireSomethingLeft(
  { status, modifications }: ReviewPrediction,
  intervals: readonly { readonly review: string }[],
): void {
  if (status === "modified" || Array.isArray(modifications) || intervals.length === 0) return;
  if (intervals.some(({ review }) => review === "pending")) return;
  throw new AppError("conflict", "Every interval of this prediction has been decided already.");
}

interface LabelsWanted {
  readonly decisions: readonly Decision[];
  readonly userId: number;
}

/** Ids of the labels made, by the number of their interval. */
async function makeLabels(
  tx: Transaction,
  { id, projectId, organizationId, datasetId }: queries.StoredPrediction,
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
