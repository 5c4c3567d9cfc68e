import type { Actor } from "../../access/actor.ts";
import { AppError } from "../../errors.ts";
import type { Transaction } from "../../platform/database/transaction.ts";
import { findCategories } from "../categories/categoryQueries.ts";
import { insertAnnotations } from "./annotationQueries.ts";
import { newStamp, requireLabelable } from "./annotations.ts";
import { announceLabels } from "./announceLabels.ts";
import { requireIntervalFits } from "./checkLabels.ts";
import type { Interval } from "./intervalFault.ts";

/** A label that was made elsewhere, before. */
export interface PastLabel extends Interval {
  readonly category: number;
  readonly confidence: number;
  readonly notes: string;
}

/**
 * Labels of one dataset that were made elsewhere, in one batch; all or none. Unlike new ones they may be of a category
 * that is inactive by now.
 * @returns their ids, in the order given.
 */
export async function createPastLabels(
  tx: Transaction,
  actor: Actor,
  datasetId: number,
  labels: readonly PastLabel[],
): Promise<number[]> {
  if (labels.length === 0) return [];
  const dataset = await requireLabelable(tx, actor, datasetId);
  const categories = await findCategories(tx, [...new Set(labels.map(({ category }) => category))]);
  for (const label of labels) {
    requireIntervalFits(dataset, label);
    if (categories.get(label.category)?.project !== dataset.projectId) {
      throw new AppError(
        "not_found",
        `There is no category ${label.category} in the project of this dataset.`,
      );
    }
  }
  const made = await insertAnnotations(
    tx,
    newStamp(actor.userId),
    labels.map((label) => ({ ...label, dataset, prediction: null })),
  );
  await announceLabels(tx, dataset, dataset.id, {
    action: "import",
    count: labels.length,
    userId: actor.userId,
  });
  return made.map(({ id }) => id);
}
