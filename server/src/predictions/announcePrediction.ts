import type { Transaction } from "../platform/database/transaction.ts";
import { publishEvent } from "../platform/events/events.ts";
import type { StoredPrediction } from "./queries.ts";

export async function announcePrediction(tx: Transaction, prediction: StoredPrediction): Promise<void> {
  await publishEvent(tx, {
    kind: "prediction",
    project: prediction.projectId,
    id: prediction.id,
    state: {
      status: prediction.status,
      progress: prediction.progress,
      dataset: prediction.datasetId,
      model: prediction.modelId,
      review_status: prediction.reviewStatus,
    },
  });
}
