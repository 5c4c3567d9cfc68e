import type { ProjectRef } from "../../access/policy.ts";
import { notFound } from "../../access/policy.ts";
import { findDataset, requireReadable } from "../../datasets/service.ts";
import type { Transaction } from "../../platform/database/transaction.ts";
import { categoriesByName, createMissingCategories, foldName } from "../categories/resolveCategories.ts";
import { insertAnnotations } from "./annotationQueries.ts";
import { newStamp } from "./annotations.ts";
import { announceLabels } from "./announceLabels.ts";
import { requireLabelsFit } from "./checkLabels.ts";

/** By id, or by name: a category that the project has no more is made again. */
export type PredictedLabel = {
  readonly startIndex: number;
  readonly endIndex: number;
  readonly confidence: number;
} & ({ readonly categoryId: number } | { readonly categoryName: string });

export interface LabelsFromPrediction {
  readonly projectRef: ProjectRef;
  readonly datasetId: number;
  readonly predictionId: number;
  readonly userId: number;
  readonly labels: readonly PredictedLabel[];
}

/**
 * Makes labels of accepted intervals; answers their ids in the order given. The caller has checked that the user may.
 *
 * @throws AppError as for labels made by hand; the message begins with `intervals/N` of the labels given.
 */
export async function createLabelsFromPrediction(
  tx: Transaction,
  { projectRef, datasetId, predictionId, userId, labels }: LabelsFromPrediction,
): Promise<number[]> {
  if (labels.length === 0) return [];
  const dataset = await findDataset(tx, datasetId);
  if (!dataset || dataset.projectId !== projectRef.projectId) throw notFound("dataset");
  requireReadable(dataset);
  const names = labels.flatMap((label) => ("categoryName" in label ? [label.categoryName] : []));
  if (names.length > 0) await createMissingCategories(tx, projectRef, names);
  const byName = await categoriesByName(tx, projectRef.projectId);
  const proposed = labels.map((label) => ({
    dataset,
    category: "categoryId" in label ? label.categoryId : byName.get(foldName(label.categoryName))!.id,
    start_index: label.startIndex,
    end_index: label.endIndex,
    confidence: label.confidence,
    notes: "",
    prediction: predictionId,
  }));
  await requireLabelsFit(tx, proposed, (index) => `intervals/${index}`);
  const made = await insertAnnotations(tx, newStamp(userId), proposed);
  await announceLabels(tx, projectRef, datasetId, { action: "create", count: made.length, userId });
  return made.map(({ id }) => id);
}
