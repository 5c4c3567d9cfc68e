import type { Category, CreateCategory, MovedLabels, UpdateCategory } from "@magtrace/contracts";
import type { Actor } from "../../access/actor.ts";
import { notFound, type Permission, requireAllowed } from "../../access/policy.ts";
import { AppError } from "../../errors.ts";
import type { Page, PageRequest } from "../../http/reply/page.ts";
import { sqlState } from "../../platform/database/sqlState.ts";
import { inTransaction, type Transaction } from "../../platform/database/transaction.ts";
import type { Deps } from "../../platform/deps.ts";
import { requireProject } from "../../projects/service.ts";
import { moveAnnotations } from "../annotations/annotationQueries.ts";
import { newStamp } from "../annotations/annotations.ts";
import { announceCategories, announceLabels } from "../annotations/announceLabels.ts";
import { inactiveReason } from "../annotations/checkLabels.ts";
import { nextColour } from "./categoryColours.ts";
import * as queries from "./categoryQueries.ts";

const UNIQUE_VIOLATION = "23505";
/** Far more than anybody tells apart, and few enough to be compared with one another. */
const MOST_CATEGORIES = 1_000;

export async function listCategories(
  { db }: Deps,
  actor: Actor,
  query: PageRequest & { project_id?: number },
): Promise<Page<Category>> {
  return inTransaction(db, actor.database, async (tx) => {
    if (query.project_id !== undefined) await requireProject(tx, actor, query.project_id, "label.read");
    return queries.listCategories(tx, query);
  });
}

async function requireCategory(
  tx: Transaction,
  actor: Actor,
  id: number,
  permission: Permission,
): Promise<queries.StoredCategory> {
  const category = await queries.findCategory(tx, id);
  requireAllowed(actor, permission, category, "category");
  if (!category) throw notFound("category");
  await requireProject(tx, actor, category.projectId, permission);
  return category;
}

export async function readCategory({ db }: Deps, actor: Actor, id: number): Promise<Category> {
  return inTransaction(
    db,
    actor.database,
    async (tx) => (await requireCategory(tx, actor, id, "label.read")).wire,
  );
}

export async function createCategory({ db }: Deps, actor: Actor, request: CreateCategory): Promise<Category> {
  return inTransaction(db, actor.database, (tx) => createCategoryIn(tx, actor, request));
}

export async function createCategoryIn(
  tx: Transaction,
  actor: Actor,
  request: CreateCategory,
): Promise<Category> {
  const projectRef = await requireProject(tx, actor, request.project, "label.write");
  const siblings = await queries.categoriesForUpdate(tx, request.project);
  requireRoomFor(1, siblings);
  const category = withDefaults(request, siblings);
  requireFree(siblings, category);
  requireParent(siblings, null, category.parent);
  const made = await orTaken(queries.insertCategory(tx, projectRef, category));
  await announceCategories(tx, made.project);
  return made;
}

/** @throws AppError validation_failed where a project would have too many. */
export function requireRoomFor(added: number, siblings: readonly Category[]): void {
  if (added + siblings.length <= MOST_CATEGORIES) return;
  throw new AppError(
    "validation_failed",
    `A project has at most ${MOST_CATEGORIES} categories. There are ${siblings.length}, and this would add ${added}.`,
  );
}

/** What was not said: the next colour, the end of the list, the first digit that is no key yet. */
export function withDefaults(
  request: Omit<CreateCategory, "project">,
  siblings: readonly Category[],
): queries.NewCategory {
  const keys = new Set(siblings.map(({ hotkey }) => hotkey));
  const freeKey = [..."123456789"].find((key) => !keys.has(key)) ?? null;
  return {
    name: request.name.trim(),
    description: request.description ?? "",
    color: request.color?.toLowerCase() ?? nextColour(siblings.map(({ color }) => color)),
    parent: request.parent ?? null,
    order: request.order ?? siblings.reduce((last, { order }) => Math.max(last, order), -1) + 1,
    hotkey: request.hotkey === undefined ? freeKey : request.hotkey,
    is_active: request.is_active ?? true,
  };
}

export async function updateCategory(
  { db }: Deps,
  actor: Actor,
  id: number,
  request: UpdateCategory,
): Promise<Category> {
  return inTransaction(db, actor.database, async (tx) => {
    const { projectId } = await requireCategory(tx, actor, id, "label.write");
    const all = await queries.categoriesForUpdate(tx, projectId);
    const change = {
      ...request,
      ...(request.name !== undefined && { name: request.name.trim() }),
      ...(request.color !== undefined && { color: request.color.toLowerCase() }),
    };
    requireFree(
      all.filter((category) => category.id !== id),
      change,
    );
    if (change.parent !== undefined) requireParent(all, id, change.parent);
    const changed = await orTaken(queries.updateCategory(tx, id, change));
    await announceCategories(tx, projectId);
    return changed;
  });
}

