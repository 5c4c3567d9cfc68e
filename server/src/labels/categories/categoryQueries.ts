import type { Category, ProjectRole } from "@magtrace/contracts";
import { type RawBuilder, sql } from "kysely";
import type { ProjectAccess, ProjectRef } from "../../access/policy.ts";
import { roleColumn } from "../../access/roleColumn.ts";
import { type Page, type PageRequest, pageBounds } from "../../http/reply/page.ts";
import type { Transaction } from "../../platform/database/transaction.ts";

interface CategoryRow {
  /** What the asker is in its project, where that was asked for. */
  role?: ProjectRole | null;
  id: number;
  project_id: number;
  organization_id: number;
  name: string;
  description: string;
  color: string;
  parent_id: number | null;
  sort_order: number;
  hotkey: string | null;
  is_active: boolean;
}

export interface StoredCategory extends ProjectAccess {
  readonly wire: Category;
}

function categoryOf(row: CategoryRow): StoredCategory {
  return {
    projectId: row.project_id,
    organizationId: row.organization_id,
    role: row.role ?? null,
    wire: {
      id: row.id,
      project: row.project_id,
      name: row.name,
      description: row.description,
      color: row.color,
      parent: row.parent_id,
      order: row.sort_order,
      hotkey: row.hotkey,
      is_active: row.is_active,
    },
  };
}

export async function listCategories(
  tx: Transaction,
  query: PageRequest & { project_id?: number },
): Promise<Page<Category>> {
  const { limit, offset } = pageBounds(query);
  const where =
    query.project_id === undefined
      ? sql`project_id IN (SELECT id FROM projects WHERE deleted_at IS NULL)`
      : sql`project_id = ${query.project_id}`;
  const rows = await tx.rows<CategoryRow>(
    sql`SELECT * FROM label_categories WHERE ${where}
        ORDER BY project_id, sort_order, id LIMIT ${limit} OFFSET ${offset}`,
  );
  const { total } = await tx.one<{ total: number }>(
    sql`SELECT count(*) AS total FROM label_categories WHERE ${where}`,
  );
  return { rows: rows.map((row) => categoryOf(row).wire), total };
}

export async function findCategory(tx: Transaction, id: number): Promise<StoredCategory | undefined> {
  const row = await tx.row<CategoryRow>(
    sql`SELECT label_categories.*, ${roleColumn("label_categories")} FROM label_categories WHERE id = ${id}`,
  );
  return row && categoryOf(row);
}

export async function findCategories(
  tx: Transaction,
  ids: readonly number[],
): Promise<Map<number, Category>> {
  const rows = await tx.rows<CategoryRow>(
    sql`SELECT * FROM label_categories WHERE id = ANY (${[...ids]}::bigint[])`,
  );
  return new Map(rows.map((row) => [row.id, categoryOf(row).wire]));
}

/**
 * Every category of a project, held until the transaction ends: nobody else reshapes the hierarchy meanwhile. Labels
 * can still be made.
 */
export async function categoriesForUpdate(tx: Transaction, projectId: number): Promise<Category[]> {
  const rows = await tx.rows<CategoryRow>(
    sql`SELECT * FROM label_categories WHERE project_id = ${projectId} ORDER BY sort_order, id
        FOR NO KEY UPDATE`,
  );
  return rows.map((row) => categoryOf(row).wire);
}

/** Holds a category against new labels and new children, too. */
export async function lockCategory(tx: Transaction, id: number): Promise<void> {
  await tx.run(sql`SELECT FROM label_categories WHERE id = ${id} FOR UPDATE`);
}

export async function projectCategories(tx: Transaction, projectId: number): Promise<Category[]> {
  const rows = await tx.rows<CategoryRow>(
    sql`SELECT * FROM label_categories WHERE project_id = ${projectId} ORDER BY sort_order, id`,
  );
  return rows.map((row) => categoryOf(row).wire);
}

export type NewCategory = Omit<Category, "id" | "project">;

export async function insertCategory(
  tx: Transaction,
  projectRef: ProjectRef,
  category: NewCategory,
): Promise<Category> {
  return categoryOf(
    await tx.one<CategoryRow>(
      sql`INSERT INTO label_categories (project_id, organization_id, name, description, color, parent_id, sort_order,
            hotkey, is_active)
          VALUES (${projectRef.projectId}, ${projectRef.organizationId}, ${category.name}, ${category.description},
            ${category.color}, ${category.parent}, ${category.order}, ${category.hotkey}, ${category.is_active})
          RETURNING *`,
    ),
  ).wire;
}

export async function updateCategory(
  tx: Transaction,
  id: number,
  change: Partial<NewCategory>,
): Promise<Category> {
  const sets: RawBuilder<unknown>[] = [sql`updated_at = now()`];
  if (change.name !== undefined) sets.push(sql`name = ${change.name}`);
  if (change.description !== undefined) sets.push(sql`description = ${change.description}`);
  if (change.color !== undefined) sets.push(sql`color = ${change.color}`);
  if (change.parent !== undefined) sets.push(sql`parent_id = ${change.parent}`);
  if (change.order !== undefined) sets.push(sql`sort_order = ${change.order}`);
  if (change.hotkey !== undefined) sets.push(sql`hotkey = ${change.hotkey}`);
  if (change.is_active !== undefined) sets.push(sql`is_active = ${change.is_active}`);
  return categoryOf(
    await tx.one<CategoryRow>(
      sql`UPDATE label_categories SET ${sql.join(sets)} WHERE id = ${id} RETURNING *`,
    ),
  ).wire;
}

export async function countUses(
  tx: Transaction,
  id: number,
): Promise<{ labels: number; datasets: number; children: number }> {
  return tx.one(
    sql`SELECT count(*) AS labels, count(DISTINCT dataset_id) AS datasets,
          (SELECT count(*) FROM label_categories WHERE parent_id = ${id}) AS children
        FROM annotations WHERE category_id = ${id} AND deleted_at IS NULL`,
  );
}

/** Takes with it the labels that were deleted while they had this category: the history still tells of them. */
export async function deleteCategory(tx: Transaction, id: number): Promise<void> {
  await tx.run(sql`DELETE FROM annotations WHERE category_id = ${id} AND deleted_at IS NOT NULL`);
  await tx.run(sql`DELETE FROM label_categories WHERE id = ${id}`);
}
