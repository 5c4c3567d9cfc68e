import type { ProjectRef } from "../access/policy.ts";
import { AppError } from "../errors.ts";
import type { Transaction } from "../platform/database/transaction.ts";
import type { IngestOutcome, LabelColumn } from "./ingest/types.ts";

/** Runs of equal values of a file's column that are to be labels. */
export interface LabelsOfFile {
  readonly dataset: ProjectRef & { readonly id: number };
  readonly userId: number;
  readonly labels: LabelColumn;
}

/**
 * Makes a label of each run, and the categories that are missing.
 * @throws {AppError} validation_failed: the project has no room for them, or a category is at rest.
 */
export type MakeLabels = (tx: Transaction, labels: LabelsOfFile) => Promise<void>;

/** Settles an outcome; where its labels cannot be made, it is settled as refused for that. */
export async function orRefused<T>(
  outcome: IngestOutcome,
  settle: (outcome: IngestOutcome) => Promise<T>,
): Promise<T> {
  try {
    return await settle(outcome);
  } catch (error) {
    const isLabels = outcome.ok && outcome.labels?.taken === true;
    if (!isLabels || !(error instanceof AppError) || error.code !== "validation_failed") throw error;
    return settle({
      ok: false,
      findings: [
        {
          line: null,
          column: outcome.labels?.column ?? null,
          value: null,
          expected: `values that can be labels: ${error.message}`,
          code: "not_supported",
        },
      ],
      total_findings: 1,
      questions: [],
    });
  }
}
