import { categoryIdsByName } from "../../labels/service.ts";
import type { Transaction } from "../../platform/database/transaction.ts";

export interface CategoryFinder {
  /** Whether the project has this category. */
  has(id: number): boolean;
  /** The category trained on, under whatever name it has now; else one of that name; else null. */
  find(trained: { readonly category: string | null; readonly categoryId: number | null }): number | null;
}

export async function categoryFinder(tx: Transaction, projectId: number): Promise<CategoryFinder> {
  const byName = await categoryIdsByName(tx, projectId);
  const ids = new Set(byName.values());
  return {
    has: (id) => ids.has(id),
    find({ category, categoryId }) {
      if (category === null) return null;
      return categoryId !== null && ids.has(categoryId) ? categoryId : (byName.get(category) ?? null);
    },
  };
}
