import type { AskReread, Reread } from "@magtrace/contracts";
import type { Actor } from "../../access/actor.ts";
import { AppError } from "../../errors.ts";
import type { Page, PageRequest } from "../../http/reply/page.ts";
import { sqlState } from "../../platform/database/sqlState.ts";
import { inTransaction, type Transaction } from "../../platform/database/transaction.ts";
import type { ApiDeps, Deps } from "../../platform/deps.ts";
import { publishEvent } from "../../platform/events/events.ts";
import { watchUntil } from "../../platform/events/watchUntil.ts";
import type { JobData } from "../../platform/queue/queues.ts";
import type { ColumnMapping } from "../ingest/types.ts";
import type { StoredDataset } from "../queries.ts";
import { requireDataset, requireReadable } from "../service.ts";
import * as queries from "./rereadQueries.ts";

const UNIQUE_VIOLATION = "23505";

export async function listRereads(
  { db }: Deps,
  actor: Actor,
  datasetId: number,
  query: PageRequest,
): Promise<Page<Reread>> {
  return inTransaction(db, actor.database, async (tx) => {
    await requireDataset(tx, actor, datasetId, "dataset.read");
    return queries.listRereads(tx, datasetId, query);
  });
}

/**
 * Has a dataset's file read again by another mapping, and waits for it.
 * @returns what became of it: completed or, when it takes longer than the configured wait, not yet.
 * @throws {AppError} unreadable_file: it cannot be read so; conflict: its rows would not be those that labels speak of.
 */
export async function rereadDataset(
  deps: ApiDeps,
  actor: Actor,
  datasetId: number,
  { mapping }: AskReread,
): Promise<Reread> {
  const asked = await inTransaction(deps.db, actor.database, async (tx) => {
    const dataset = await requireDataset(tx, actor, datasetId, "dataset.write");
    requireReadable(dataset);
    if (dataset.originalKey === null) {
      throw new AppError("conflict", "The file of this dataset is not kept, so it cannot be read again.");
    }
    const reread = await insert(tx, dataset, mapping, actor.userId);
    const { projectId, organizationId } = dataset;
    await deps.queue.send(tx, "reread", { projectId, organizationId, userId: actor.userId, id: reread.id });
    return reread;
  });
  const finished = await watchUntil(deps, {
    waitSeconds: deps.config.UPLOAD_WAIT_SECONDS,
    concerns: ({ kind, id, state }) => kind === "dataset" && id === datasetId && state.status !== "running",
    read: async () => {
      const found = await inTransaction(deps.db, actor.database, (tx) => queries.findReread(tx, asked.id));
      if (!found) throw new AppError("gone", "The dataset was deleted while it was being read again.");
      return found;
    },
    isSettled: ({ status }) => status === "completed" || status === "failed",
  });
  if (finished.status === "failed") throw failureOf(finished);
  return finished;
}

async function insert(
  tx: Transaction,
  dataset: StoredDataset,
  mapping: ColumnMapping | null,
  userId: number,
): Promise<Reread> {
  try {
    return await queries.insertReread(tx, dataset, { mapping, userId });
  } catch (cause) {
    if (sqlState(cause) !== UNIQUE_VIOLATION) throw cause;
    throw new AppError("conflict", "This file is being read again already. Wait until that has ended.", {
      cause,
    });
  }
}

/** Makes a reading wait again for its job. False where it is done or gone, or another one is under way. */
export async function reopenReread(tx: Transaction, { id }: JobData): Promise<boolean> {
  const reread = await queries.findReread(tx, id);
  return reread?.status === "pending" || reread?.status === "running" || queries.markPending(tx, id);
}

/** It ends through no fault of the file, which stays as it was read before. */
export async function failReread(tx: Transaction, job: JobData, error: string): Promise<void> {
  const reread = await queries.findReread(tx, job.id);
  if (!reread || !(await queries.markNotDone(tx, job.id, { code: "internal", error }))) return;
  await announceReread(tx, job, reread.dataset);
}

/** For everybody who looks at the dataset, whose readings may be others now. */
export async function announceReread(tx: Transaction, job: JobData, datasetId: number): Promise<void> {
  await publishEvent(tx, {
    kind: "dataset",
    project: job.projectId,
    id: datasetId,
    state: { status: "completed", progress: 100, reread: job.id },
  });
}

function failureOf({ code, error, findings, total_findings, questions }: Reread): AppError {
  const message = error ?? "Reading the file again failed.";
  if (code === "unreadable_file") {
    return new AppError("unreadable_file", message, { details: { findings, total_findings, questions } });
  }
  return new AppError(code === "conflict" ? "conflict" : "internal", message);
}
