import { randomUUID } from "node:crypto";
import type { TrainingSession } from "@magtrace/contracts";
import type { Actor } from "../../access/actor.ts";
import { notFound, requireAllowed } from "../../access/policy.ts";
import {
  findDataset,
  findSeriesPrefix,
  isScalar,
  requireDataset,
  requireReadable,
  type StoredDataset,
} from "../../datasets/service.ts";
import { AppError } from "../../errors.ts";
import { snapshotLabels } from "../../labels/service.ts";
import { requireModel } from "../../models/service.ts";
import { readStorage, requireQuota } from "../../organizations/service.ts";
import { inTransaction, type Transaction } from "../../platform/database/transaction.ts";
import type { Deps } from "../../platform/deps.ts";
import { announceSession } from "../announceSession.ts";
import * as queries from "../queries.ts";
import { readObject, writeObject } from "../running/objectBytes.ts";
import { isLegacy, type LineageDataset } from "../types.ts";
import { categoriesOf, decodeLabels, encodeLabels, type LabelledDataset } from "./labelSnapshot.ts";
import { mergeHyperparameters } from "./mergeHyperparameters.ts";

export interface TrainingRequest {
  readonly modelId: number;
  readonly datasetId: number;
  readonly additionalDatasetIds: readonly number[];
  /** A completed session whose hyperparameters, datasets and labels this one takes along. */
  readonly continueFrom: number | null;
  /** Overrides the model's hyperparameters. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** What the database says about a request, of one moment. */
interface Gathered {
  readonly model: Awaited<ReturnType<typeof requireModel>>;
  readonly storage: Awaited<ReturnType<typeof readStorage>>;
  readonly datasets: readonly LineageDataset[];
  /** Whether one of the datasets has the total field alone. */
  readonly hasScalar: boolean;
  readonly labelled: readonly LabelledDataset[];
  readonly earlier: queries.StoredSession | undefined;
}

/**
 * Starts a session: freezes the labels, writes down where everything comes from, and enqueues the work.
 *
 * @throws AppError not_found, validation_failed, not_ready, conflict, over_quota, or cannot_train where there is no label.
 */
export async function startTraining(
  deps: Deps,
  actor: Actor,
  request: TrainingRequest,
): Promise<TrainingSession> {
  const { model, storage, datasets, hasScalar, labelled, earlier } = await inTransaction(
    deps.db,
    actor.database,
    (tx) => gather(tx, actor, request),
  );
  const { merged, resolved } = mergeHyperparameters(
    earlier?.hyperparameters ?? model.wire.hyperparameters,
    request.config,
  );
  const all = [...labelled, ...(earlier ? await frozenLabels(deps, earlier, labelled) : [])];
  const labels = encodeLabels(all);
  if (labels.count === 0) throw withoutLabels(datasets.length);
  requireQuota(deps.config, storage, { bytes: labels.bytes.byteLength });

  const labelsKey = `labels/${randomUUID()}`;
  // Before the row, which must never point at nothing. If the row fails, the sweep finds it.
  await writeObject(deps.objects, labelsKey, labels.bytes, { organizationId: model.organizationId });
  return inTransaction(deps.db, actor.database, async (tx) => {
    const { projectId, organizationId } = model;
    const session = await queries.insertSession(tx, {
      projectId,
      organizationId,
      modelId: request.modelId,
      datasetId: request.datasetId,
      additionalDatasetIds: datasets.slice(1).map(({ id }) => id),
      continuedFrom: earlier?.id ?? null,
      totalEpochs: resolved.nTrees,
      lineage: {
        algorithm: "random_forest",
        datasets,
        ...(hasScalar && { field: "scalar" }),
        labels_sha256: labels.sha256,
        labels_count: labels.count,
        categories: categoriesOf(all),
        hyperparameters: merged,
        seed: resolved.seed,
        program_version: deps.config.version,
        node_version: process.version,
      },
      labelsKey,
      createdBy: actor.userId,
    });
    await deps.queue.send(tx, "train", { projectId, organizationId, userId: actor.userId, id: session.id });
    await announceSession(tx, session);
    return session.wire;
  });
}

async function gather(tx: Transaction, actor: Actor, request: TrainingRequest): Promise<Gathered> {
  const model = await requireModel(tx, actor, request.modelId, "training.run");
  const asked = [...new Set([request.datasetId, ...request.additionalDatasetIds])];
  const datasets: LineageDataset[] = [];
  const labelled: LabelledDataset[] = [];
  let hasScalar = false;
  for (const id of asked) {
    const dataset = await requireDataset(tx, actor, id, "training.run");
    if (dataset.projectId !== model.projectId) {
      throw new AppError(
        "validation_failed",
        `Dataset ${id} is not in the project of model ${request.modelId}. Train on datasets of that project.`,
        { details: { dataset: id, project: model.projectId } },
      );
    }
    datasets.push(await lineageOf(tx, dataset));
    hasScalar ||= isScalar(dataset);
    labelled.push({ dataset: id, labels: await snapshotLabels(tx, id) });
  }
  const earlier = request.continueFrom === null ? undefined : await requireEarlier(tx, actor, model, request);
  for (const { id } of earlier?.lineage.datasets ?? []) {
    if (asked.includes(id)) continue;
    const dataset = await findDataset(tx, id);
    if (!dataset) {
      throw new AppError(
        "conflict",
        `Session ${earlier!.id} cannot be continued: its dataset ${id} has been deleted. Start a session without continue_from_session.`,
        { details: { dataset: id } },
      );
    }
    datasets.push(await lineageOf(tx, dataset));
    hasScalar ||= isScalar(dataset);
  }
  const storage = await readStorage(tx, model.organizationId);
  return { model, storage, datasets, hasScalar, labelled, earlier };
}

async function requireEarlier(
  tx: Transaction,
  actor: Actor,
  model: Gathered["model"],
  { continueFrom }: TrainingRequest,
): Promise<queries.StoredSession> {
  const earlier = await queries.findSession(tx, continueFrom!);
  requireAllowed(actor, "training.run", earlier, "training session");
  if (!earlier || earlier.projectId !== model.projectId) throw notFound("training session");
  if (earlier.status !== "completed") {
    throw new AppError(
      "not_ready",
      `Session ${earlier.id} is ${earlier.status}; only a completed one can be continued.`,
      { details: { status: earlier.status } },
    );
  }
  if (isLegacy(earlier)) {
    throw new AppError(
      "conflict",
      `Session ${earlier.id} was run by an old MagTrace and cannot be continued. Start a session without continue_from_session.`,
    );
  }
  return earlier;
}

async function lineageOf(tx: Transaction, dataset: StoredDataset): Promise<LineageDataset> {
  requireReadable(dataset);
  const prefix = await findSeriesPrefix(tx, dataset.id);
  if (prefix === undefined) throw new AppError("not_ready", "The file is still being read.");
  return {
    id: dataset.id,
    sha256: dataset.sha256,
    object_prefix: prefix,
    total_records: dataset.totalRecords,
  };
}

/** Of datasets that the new session names itself, it takes the labels of today. */
async function frozenLabels(
  { objects }: Deps,
  earlier: queries.StoredSession,
  labelled: readonly LabelledDataset[],
): Promise<LabelledDataset[]> {
  const own = new Set(labelled.map(({ dataset }) => dataset));
  const frozen = decodeLabels(await readObject(objects, earlier.labelsKey), earlier.lineage.labels_sha256);
  return frozen.filter(({ dataset }) => !own.has(dataset));
}

function withoutLabels(datasets: number): AppError {
  const where = datasets === 1 ? "This dataset has" : `These ${datasets} datasets have`;
  return new AppError(
    "cannot_train",
    `${where} no labels, so there is nothing to learn from. Label at least one stretch of rows, then start again.`,
  );
}
