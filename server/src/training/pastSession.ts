import { randomUUID } from "node:crypto";
import type { JobStatus } from "@magtrace/contracts";
import type { Actor } from "../access/actor.ts";
import { findSeriesPrefix, requireDataset } from "../datasets/service.ts";
import { AppError } from "../errors.ts";
import { requireModel } from "../models/service.ts";
import type { Transaction } from "../platform/database/transaction.ts";
import type { Deps } from "../platform/deps.ts";
import * as queries from "./queries.ts";
import { writeObject } from "./running/objectBytes.ts";
import { encodeLabels } from "./starting/labelSnapshot.ts";
import type { LineageDataset } from "./types.ts";

/** A session that an old MagTrace ran, as it was there. */
export interface PastTraining
  extends Omit<
    queries.PastSession,
    "projectId" | "organizationId" | "hyperparameters" | "lineage" | "labelsKey" | "createdBy"
  > {
  readonly status: Extract<JobStatus, "completed" | "failed" | "cancelled">;
  readonly logs: readonly queries.PastLog[];
}

/** Where the frozen labels of a past session lie: nobody knows which they were, so there are none in it. */
export interface EmptyLabels {
  readonly key: string;
  readonly sha256: string;
}

/** Written before the session's row, which must never point at nothing. If the row fails, the sweep finds it. */
export async function writeEmptyLabels({ objects }: Deps, organizationId: number): Promise<EmptyLabels> {
  const { bytes, sha256 } = encodeLabels([]);
  const key = `labels/${randomUUID()}`;
  await writeObject(objects, key, bytes, { organizationId });
  return { key, sha256 };
}

/** A session as history: it has no trained model here, and nothing can be predicted with it or continued from it. */
export async function createPastSession(
  tx: Transaction,
  actor: Actor,
  past: PastTraining,
  labels: EmptyLabels,
): Promise<{ id: number; projectId: number }> {
  const model = await requireModel(tx, actor, past.modelId, "training.run");
  const datasets: LineageDataset[] = [];
  for (const id of [past.datasetId, ...past.additionalDatasetIds]) {
    const dataset = await requireDataset(tx, actor, id, "training.run");
    if (dataset.projectId !== model.projectId) {
      throw new AppError(
        "validation_failed",
        `Dataset ${id} is not in the project of model ${past.modelId}.`,
      );
    }
    datasets.push({
      id,
      sha256: dataset.sha256,
      object_prefix: (await findSeriesPrefix(tx, id)) ?? "",
      total_records: dataset.totalRecords,
    });
  }
  const { logs, ...row } = past;
  const session = await queries.insertPastSession(tx, {
    ...row,
    projectId: model.projectId,
    organizationId: model.organizationId,
    labelsKey: labels.key,
    hyperparameters: JSON.stringify(model.wire.hyperparameters),
    lineage: {
      algorithm: "legacy",
      datasets,
      labels_sha256: labels.sha256,
      labels_count: 0,
      categories: {},
      hyperparameters: model.wire.hyperparameters,
      seed: 0,
      program_version: "unknown",
      node_version: "none",
    },
    createdBy: actor.userId,
  });
  await queries.insertPastLogs(tx, session, logs);
  return { id: session.id, projectId: session.projectId };
}
