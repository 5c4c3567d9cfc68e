import type { Category } from "@magtrace/contracts";
import type { ProjectRef } from "../../access/policy.ts";
import type { Transaction } from "../../platform/database/transaction.ts";
import { announceCategories } from "../annotations/announceLabels.ts";
import { requireRoomFor, withDefaults } from "./categories.ts";
import { categoriesForUpdate, insertCategory, projectCategories } from "./categoryQueries.ts";

/** A name as people compare it. */
export function foldName(name: string): string {
  return name.trim().toLowerCase();
}

/** The categories of a project by folded name. */
export async function categoriesByName(tx: Transaction, projectId: number): Promise<Map<string, Category>> {
  const categories = await projectCategories(tx, projectId);
  return new Map(categories.map((category) => [foldName(category.name), category]));
}

/** Ids of a project's categories by name, exactly as stored. */
export async function categoryIdsByName(tx: Transaction, projectId: number): Promise<Map<string, number>> {
  const categories = await projectCategories(tx, projectId);
  return new Map(categories.map(({ name, id }) => [name, id]));
}

/** Makes those of the names that the project lacks, with the next colours and keys; answers what it made. */
export async function createMissingCategories(
  tx: Transaction,
  projectRef: ProjectRef,
  names: readonly string[],
): Promise<Category[]> {
  const siblings = await categoriesForUpdate(tx, projectRef.projectId);
  const known = new Set(siblings.map(({ name }) => foldName(name)));
  const missing: string[] = [];
  for (const name of names) {
    if (known.has(foldName(name))) continue;
    known.add(foldName(name));
    missing.push(name);
  }
  requireRoomFor(missing.length, siblings);
  const made: Category[] = [];
  for (const name of missing) {
    const category = withDefaults({ name }, [...siblings, ...made]);
    made.push(await insertCategory(tx, projectRef, category));
  }
  if (made.length > 0) await announceCategories(tx, projectRef.projectId);
  return made;
}
