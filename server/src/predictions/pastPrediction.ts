import type { Actor } from "../access/actor.ts";
import { requireDataset, requireReadable } from "../datasets/service.ts";
import { AppError } from "../errors.ts";
import type { Transaction } from "../platform/database/transaction.ts";
import { requireSession } from "../training/service.ts";
import { categoryFinder } from "./making/categoryFinder.ts";
import { rowFault } from "./making/rowFault.ts";
import { insertPastPrediction, type PastPrediction } from "./queries.ts";
import type { RowInterval } from "./types.ts";

export interface PastInterval extends RowInterval {
  readonly category: string | null;
  readonly confidence: number;
}

export type PastFinding = Omit<PastPrediction, "projectId" | "organizationId" | "modelId" | "createdBy"> & {
  readonly intervals: readonly PastInterval[];
};

/** A prediction that was made elsewhere, as history. Its session says of which model it is. */
export async function createPastPrediction(
  tx: Transaction,
  actor: Actor,
  { intervals, ...past }: PastFinding,
): Promise<{ id: number; projectId: number }> {
  const dataset = await requireDataset(tx, actor, past.datasetId, "prediction.run");
  if (intervals.length > 0) requireReadable(dataset);
  const session = await requireSession(tx, actor, past.sessionId, "prediction.run");
  const { projectId, organizationId } = dataset;
  if (session.projectId !== projectId) {
    throw new AppError(
      "validation_failed",
      `Dataset ${dataset.id} is not in the project of session ${session.id}.`,
    );
  }
  const fault = intervals.map((interval) => rowFault(dataset, interval)).find((found) => found !== null);
  if (fault) throw new AppError("validation_failed", `${fault}.`);
  const categories = await categoryFinder(tx, projectId);
  const made = await insertPastPrediction(
    tx,
    { ...past, projectId, organizationId, modelId: session.modelId, createdBy: actor.userId },
    intervals.map((interval) => ({
      ...interval,
      categoryId: categories.find({ category: interval.category, categoryId: null }),
    })),
  );
  return { id: made.id, projectId };
}
