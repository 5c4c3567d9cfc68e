import type { AnnotationChange, UndoResult } from "@magtrace/contracts";
import type { Actor } from "../../access/actor.ts";
import { notFound, type ProjectRef, requireAllowed } from "../../access/policy.ts";
import { requireDataset } from "../../datasets/service.ts";
import { AppError } from "../../errors.ts";
import type { Page, PageRequest } from "../../http/reply/page.ts";
import { inTransaction, type Transaction } from "../../platform/database/transaction.ts";
import type { Deps } from "../../platform/deps.ts";
import { newStamp } from "../annotations/annotations.ts";
import { announceLabels } from "../annotations/announceLabels.ts";
import * as queries from "./changeQueries.ts";

/** Entries shown of a large undo; the rest is in the history under the same batch. */
const MOST_SHOWN = 100;

export async function listChanges(
  { db }: Deps,
  actor: Actor,
  query: PageRequest & { dataset_id: number; annotation_id?: number },
): Promise<Page<AnnotationChange>> {
  return inTransaction(db, actor.database, async (tx) => {
    await requireDataset(tx, actor, query.dataset_id, "label.read");
    return queries.listChanges(tx, query);
  });
}

/** Takes back the actor's own last request that changed labels of the dataset, whole. */
export async function undoLast({ db }: Deps, actor: Actor, datasetId: number): Promise<UndoResult> {
  return inTransaction(db, actor.database, async (tx) => {
    const dataset = await requireDataset(tx, actor, datasetId, "label.write");
    await queries.takeTurn(tx, datasetId);
    const standing = await queries.lastStanding(tx, datasetId, actor.userId);
    if (standing.length === 0) {
      throw new AppError("conflict", "You have made no change in this dataset that could be undone.");
    }
    return undo(tx, actor, { projectRef: dataset, datasetId, entries: standing });
  });
}

/** Brings back what the actor's last undo took away, unless they have changed something since. */
export async function redoLast({ db }: Deps, actor: Actor, datasetId: number): Promise<UndoResult> {
  return inTransaction(db, actor.database, async (tx) => {
    const dataset = await requireDataset(tx, actor, datasetId, "label.write");
    await queries.takeTurn(tx, datasetId);
    const undone = await queries.lastUndone(tx, datasetId, actor.userId);
    if (undone.length === 0) {
      throw new AppError("conflict", "You have undone no change in this dataset that could be redone.");
    }
    return undo(tx, actor, { projectRef: dataset, datasetId, entries: undone });
  });
}

/** Takes back one entry of the history, whoever made it; taking back an undo is a redo. */
export async function undoChange({ db }: Deps, actor: Actor, id: number): Promise<AnnotationChange> {
  return inTransaction(db, actor.database, async (tx) => {
    const asked = await queries.findChange(tx, id);
    requireAllowed(actor, "label.write", asked, "change");
    if (!asked) throw notFound("change");
    const datasetId = asked.wire.dataset;
    await requireDataset(tx, actor, datasetId, "label.write");
    await queries.takeTurn(tx, datasetId);
    const change = await queries.findChange(tx, id);
    if (!change) throw notFound("change");
    if (change.wire.undone) {
      throw new AppError(
        "conflict",
        `Change ${id} has been undone already. To bring it back, undo the change that undid it.`,
      );
    }
    const { changes } = await undo(tx, actor, { projectRef: change, datasetId, entries: [id] });
    return changes[0]!;
  });
}

async function undo(
  tx: Transaction,
  actor: Actor,
  what: { projectRef: ProjectRef; datasetId: number; entries: readonly number[] },
): Promise<UndoResult> {
  const ids = await queries.newestOfChains(tx, what.entries);
  const obstacle = await queries.firstObstacle(tx, ids);
  if (obstacle) throw refusal(obstacle);
  const stamp = newStamp(actor.userId);
  const { count, changes } = await queries.reverse(tx, stamp, ids, MOST_SHOWN);
  const announced = { action: "undo", count, userId: actor.userId } as const;
  await announceLabels(tx, what.projectRef, what.datasetId, announced);
  return { batch: stamp.batch, undone: count, changes };
}

function refusal({ kind, change, annotation, latest }: queries.Obstacle): AppError {
  const reasons: Record<queries.Obstacle["kind"], string> = {
    changed: `Label ${annotation} has been changed since (change ${latest}). Undo that first.`,
    gone: `Label ${annotation} was deleted, and its category after it: it cannot come back.`,
    category_gone: `The category that label ${annotation} had has been deleted: it cannot have it back.`,
  };
  return new AppError("conflict", `This cannot be undone. ${reasons[kind]}`, {
    details: { change, annotation, latest, reason: kind },
  });
}