function requireFree(others: readonly Category[], wanted: { name?: string; hotkey?: string | null }): void {
  const name = wanted.name?.toLowerCase();
  const namesake = others.find((category) => category.name.toLowerCase() === name);
  if (namesake) {
    throw new AppError("conflict", `There is a category "${namesake.name}" in this project already.`, {
      details: { field: "name", category: namesake.id },
    });
  }
  const holder = wanted.hotkey && others.find(({ hotkey }) => hotkey === wanted.hotkey);
  if (holder) {
    throw new AppError(
      "conflict",
      `The key ${wanted.hotkey} belongs to the category "${holder.name}". Take it from there first, or choose another.`,
      { details: { field: "hotkey", category: holder.id } },
    );
  }
}

/** What slips past `requireFree`: the database folds case by other rules, and has the last word. */
async function orTaken<T>(statement: Promise<T>): Promise<T> {
  try {
    return await statement;
  } catch (error) {
    if (sqlState(error) !== UNIQUE_VIOLATION) throw error;
    throw new AppError("conflict", "There is a category with this name or key in the project already.", {
      cause: error,
    });
  }
}

/** A parent is of the same project, and never the category itself or one below it. */
function requireParent(all: readonly Category[], id: number | null, parent: number | null): void {
  if (parent === null) return;
  const byId = new Map(all.map((category) => [category.id, category]));
  if (!byId.has(parent)) {
    throw new AppError("not_found", `There is no category ${parent} in this project to be the parent.`, {
      details: { field: "parent" },
    });
  }
  const path: string[] = [];
  for (let above: number | null = parent; above !== null; above = byId.get(above)?.parent ?? null) {
    path.push(`"${byId.get(above)?.name}"`);
    if (above === id) {
      throw new AppError(
        "validation_failed",
        path.length === 1
          ? "A category cannot be its own parent."
          : `A category cannot be below itself: ${path.join(" is below ")}.`,
        { details: { field: "parent" } },
      );
    }
  }
}

/** A category goes only when nothing refers to it: labels are never lost with a name. */
export async function deleteCategory({ db }: Deps, actor: Actor, id: number): Promise<void> {
  await inTransaction(db, actor.database, async (tx) => {
    const { projectId, wire } = await requireCategory(tx, actor, id, "label.write");
    await queries.lockCategory(tx, id);
    const { labels, datasets, children } = await queries.countUses(tx, id);
    if (labels > 0) {
      throw new AppError(
        "conflict",
        `"${wire.name}" is the category of ${count(labels, "label")} in ${count(datasets, "dataset")}. Give them another category first (POST /api/label-categories/${id}/move_labels/), or make this one inactive: it is then no longer offered, and its labels stay.`,
        { details: { labels, datasets } },
      );
    }
    if (children > 0) {
      throw new AppError(
        "conflict",
        `${count(children, "category", "categories")} below "${wire.name}". Give each another parent, or delete those first.`,
        { details: { children } },
      );
    }
    await queries.deleteCategory(tx, id);
    await announceCategories(tx, projectId);
  });
}

function count(n: number, one: string, many = `${one}s`): string {
  return n === 1 ? `1 ${one}` : `${n} ${many}`;
}

export async function moveLabels({ db }: Deps, actor: Actor, id: number, to: number): Promise<MovedLabels> {
  return inTransaction(db, actor.database, async (tx) => {
    const from = await requireCategory(tx, actor, id, "label.write");
    const target = await queries.findCategory(tx, to);
    if (target?.projectId !== from.projectId) {
      throw new AppError("not_found", `There is no category ${to} in this project.`);
    }
    if (to === id)
      throw new AppError(
        "validation_failed",
        "body/to must be another category: these labels have this one already.",
      );
    if (!target.wire.is_active) throw new AppError("validation_failed", inactiveReason(target.wire.name));
    const counts = await moveAnnotations(tx, newStamp(actor.userId), id, to);
    let moved = 0;
    for (const [datasetId, labels] of counts) {
      moved += labels;
      const change = { action: "update", count: labels, userId: actor.userId } as const;
      await announceLabels(tx, from, datasetId, change);
    }
    return { moved };
  });
}
