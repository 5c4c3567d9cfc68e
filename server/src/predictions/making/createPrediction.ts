import type { CreatePrediction, Prediction } from "@magtrace/contracts";
import type { Actor } from "../../access/actor.ts";
import { isScalar, requireDataset, requireReadable, type StoredDataset } from "../../datasets/service.ts";
import { AppError } from "../../errors.ts";
import { requireModel } from "../../models/service.ts";
import { inTransaction, type Transaction } from "../../platform/database/transaction.ts";
import type { Deps } from "../../platform/deps.ts";
import { newestCompleted, requireSession, type StoredSession } from "../../training/service.ts";
import { isLegacy } from "../../training/types.ts";
import { announcePrediction } from "../announcePrediction.ts";
import { insertPrediction, type NewPrediction, type StoredPrediction } from "../queries.ts";
import { wholePrediction } from "../service.ts";
import { rowFault } from "./rowFault.ts";

/** Enqueues a search of a dataset, or the classification of the intervals given. */
export async function createPrediction(
  deps: Deps,
  actor: Actor,
  request: CreatePrediction,
): Promise<Prediction> {
  return inTransaction(deps.db, actor.database, async (tx) => {
    const dataset = await requireDataset(tx, actor, request.dataset, "prediction.run");
    requireReadable(dataset);
    const session = await wantedSession(tx, actor, request);
    requireSameProject(dataset, session);
    requireFieldOf(session, dataset);
    for (const [index, interval] of (request.intervals ?? []).entries()) {
      const fault = rowFault(dataset, interval);
      if (!fault) continue;
      throw new AppError("validation_failed", `body/intervals/${index}: ${fault}.`, {
        details: { at: `body/intervals/${index}` },
      });
    }
    const prediction = await enqueuePrediction(deps, tx, {
      projectId: session.projectId,
      organizationId: session.organizationId,
      datasetId: dataset.id,
      modelId: session.modelId,
      sessionId: session.id,
      givenIntervals: request.intervals ?? null,
      suggestionsWanted: null,
      createdBy: actor.userId,
    });
    return wholePrediction(tx, prediction);
  });
}

export async function enqueuePrediction(
  { queue }: Deps,
  tx: Transaction,
  wanted: NewPrediction,
): Promise<StoredPrediction> {
  const prediction = await insertPrediction(tx, wanted);
  const { projectId, organizationId, id } = prediction;
  await queue.send(tx, "predict", { projectId, organizationId, userId: wanted.createdBy, id });
  await announcePrediction(tx, prediction);
  return prediction;
}

async function wantedSession(
  tx: Transaction,
  actor: Actor,
  { model, training_session }: CreatePrediction,
): Promise<StoredSession> {
  if (training_session === undefined) {
    if (model === undefined) {
      throw new AppError(
        "validation_failed",
        "body must name a model or a training_session to predict with.",
      );
    }
    return trainedSession(tx, actor, model);
  }
  const session = await requireSession(tx, actor, training_session, "prediction.run");
  if (model !== undefined && session.modelId !== model) {
    throw new AppError(
      "validation_failed",
      `body/training_session: session ${session.id} is of model ${session.modelId}, not ${model}. Name one of the two.`,
    );
  }
  if (session.status !== "completed") {
    throw new AppError(
      "not_ready",
      `Session ${session.id} is ${session.status}; only a completed one can predict.`,
      { details: { status: session.status } },
    );
  }
  if (isLegacy(session)) {
    throw new AppError(
      "not_ready",
      `Session ${session.id} was run by an old MagTrace, whose model was left there. Train the model anew to predict with it.`,
    );
  }
  return session;
}

/** A model's newest completed session. */
export async function trainedSession(tx: Transaction, actor: Actor, modelId: number): Promise<StoredSession> {
  await requireModel(tx, actor, modelId, "prediction.run");
  const session = await newestCompleted(tx, modelId);
  if (session) return session;
  throw new AppError(
    "not_ready",
    `Model ${modelId} has no completed training yet. Train it, or wait until its session is completed.`,
  );
}

export function requireSameProject(dataset: StoredDataset, session: StoredSession): void {
  if (dataset.projectId === session.projectId) return;
  throw new AppError(
    "validation_failed",
    `Dataset ${dataset.id} is not in the project of model ${session.modelId}. Predict on datasets of that project.`,
    { details: { dataset: dataset.id, project: session.projectId } },
  );
}

/** A model looks for the channels that all it was trained on had. */
export function requireFieldOf(session: StoredSession, dataset: StoredDataset): void {
  if (session.lineage.field === "scalar" || !isScalar(dataset)) return;
  throw new AppError(
    "validation_failed",
    `Session ${session.id} was trained on b_x, b_y and b_z, and dataset ${dataset.id} has the total field b alone. Predict with a model that was trained on datasets of total field.`,
    { details: { dataset: dataset.id, training_session: session.id, channels: dataset.channels } },
  );
}
