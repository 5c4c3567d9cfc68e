import { randomUUID } from "node:crypto";
import type { Annotation, CreateAnnotation, UpdateAnnotation } from "@magtrace/contracts";
import type { Actor } from "../../access/actor.ts";
import { notFound, type Permission, requireAllowed } from "../../access/policy.ts";
import { requireDataset, requireReadable, type StoredDataset } from "../../datasets/service.ts";
import { AppError } from "../../errors.ts";
import type { Page, PageRequest } from "../../http/reply/page.ts";
import { inTransaction, type Transaction } from "../../platform/database/transaction.ts";
import type { Deps } from "../../platform/deps.ts";
import { findCategory } from "../categories/categoryQueries.ts";
import * as queries from "./annotationQueries.ts";
import { announceLabels, labelsAnnouncement } from "./announceLabels.ts";
import { requireIntervalFits, requireLabelsFit } from "./checkLabels.ts";
import type { LabelEvents } from "./labelEvents.ts";

export interface LabelDeps extends Deps {
  readonly labelEvents: LabelEvents;
}

export async function listAnnotations(
  { db }: Deps,
  actor: Actor,
  query: PageRequest & queries.AnnotationFilter,
): Promise<Page<Annotation>> {
  return inTransaction(db, actor.database, async (tx) => {
    if (query.dataset_id !== undefined) await requireDataset(tx, actor, query.dataset_id, "label.read");
    if (query.category_id !== undefined) {
      requireAllowed(actor, "label.read", await findCategory(tx, query.category_id), "category");
    }
    return queries.listAnnotations(tx, query);
  });
}

/** A label the actor may do `permission` on, deleted or not, and its dataset. Held when it is to be changed. */
export async function requireAnnotation(
  tx: Transaction,
  actor: Actor,
  id: number,
  permission: Permission,
): Promise<{ label: queries.StoredAnnotation; dataset: StoredDataset }> {
  let label = await queries.findAnnotation(tx, id, "read");
  requireAllowed(actor, permission, label, "annotation");
  // Only now: to those who may not change a row, row-level security does not even show it for holding.
  if (permission !== "label.read") label = await queries.findAnnotation(tx, id, "forUpdate");
  if (!label) throw notFound("annotation");
  return { label, dataset: await requireDataset(tx, actor, label.wire.dataset, permission) };
}

async function requireLiveAnnotation(tx: Transaction, actor: Actor, id: number, permission: Permission) {
  const found = await requireAnnotation(tx, actor, id, permission);
  if (found.label.deleted) throw notFound("annotation");
  return found;
}

export async function readAnnotation({ db }: Deps, actor: Actor, id: number): Promise<Annotation> {
  return inTransaction(db, actor.database, async (tx) => {
    return (await requireLiveAnnotation(tx, actor, id, "label.read")).label.wire;
  });
}

/** A dataset that the actor may label, with its rows. */
export async function requireLabelable(tx: Transaction, actor: Actor, id: number): Promise<StoredDataset> {
  const dataset = await requireDataset(tx, actor, id, "label.write");
  requireReadable(dataset);
  return dataset;
}

export async function createAnnotation(
  { db, labelEvents }: LabelDeps,
  actor: Actor,
  request: CreateAnnotation,
): Promise<Annotation> {
  const made = await queries.makeAnnotation(db, actor.database, request, newStamp(actor.userId));
  if (made) {
    await labelEvents.tell(made, made.wire.dataset, { action: "create", count: 1, userId: actor.userId });
    return made.wire;
  }
  // It may not be made, or not of this; here is found out why.
  return inTransaction(db, actor.database, async (tx) => {
    const [made] = await createAnnotationsIn(tx, actor, [request], () => "");
    return made!;
  });
}

/** All or none. */
export async function createAnnotations(
  { db }: Deps,
  actor: Actor,
  requests: readonly CreateAnnotation[],
): Promise<Annotation[]> {
  return inTransaction(db, actor.database, (tx) =>
    createAnnotationsIn(tx, actor, requests, (index) => `annotations/${index}`),
  );
}

