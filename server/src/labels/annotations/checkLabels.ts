import type { ProjectRef } from "../../access/policy.ts";
import { AppError } from "../../errors.ts";
import type { Transaction } from "../../platform/database/transaction.ts";
import { findCategories } from "../categories/categoryQueries.ts";
import { type Interval, intervalFault, type LabelledRows } from "./intervalFault.ts";

export interface ProposedLabel extends Interval {
  readonly category: number;
  readonly dataset: ProjectRef & LabelledRows;
}

/**
 * Refuses the first label that does not fit its dataset or whose category is foreign or at rest. `at` says which one of
 * several it is ("annotations/17"), or is empty where there is only one.
 */
export async function requireLabelsFit(
  tx: Transaction,
  labels: readonly ProposedLabel[],
  at: (index: number) => string,
): Promise<void> {
  const categories = await findCategories(tx, [...new Set(labels.map(({ category }) => category))]);
  for (const [index, label] of labels.entries()) {
    const where = at(index);
    const prefix = where && `${where}: `;
    const details = where ? { at: where } : undefined;
    requireIntervalFits(label.dataset, label, where);
    const category = categories.get(label.category);
    if (!category || category.project !== label.dataset.projectId) {
      throw new AppError(
        "not_found",
        `${prefix}There is no category ${label.category} in the project of this dataset.`,
        { details: { ...details, field: "category" } },
      );
    }
    if (!category.is_active) {
      throw new AppError("validation_failed", prefix + inactiveReason(category.name), {
        details: { ...details, field: "category" },
      });
    }
  }
}

export function requireIntervalFits(rows: LabelledRows, interval: Interval, where = ""): void {
  const fault = intervalFault(rows, interval);
  if (!fault) return;
  throw new AppError("validation_failed", where ? `${where}: ${fault.reason}` : fault.reason, {
    details: { ...(where && { at: where }), field: fault.field },
  });
}

export function inactiveReason(name: string): string {
  return `The category "${name}" is inactive. Activate it again, or choose another.`;
}
