import type { LabelsOfFile } from "../../datasets/service.ts";
import { AppError } from "../../errors.ts";
import type { Transaction } from "../../platform/database/transaction.ts";
import { categoriesByName, createMissingCategories, foldName } from "../categories/resolveCategories.ts";
import { insertAnnotations } from "./annotationQueries.ts";
import { newStamp } from "./annotations.ts";
import { announceLabels } from "./announceLabels.ts";
import { inactiveReason } from "./checkLabels.ts";

const LABELS_A_STATEMENT = 5_000;

/**
 * Makes a label of each run of equal values in a file's column, in one batch: one undo takes all of them back.
 * Categories go by name, whatever its case; those that are missing are made.
 */
export async function createLabelsOfFile(
  tx: Transaction,
  { dataset, userId, labels: { values, runs } }: LabelsOfFile,
): Promise<void> {
  if (runs.length === 0) return;
  await createMissingCategories(tx, dataset, values);
  const known = await categoriesByName(tx, dataset.projectId);
  const categories = values.map((value) => known.get(foldName(value))!);
  for (const { name, is_active } of categories) {
    if (!is_active) throw new AppError("validation_failed", inactiveReason(name));
  }
  const stamp = newStamp(userId);
  for (let from = 0; from < runs.length; from += LABELS_A_STATEMENT) {
    const some = runs.slice(from, from + LABELS_A_STATEMENT).map(({ value, startIndex, endIndex }) => ({
      dataset,
      category: categories[value]!.id,
      start_index: startIndex,
      end_index: endIndex,
      confidence: 1,
      notes: "",
      prediction: null,
    }));
    await insertAnnotations(tx, stamp, some);
  }
  await announceLabels(tx, dataset, dataset.id, { action: "import", count: runs.length, userId });
}
