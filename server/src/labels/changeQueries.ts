import type { AnnotationChange, AnnotationState } from "@magtrace/contracts";
import { sql } from "kysely";
import type { Place } from "../accounts/policy.ts";
import type { Transaction } from "../platform/database/transaction.ts";
import { type Page, type PageRequest, pageBounds } from "../platform/http/page.ts";
import { type Stamp, stateOf } from "./annotationQueries.ts";

interface ChangeRow {
  id: number;
  dataset_id: number;
  project_id: number;
  organization_id: number;
  annotation_id: number;
  batch: string;
  action: AnnotationChange["action"];
  before: AnnotationState | null;
  after: AnnotationState | null;
  undoes: number | null;
  undone: boolean;
  changed_by: number | null;
  changed_at: Date;
}

export interface StoredChange extends Place {
  readonly wire: AnnotationChange;
}

function changeOf(row: ChangeRow): StoredChange {
  return {
    projectId: row.project_id,
    organizationId: row.organization_id,
    wire: {
      id: row.id,
      annotation: row.annotation_id,
      dataset: row.dataset_id,
      action: row.action,
      before: row.before,
      after: row.after,
      batch: row.batch,
      undoes: row.undoes,
      undone: row.undone,
      changed_by: row.changed_by,
      changed_at: row.changed_at.toISOString(),
    },
  };
}

/** Newest first. */
export async function listChanges(
  tx: Transaction,
  query: PageRequest & { dataset_id: number; annotation_id?: number },
): Promise<Page<AnnotationChange>> {
  const { limit, offset } = pageBounds(query);
  const where =
    query.annotation_id === undefined
      ? sql`dataset_id = ${query.dataset_id}`
      : sql`dataset_id = ${query.dataset_id} AND annotation_id = ${query.annotation_id}`;
  const rows = await tx.rows<ChangeRow>(
    sql`SELECT * FROM annotation_changes WHERE ${where} ORDER BY id DESC LIMIT ${limit} OFFSET ${offset}`,
  );
  const { total } = await tx.one<{ total: number }>(
    sql`SELECT count(*) AS total FROM annotation_changes WHERE ${where}`,
  );
  return { rows: rows.map((row) => changeOf(row).wire), total };
}

export async function findChange(tx: Transaction, id: number): Promise<StoredChange | undefined> {
  const row = await tx.row<ChangeRow>(sql`SELECT * FROM annotation_changes WHERE id = ${id}`);
  return row && changeOf(row);
}

/** What still stands of the user's last request that changed labels of this dataset, undo and redo aside. */
export async function lastStanding(tx: Transaction, datasetId: number, userId: number): Promise<number[]> {
  const rows = await tx.rows<{ id: number }>(
    sql`SELECT id FROM annotation_changes
        WHERE dataset_id = ${datasetId} AND NOT undone AND action <> 'undo' AND batch = (
          SELECT batch FROM annotation_changes
          WHERE dataset_id = ${datasetId} AND changed_by = ${userId} AND NOT undone AND action <> 'undo'
          ORDER BY id DESC LIMIT 1)
        ORDER BY id`,
  );
  return rows.map(({ id }) => id);
}

/**
 * What the user's last undo took back and nothing has brought back since; empty once they have changed something
 * after it.
 */
export async function lastUndone(tx: Transaction, datasetId: number, userId: number): Promise<number[]> {
  const undo = sql`undo.dataset_id = ${datasetId} AND undo.action = 'undo' AND NOT undo.undone AND first.undone`;
  const rows = await tx.rows<{ id: number }>(
    sql`WITH last AS (
          SELECT undo.id, undo.batch FROM annotation_changes undo JOIN annotation_changes first ON first.id = undo.root
          WHERE ${undo} AND undo.changed_by = ${userId} ORDER BY undo.id DESC LIMIT 1)
        SELECT undo.id FROM annotation_changes undo JOIN annotation_changes first ON first.id = undo.root
        WHERE ${undo} AND undo.batch = (SELECT batch FROM last) AND NOT EXISTS (
          SELECT FROM annotation_changes later
          WHERE later.dataset_id = ${datasetId} AND later.changed_by = ${userId} AND NOT later.undone
            AND later.action <> 'undo' AND later.id > (SELECT id FROM last))
        ORDER BY undo.id`,
  );
  return rows.map(({ id }) => id);
}

