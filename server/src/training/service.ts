import type { TrainingSession } from "@magtrace/contracts";
import type { Actor } from "../access/actor.ts";
import { notFound, type Permission, requireAllowed } from "../access/policy.ts";
import { AppError } from "../errors.ts";
import type { Page, PageRequest } from "../http/reply/page.ts";
import { requireModel } from "../models/service.ts";
import { inTransaction, type Transaction } from "../platform/database/transaction.ts";
import type { Deps } from "../platform/deps.ts";
import type { ObjectReader } from "../platform/objects/types.ts";
import type { JobData } from "../platform/queue/queues.ts";
import { requireProject } from "../projects/service.ts";
import { announceSession } from "./announceSession.ts";
import * as queries from "./queries.ts";
import { isLegacy } from "./types.ts";

export { findSession, newestCompleted, type StoredSession } from "./queries.ts";
export { withRecordings } from "./recording.ts";
export { readObject } from "./running/objectBytes.ts";

/** A session the actor may do `permission` on. Other domains begin with this, too. */
export async function requireSession(
  tx: Transaction,
  actor: Actor,
  id: number,
  permission: Permission,
): Promise<queries.StoredSession> {
  const seen = await queries.findSession(tx, id);
  requireAllowed(actor, permission, seen, "training session");
  const session = permission === "training.run" ? await queries.findSession(tx, id, "forUpdate") : seen;
  if (!session) throw notFound("training session");
  return session;
}

export async function listSessions(
  { db }: Deps,
  actor: Actor,
  query: PageRequest & queries.SessionFilter,
): Promise<Page<TrainingSession>> {
  return inTransaction(db, actor.database, async (tx) => {
    if (query.project_id !== undefined) await requireProject(tx, actor, query.project_id, "training.read");
    if (query.model_id !== undefined) await requireModel(tx, actor, query.model_id, "training.read");
    return queries.listSessions(tx, query);
  });
}

export async function readSession({ db }: Deps, actor: Actor, id: number): Promise<TrainingSession> {
  return inTransaction(db, actor.database, async (tx) => {
    return withLog(tx, await requireSession(tx, actor, id, "training.read"));
  });
}

async function withLog(tx: Transaction, session: queries.StoredSession): Promise<TrainingSession> {
  const [whole] = await queries.withLogs(tx, [session]);
  return whole!;
}

/** One that waits ends at once, one that runs within about a second. Stopping twice is stopping once. */
export async function stopTraining({ db }: Deps, actor: Actor, id: number): Promise<TrainingSession> {
  return inTransaction(db, actor.database, async (tx) => {
    const session = await requireSession(tx, actor, id, "training.run");
    if (session.status === "completed" || session.status === "failed") {
      throw new AppError("conflict", `This session has ended already: it is ${session.status}.`, {
        details: { status: session.status },
      });
    }
    if (session.status === "pending") await settle(tx, await queries.markCancelled(tx, id));
    else await queries.requestCancel(tx, id);
    return withLog(tx, (await queries.findSession(tx, id))!);
  });
}

/** Makes a session wait again for its job. False where it is completed or gone. */
export async function reopenTraining(tx: Transaction, { id }: JobData): Promise<boolean> {
  const session = await queries.findSession(tx, id);
  if (!session) return false;
  if (isActive(session) && !session.cancelRequested) return true;
  if (isActive(session)) await queries.markCancelled(tx, id);
  const reopened = await queries.markPending(tx, id);
  if (reopened) await announceSession(tx, reopened);
  return reopened !== undefined;
}

/** Ends a session as stopping it does, with `reason` in its log. */
export async function cancelTraining(tx: Transaction, { id }: JobData, reason: string): Promise<void> {
  const cancelled = await queries.markCancelled(tx, id);
  if (!cancelled) return;
  await queries.addLogs(tx, cancelled, [reason]);
  await announceSession(tx, cancelled);
}

async function settle(tx: Transaction, session: queries.StoredSession | undefined): Promise<void> {
  if (!session) return;
  await queries.addLogs(tx, session, ["Stopped before it began."]);
  await announceSession(tx, session);
}

/** With its trained file and its predictions; labels made from them stay. */
export async function deleteSession(deps: Deps, actor: Actor, id: number): Promise<void> {
  const keys = await inTransaction(deps.db, actor.database, async (tx) => {
    const session = await requireSession(tx, actor, id, "training.run");
    if (isActive(session)) {
      throw new AppError(
        "conflict",
        `This session is ${session.status}. Stop it first: POST /api/training-sessions/${id}/stop_training/.`,
        { details: { status: session.status } },
      );
    }
    await queries.deleteSession(tx, id);
    return objectKeysOf(session);
  });
  await deleteObjects(deps, keys);
}

/** The trained model's bytes, and what to call the file. */
export async function openModelFile(
  deps: Deps,
  actor: Actor,
  id: number,
): Promise<{ reader: ObjectReader; filename: string }> {
  const session = await inTransaction(deps.db, actor.database, (tx) =>
    requireSession(tx, actor, id, "training.read"),
  );
  if (session.modelKey === null) {
    const why = isLegacy(session)
      ? "This session was run by an old MagTrace, whose model was left there. Train the model anew."
      : `This session is ${session.status}, so it has no trained model.`;
    throw new AppError("not_ready", why, { details: { status: session.status } });
  }
  return { reader: await deps.objects.open(session.modelKey), filename: `magtrace-model-${id}.bin` };
}

/** What has to be known of a model's sessions before it is deleted. */
export async function sessionsOfModel(
  tx: Transaction,
  modelId: number,
): Promise<{ active: number[]; objectKeys: string[] }> {
  const sessions = await queries.sessionsOfModel(tx, modelId);
  return {
    active: sessions.filter(isActive).map(({ id }) => id),
    objectKeys: sessions.flatMap(objectKeysOf),
  };
}

function isActive({ status }: queries.StoredSession): boolean {
  return status === "pending" || status === "running";
}

function objectKeysOf({ labelsKey, checkpointKey, modelKey }: queries.StoredSession): string[] {
  return [labelsKey, checkpointKey, modelKey].filter((key) => key !== null);
}

/** After the rows are gone. What cannot be deleted now is found by the sweep. */
export async function deleteObjects({ objects, log }: Deps, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    await objects.delete(key).catch((error) => log.warn({ err: error }, "an object was left for the sweep"));
  }
}
