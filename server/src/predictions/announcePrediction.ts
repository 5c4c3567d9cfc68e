import type { RawBuilder } from "kysely";
import type { Transaction } from "../platform/database/transaction.ts";
import { eventStatement } from "../platform/events/events.ts";
import type { StoredPrediction } from "./queries.ts";

export async function announcePrediction(tx: Transaction, prediction: StoredPrediction): Promise<void> {
  await tx.run(announcement(prediction));
}

/** The same, to be sent together with other statements. */
export function announcement(prediction: StoredPrediction): RawBuilder<unknown> {
  return eventStatement({
    kind: "prediction",
    project: prediction.projectId,
    id: prediction.id,
    state: {
      status: prediction.status,
      progress: prediction.progress,
      dataset: prediction.datasetId,
      model: prediction.modelId,
      review_status: prediction.reviewStatus,
      counts: { ...prediction.counts },
    },
  });
}
