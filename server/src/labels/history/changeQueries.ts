import type { AnnotationChange, AnnotationState, ProjectRole } from "@magtrace/contracts";
import { sql } from "kysely";
import type { ProjectAccess } from "../../access/policy.ts";
import { roleColumn } from "../../access/roleColumn.ts";
import { type Page, type PageRequest, pageBounds } from "../../http/reply/page.ts";
import type { Transaction } from "../../platform/database/transaction.ts";
import { type Stamp, stateOf } from "../annotations/annotationQueries.ts";

interface ChangeRow {
  /** What the asker is in its project, where that was asked for. */
  role?: ProjectRole | null;
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

export interface StoredChange extends ProjectAccess {
  readonly wire: AnnotationChange;
}

function changeOf(row: ChangeRow): StoredChange {
  return {
    projectId: row.project_id,
    organizationId: row.organization_id,
    role: row.role ?? null,
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

/** Entries with whether they are undone just now: each second one of a chain is. */
const entries = sql`(
  SELECT entry.id, entry.dataset_id, entry.project_id, entry.organization_id, entry.annotation_id, entry.batch,
    entry.action, entry.before, entry.after, entry.undoes, entry.changed_by, entry.changed_at,
    CASE WHEN entry.root IS NULL THEN entry.undone ELSE first.undone = (entry.depth % 2 = 0) END AS undone
  FROM annotation_changes entry LEFT JOIN annotation_changes first ON first.id = entry.root) AS entry`;

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
    sql`SELECT * FROM ${entries} WHERE ${where} ORDER BY id DESC LIMIT ${limit} OFFSET ${offset}`,
  );
  const { total } = await tx.one<{ total: number }>(
    sql`SELECT count(*) AS total FROM annotation_changes WHERE ${where}`,
  );
  return { rows: rows.map((row) => changeOf(row).wire), total };
}

export async function findChange(tx: Transaction, id: number): Promise<StoredChange | undefined> {
  const row = await tx.row<ChangeRow>(
    sql`SELECT entry.*, ${roleColumn("entry")} FROM ${entries} WHERE id = ${id}`,
  );
  return row && changeOf(row);
}

/**
 * One undo or redo at a time in a dataset: what an undo points at depends on every undo before it. Waits for the others,
 * and lasts until the transaction ends; what was read before is to be read again.
 */
export async function takeTurn(tx: Transaction, datasetId: number): Promise<void> {
  await tx.run(sql`SELECT pg_advisory_xact_lock(hashtextextended('undo of labels', ${datasetId}))`);
}

/** What still stands of the user's last request that changed labels of this dataset, undo and redo aside. */
export async function lastStanding(tx: Transaction, datasetId: number, userId: number): Promise<number[]> {
  const rows = await tx.rows<{ id: number }>(
    sql`SELECT id FROM annotation_changes
        WHERE dataset_id = ${datasetId} AND action <> 'undo' AND NOT undone AND batch = (
          SELECT batch FROM annotation_changes
          WHERE dataset_id = ${datasetId} AND changed_by = ${userId} AND action <> 'undo' AND NOT undone
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
  const inForce = sql`undo.dataset_id = ${datasetId} AND undo.action = 'undo' AND first.undone AND first.newest = undo.id`;
  const last = await tx.row<{ id: number; batch: string }>(
    sql`SELECT undo.id, undo.batch
        FROM annotation_changes undo JOIN annotation_changes first ON first.id = undo.root
        WHERE ${inForce} AND undo.changed_by = ${userId} ORDER BY undo.id DESC LIMIT 1`,
  );
  if (!last) return [];
  const newer = await tx.row(
    sql`SELECT id FROM annotation_changes
        WHERE dataset_id = ${datasetId} AND changed_by = ${userId} AND action <> 'undo' AND NOT undone
          AND id > ${last.id} LIMIT 1`,
  );
  if (newer) return [];
  const rows = await tx.rows<{ id: number }>(
    sql`SELECT undo.id FROM annotation_changes undo JOIN annotation_changes first ON first.id = undo.root
        WHERE ${inForce} AND undo.batch = ${last.batch} ORDER BY undo.id`,
  );
  return rows.map(({ id }) => id);
}

/** For entries that are not undone, the newest of their chains: the ones an undo has to point at. */
export async function newestOfChains(tx: Transaction, ids: readonly number[]): Promise<number[]> {
  const rows = await tx.rows<{ id: number }>(
    sql`SELECT coalesce(first.newest, first.id) AS id
        FROM annotation_changes entry JOIN annotation_changes first ON first.id = coalesce(entry.root, entry.id)
        WHERE entry.id = ANY (${[...ids]}::bigint[])`,
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
  const obstacle = await tx.row<Omit<Obstacle, "latest">>(
    sql`SELECT * FROM (
          SELECT entry.id AS change, entry.annotation_id AS annotation, CASE
            WHEN label.id IS NULL THEN 'gone'
            WHEN entry.after IS DISTINCT FROM CASE WHEN label.deleted_at IS NULL THEN ${stateOf("label")} END
              THEN 'changed'
            WHEN entry.before IS NOT NULL AND category.id IS NULL THEN 'category_gone' END AS kind
          FROM annotation_changes entry
          LEFT JOIN annotations label ON label.id = entry.annotation_id
          LEFT JOIN label_categories category
            ON category.id = (entry.before ->> 'category')::bigint AND category.project_id = entry.project_id
          WHERE entry.id = ANY (${[...ids]}::bigint[])) AS judged
        WHERE kind IS NOT NULL ORDER BY change LIMIT 1`,
  );
  if (!obstacle) return undefined;
  const { latest } = await tx.one<{ latest: number }>(
    sql`SELECT max(id) AS latest FROM annotation_changes WHERE annotation_id = ${obstacle.annotation}`,
  );
  return { ...obstacle, latest };
}

export interface Reversal {
  readonly count: number;
  /** The first entries made. */
  readonly changes: AnnotationChange[];
}

/** Puts the labels of these entries back to what they were before, and writes that down. Nothing may be in the way. */
export async function reverse(
  tx: Transaction,
  stamp: Stamp,
  ids: readonly number[],
  mostShown: number,
): Promise<Reversal> {
  const rows = await tx.rows<ChangeRow & { count: number }>(
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
        recorded AS (
          INSERT INTO annotation_changes (dataset_id, project_id, organization_id, annotation_id, batch, action, before,
            after, undoes, root, depth, changed_by)
          SELECT dataset_id, project_id, organization_id, annotation_id, ${stamp.batch}::uuid, 'undo', after, before, id,
            coalesce(root, id), depth + 1, ${stamp.userId}::integer
          FROM entry ORDER BY id RETURNING *),
        turned AS (
          UPDATE annotation_changes first SET undone = NOT first.undone, newest = recorded.id
          FROM recorded WHERE first.id = recorded.root)
        SELECT *, count(*) OVER () AS count FROM recorded ORDER BY id LIMIT ${mostShown}`,
  );
  return { count: rows[0]?.count ?? 0, changes: rows.map((row) => changeOf(row).wire) };
}
