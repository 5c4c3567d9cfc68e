import type {
  Annotation,
  BulkOldLabels,
  Category,
  CreateOldLabel,
  OldLabel,
  UpdateOldLabel,
} from "@magtrace/contracts";
import type { Actor } from "../../access/actor.ts";
import type { ProjectRef } from "../../access/policy.ts";
import { AppError } from "../../errors.ts";
import type { Page, PageRequest } from "../../http/reply/page.ts";
import { inTransaction, type Transaction } from "../../platform/database/transaction.ts";
import type { Deps } from "../../platform/deps.ts";
import { findCategories, projectCategories } from "../categories/categoryQueries.ts";
import { createMissingCategories, foldName } from "../categories/resolveCategories.ts";
import {
  createAnnotationsIn,
  listAnnotations,
  readAnnotation,
  requireAnnotation,
  requireLabelable,
  updateAnnotationIn,
} from "./annotations.ts";

/** The key by which the oldest clients know a category: `fan_noise` for "Fan noise". */
export function labelType(name: string): string {
  return foldName(name).replaceAll(/[\s_-]+/g, "_");
}

export async function listOldLabels(
  deps: Deps,
  actor: Actor,
  query: PageRequest & { dataset_id?: number; dataset?: number },
): Promise<Page<OldLabel>> {
  const datasetId = query.dataset_id ?? query.dataset;
  const page = await listAnnotations(deps, actor, {
    ...(query.limit !== undefined && { limit: query.limit }),
    ...(query.offset !== undefined && { offset: query.offset }),
    ...(datasetId !== undefined && { dataset_id: datasetId }),
  });
  return {
    rows: await inTransaction(deps.db, actor.database, (tx) => inOldWords(tx, page.rows)),
    total: page.total,
  };
}

export async function readOldLabel(deps: Deps, actor: Actor, id: number): Promise<OldLabel> {
  const annotation = await readAnnotation(deps, actor, id);
  return inTransaction(deps.db, actor.database, (tx) => oneInOldWords(tx, annotation));
}

export async function createOldLabel({ db }: Deps, actor: Actor, request: CreateOldLabel): Promise<OldLabel> {
  return inTransaction(db, actor.database, async (tx) => {
    const [made] = await createIn(tx, actor, [request], () => "");
    return made!;
  });
}

/** All or none. */
export async function createOldLabels({ db }: Deps, actor: Actor, body: BulkOldLabels): Promise<OldLabel[]> {
  const { dataset, labels } = Array.isArray(body) ? { dataset: undefined, labels: body } : body;
  const requests = labels.map((label, index) => {
    const named = label.dataset ?? dataset;
    if (named !== undefined) return { ...label, dataset: named };
    throw new AppError("validation_failed", `labels/${index}: dataset is missing, here and beside "labels".`);
  });
  return inTransaction(db, actor.database, (tx) =>
    createIn(tx, actor, requests, (index) => `labels/${index}`),
  );
}

async function createIn(
  tx: Transaction,
  actor: Actor,
  requests: readonly CreateOldLabel[],
  at: (index: number) => string,
): Promise<OldLabel[]> {
  const typesOf = new Map<number, Set<string>>();
  for (const { dataset, label_type } of requests) {
    typesOf.set(dataset, (typesOf.get(dataset) ?? new Set()).add(label_type));
  }
  const categoryOf = new Map<string, number>();
  for (const [datasetId, types] of typesOf) {
    const projectRef = await requireLabelable(tx, actor, datasetId);
    for (const [type, id] of await categoriesOfTypes(tx, projectRef, [...types]))
      categoryOf.set(`${datasetId} ${type}`, id);
  }
  const annotations = requests.map(({ label_type, ...label }) => ({
    ...label,
    category: categoryOf.get(`${label.dataset} ${label_type}`)!,
  }));
  return inOldWords(tx, await createAnnotationsIn(tx, actor, annotations, at));
}

export async function updateOldLabel(
  { db }: Deps,
  actor: Actor,
  id: number,
  { label_type, ...request }: UpdateOldLabel,
): Promise<OldLabel> {
  return inTransaction(db, actor.database, async (tx) => {
    const { dataset } = await requireAnnotation(tx, actor, id, "label.write");
    const category =
      label_type === undefined
        ? undefined
        : (await categoriesOfTypes(tx, dataset, [label_type])).get(label_type)!;
    const change = { ...request, ...(category !== undefined && { category }) };
    return oneInOldWords(tx, await updateAnnotationIn(tx, actor, id, change));
  });
}

/** The category of each type: by name, else by key, else a new one. The oldest clients know of no categories to make first. */
export async function categoriesOfTypes(
  tx: Transaction,
  projectRef: ProjectRef,
  types: readonly string[],
): Promise<Map<string, number>> {
  const find = async () => {
    const categories = await projectCategories(tx, projectRef.projectId);
    const byName = firstIds(categories, foldName);
    const byKey = firstIds(categories, labelType);
    return new Map(
      types.flatMap((type) => {
        const id = byName.get(foldName(type)) ?? byKey.get(labelType(type));
        return id === undefined ? [] : [[type, id] as const];
      }),
    );
  };
  const found = await find();
  const missing = types.filter((type) => !found.has(type));
  if (missing.length === 0) return found;
  await createMissingCategories(tx, projectRef, missing);
  return find();
}

/** The first category of each name, as `keyOf` writes it. */
function firstIds(categories: readonly Category[], keyOf: (name: string) => string): Map<string, number> {
  return new Map(categories.toReversed().map(({ id, name }) => [keyOf(name), id]));
}

async function inOldWords(tx: Transaction, annotations: readonly Annotation[]): Promise<OldLabel[]> {
  const categories = await findCategories(tx, [...new Set(annotations.map(({ category }) => category))]);
  return annotations.map(({ prediction: _, ...label }) => ({
    ...label,
    label_type: labelType(categories.get(label.category)!.name),
  }));
}

async function oneInOldWords(tx: Transaction, annotation: Annotation): Promise<OldLabel> {
  return (await inOldWords(tx, [annotation]))[0]!;
}