export async function createAnnotationsIn(
  tx: Transaction,
  actor: Actor,
  requests: readonly CreateAnnotation[],
  at: (index: number) => string,
): Promise<Annotation[]> {
  const counts = new Map<number, number>();
  for (const { dataset } of requests) counts.set(dataset, (counts.get(dataset) ?? 0) + 1);
  const datasets = new Map<number, StoredDataset>();
  for (const id of counts.keys()) datasets.set(id, await requireLabelable(tx, actor, id));
  const labels = requests.map((request) => ({
    dataset: datasets.get(request.dataset)!,
    category: request.category,
    start_index: request.start_index,
    end_index: request.end_index,
    confidence: request.confidence ?? 1,
    notes: request.notes ?? "",
    prediction: null,
  }));
  await requireLabelsFit(tx, labels, at);
  const announced = [...counts].map(([id, count]) =>
    labelsAnnouncement(datasets.get(id)!, id, { action: "create", count, userId: actor.userId }),
  );
  return queries.insertAnnotations(tx, newStamp(actor.userId), labels, announced);
}

export function newStamp(userId: number): queries.Stamp {
  return { userId, batch: randomUUID() };
}

export async function updateAnnotation(
  { db }: Deps,
  actor: Actor,
  id: number,
  request: UpdateAnnotation,
): Promise<Annotation> {
  return inTransaction(db, actor.database, (tx) => updateAnnotationIn(tx, actor, id, request));
}

export async function updateAnnotationIn(
  tx: Transaction,
  actor: Actor,
  id: number,
  request: UpdateAnnotation,
): Promise<Annotation> {
  const { label, dataset } = await requireLiveAnnotation(tx, actor, id, "label.write");
  const change = whatChanges(label.wire, request);
  // Nothing new is nothing done: it would only clutter the history, and be in the way of an undo.
  if (Object.keys(change).length === 0) return label.wire;
  await requireChangeFits(tx, dataset, { ...label.wire, ...change }, change);
  const changed = await queries.updateAnnotation(tx, newStamp(actor.userId), id, change);
  await announceLabels(tx, dataset, dataset.id, { action: "update", count: 1, userId: actor.userId });
  return changed;
}

const FIELDS = ["category", "start_index", "end_index", "confidence", "notes"] as const;

function whatChanges(label: Annotation, request: UpdateAnnotation): queries.AnnotationUpdate {
  return Object.fromEntries(
    FIELDS.filter((field) => request[field] !== undefined && request[field] !== label[field]).map((field) => [
      field,
      request[field],
    ]),
  );
}

/** A label keeps a category that has been made inactive since; it cannot be given one. */
async function requireChangeFits(
  tx: Transaction,
  dataset: StoredDataset,
  wanted: Annotation,
  change: queries.AnnotationUpdate,
): Promise<void> {
  const proposed = { ...wanted, dataset };
  if (change.category !== undefined) await requireLabelsFit(tx, [proposed], () => "");
  else requireIntervalFits(dataset, wanted);
}

export async function deleteAnnotation({ db }: Deps, actor: Actor, id: number): Promise<void> {
  await inTransaction(db, actor.database, (tx) => deleteAnnotationIn(tx, actor, id));
}

export async function deleteAnnotationIn(tx: Transaction, actor: Actor, id: number): Promise<void> {
  const { dataset } = await requireLiveAnnotation(tx, actor, id, "label.write");
  await queries.deleteAnnotation(tx, newStamp(actor.userId), id);
  await announceLabels(tx, dataset, dataset.id, { action: "delete", count: 1, userId: actor.userId });
}

export async function restoreAnnotation({ db }: Deps, actor: Actor, id: number): Promise<Annotation> {
  return inTransaction(db, actor.database, async (tx) => {
    const { label, dataset } = await requireAnnotation(tx, actor, id, "label.write");
    if (!label.deleted)
      throw new AppError("conflict", "This label is not deleted, so it cannot be restored.");
    const restored = await queries.restoreAnnotation(tx, newStamp(actor.userId), id);
    await announceLabels(tx, dataset, dataset.id, { action: "restore", count: 1, userId: actor.userId });
    return restored;
  });
}
