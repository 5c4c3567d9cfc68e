import type { ProjectRef } from "../../access/policy.ts";
import { notFound } from "../../access/policy.ts";
import { findDataset, requireReadable } from "../../datasets/service.ts";
import { AppError } from "../../errors.ts";
import type { Transaction } from "../../platform/database/transaction.ts";
import { categoriesByName, createMissingCategories, foldName } from "../categories/resolveCategories.ts";
import { insertAnnotations } from "./annotationQueries.ts";
import { newStamp } from "./annotations.ts";
import { announceLabels, labelsAnnouncement } from "./announceLabels.ts";
import { inactiveReason, requireLabelsFit } from "./checkLabels.ts";
import { type ChosenLabels, insertChosenAnnotations } from "./chosenQueries.ts";

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
  const made = await insertAnnotations(tx, newStamp(userId), proposed, [
    labelsAnnouncement(projectRef, datasetId, { action: "create", count: proposed.length, userId }),
  ]);
  return made.map(({ id }) => id);
}

/** Makes labels of rows that a statement chooses: of any number, without reading them. The caller has checked them. */
export async function createChosenLabels(
  tx: Transaction,
  userId: number,
  labels: ChosenLabels,
): Promise<void> {
  const count = await insertChosenAnnotations(tx, newStamp(userId), labels);
  if (count > 0)
    await announceLabels(tx, labels.dataset, labels.dataset.id, { action: "create", count, userId });
}

/**
 * Of each one wanted the category to label with; those that the project has no more are made again by name.
 *
 * @throws AppError validation_failed for an inactive one; the message begins with `at` of its place in the list.
 */
export async function requireChosenCategories(
  tx: Transaction,
  projectRef: ProjectRef,
  wanted: readonly { readonly id: number | null; readonly name: string }[],
  at: (index: number) => string,
): Promise<number[]> {
  const names = wanted.flatMap(({ id, name }) => (id === null ? [name] : []));
  if (names.length > 0) await createMissingCategories(tx, projectRef, names);
  const byName = await categoriesByName(tx, projectRef.projectId);
  const byId = new Map([...byName.values()].map((category) => [category.id, category]));
  return wanted.map(({ id, name }, index) => {
    const category = id === null ? byName.get(foldName(name)) : byId.get(id);
    if (!category) throw notFound("category");
    if (category.is_active) return category.id;
    throw new AppError("validation_failed", `${at(index)}: ${inactiveReason(category.name)}`, {
      details: { at: at(index), field: "category" },
    });
  });
}