/** For entries that stand, the newest of their chains: the ones an undo has to point at. */
export async function newestOfChains(tx: Transaction, ids: readonly number[]): Promise<number[]> {
  const rows = await tx.rows<{ id: number }>(
    sql`SELECT coalesce((SELECT max(later.id) FROM annotation_changes later
                         WHERE later.root = coalesce(entry.root, entry.id)), entry.id) AS id
        FROM annotation_changes entry WHERE entry.id = ANY (${[...ids]}::bigint[])`,
  );
  return rows.map(({ id }) => id);
}

export interface Obstacle {
  readonly change: number;
  readonly annotation: number;
  /** Its row is gone, it is not as the change left it, or the category it would get back is gone. */
  readonly kind: "gone" | "changed" | "category_gone";
  /** The newest entry about this label. */
  readonly latest: number;
}

/** The first reason why these entries cannot be undone. Holds their labels until the transaction ends. */
export async function firstObstacle(tx: Transaction, ids: readonly number[]): Promise<Obstacle | undefined> {
  await tx.run(
    sql`SELECT FROM annotations
        WHERE id IN (SELECT annotation_id FROM annotation_changes WHERE id = ANY (${[...ids]}::bigint[]))
        ORDER BY id FOR UPDATE`,
  );
  return tx.row<Obstacle>(
    sql`SELECT judged.id AS change, judged.annotation_id AS annotation, judged.kind,
          (SELECT max(id) FROM annotation_changes WHERE annotation_id = judged.annotation_id) AS latest
        FROM (
          SELECT entry.id, entry.annotation_id, CASE
            WHEN label.id IS NULL THEN 'gone'
            WHEN entry.after IS DISTINCT FROM CASE WHEN label.deleted_at IS NULL THEN ${stateOf("label")} END
              THEN 'changed'
            WHEN entry.before IS NOT NULL AND category.id IS NULL THEN 'category_gone' END AS kind
          FROM annotation_changes entry
          LEFT JOIN annotations label ON label.id = entry.annotation_id
          LEFT JOIN label_categories category
            ON category.id = (entry.before ->> 'category')::bigint AND category.project_id = entry.project_id
          WHERE entry.id = ANY (${[...ids]}::bigint[])) AS judged
        WHERE judged.kind IS NOT NULL ORDER BY judged.id LIMIT 1`,
  );
}

/** Puts the labels of these entries back to what they were before, and writes that down. Nothing may be in the way. */
export async function reverse(
  tx: Transaction,
  stamp: Stamp,
  ids: readonly number[],
): Promise<AnnotationChange[]> {
  const rows = await tx.rows<ChangeRow>(
    sql`WITH entry AS (SELECT * FROM annotation_changes WHERE id = ANY (${[...ids]}::bigint[])),
        removed AS (
          UPDATE annotations label SET deleted_at = now(), updated_at = now()
          FROM entry WHERE label.id = entry.annotation_id AND entry.before IS NULL),
        put_back AS (
          UPDATE annotations label SET
            category_id = (entry.before ->> 'category')::bigint,
            start_index = (entry.before ->> 'start_index')::bigint,
            end_index = (entry.before ->> 'end_index')::bigint,
            confidence = (entry.before ->> 'confidence')::float8,
            notes = entry.before ->> 'notes',
            prediction_id = (entry.before ->> 'prediction')::bigint,
            deleted_at = NULL, updated_at = now()
          FROM entry WHERE label.id = entry.annotation_id AND entry.before IS NOT NULL),
        chain AS (
          SELECT coalesce(root, id) AS id FROM entry
          UNION ALL
          SELECT link.id FROM annotation_changes link JOIN entry ON link.root = coalesce(entry.root, entry.id)),
        turned AS (
          UPDATE annotation_changes SET undone = NOT undone FROM chain WHERE annotation_changes.id = chain.id),
        recorded AS (
          INSERT INTO annotation_changes (dataset_id, project_id, organization_id, annotation_id, batch, action, before,
            after, undoes, root, changed_by)
          SELECT dataset_id, project_id, organization_id, annotation_id, ${stamp.batch}::uuid, 'undo', after, before, id,
            coalesce(root, id), ${stamp.userId}::integer
          FROM entry ORDER BY id RETURNING *)
        SELECT * FROM recorded ORDER BY id`,
  );
  return rows.map((row) => changeOf(row).wire);
}
