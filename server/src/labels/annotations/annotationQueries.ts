import type { Annotation, CreateAnnotation, ProjectRole } from "@magtrace/contracts";
import { type RawBuilder, sql } from "kysely";
import type pg from "pg";
import type { ProjectAccess, ProjectRef } from "../../access/policy.ts";
import { roleColumn } from "../../access/roleColumn.ts";
import { type Page, type PageRequest, pageBounds } from "../../http/reply/page.ts";
import { type DatabaseAccess, type Transaction, writeOnce } from "../../platform/database/transaction.ts";

export interface AnnotationRow {
  /** What the asker is in its project, where that was asked for. */
  role?: ProjectRole | null;
  id: number;
  dataset_id: number;
  project_id: number;
  organization_id: number;
  category_id: number;
  start_index: number;
  end_index: number;
  confidence: number;
  notes: string;
  prediction_id: number | null;
  created_by: number | null;
  created_at: Date;
  updated_at: Date;
  deleted_at: Date | null;
}

export interface StoredAnnotation extends ProjectAccess {
  readonly deleted: boolean;
  readonly wire: Annotation;
}

/** Who changes labels, and in which request: changes of one batch are undone together. */
export interface Stamp {
  readonly userId: number;
  readonly batch: string;
}

export function wireOf(row: AnnotationRow): Annotation {
  return {
    id: row.id,
    dataset: row.dataset_id,
    category: row.category_id,
    start_index: row.start_index,
    end_index: row.end_index,
    confidence: row.confidence,
    notes: row.notes,
    created_by: row.created_by,
    prediction: row.prediction_id,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

/** What the history keeps of a label, of the row that goes by `alias`. */
export function stateOf(alias: "made" | "old" | "changed" | "label"): RawBuilder<unknown> {
  const row = sql.ref(alias);
  return sql`jsonb_build_object('category', ${row}.category_id, 'start_index', ${row}.start_index,
    'end_index', ${row}.end_index, 'confidence', ${row}.confidence, 'notes', ${row}.notes,
    'prediction', ${row}.prediction_id)`;
}

export interface AnnotationFilter {
  readonly dataset_id?: number;
  readonly category_id?: number;
  /** Labels that share a row with start_index … end_index, both inclusive. */
  readonly start_index?: number;
  readonly end_index?: number;
}

export async function listAnnotations(
  tx: Transaction,
  query: PageRequest & AnnotationFilter,
): Promise<Page<Annotation>> {
  const { limit, offset } = pageBounds(query);
  const where = matching(query);
  const rows = await tx.rows<AnnotationRow>(
    sql`SELECT * FROM annotations WHERE ${where}
        ORDER BY dataset_id, start_index, end_index, id LIMIT ${limit} OFFSET ${offset}`,
  );
  const { total } = await tx.one<{ total: number }>(
    sql`SELECT count(*) AS total FROM annotations WHERE ${where}`,
  );
  return { rows: rows.map(wireOf), total };
}

function matching(filter: AnnotationFilter): RawBuilder<unknown> {
  const conditions = [sql`deleted_at IS NULL`];
  if (filter.dataset_id !== undefined) conditions.push(sql`dataset_id = ${filter.dataset_id}`);
  else conditions.push(sql`project_id IN (SELECT id FROM projects WHERE deleted_at IS NULL)`);
  if (filter.category_id !== undefined) conditions.push(sql`category_id = ${filter.category_id}`);
  if (filter.end_index !== undefined) conditions.push(sql`start_index <= ${filter.end_index}`);
  if (filter.start_index !== undefined) conditions.push(sql`end_index >= ${filter.start_index}`);
  return sql.join(conditions, sql` AND `);
}

/** Deleted ones too. Held until the transaction ends when it is to be changed. */
export async function findAnnotation(
  tx: Transaction,
  id: number,
  lock: "forUpdate" | "read",
): Promise<StoredAnnotation | undefined> {
  const row = await tx.row<AnnotationRow>(
    sql`SELECT annotations.*, ${roleColumn("annotations")} FROM annotations WHERE id = ${id} ${lock === "forUpdate" ? sql`FOR UPDATE` : sql``}`,
  );
  return row && storedOf(row);
}

function storedOf(row: AnnotationRow): StoredAnnotation {
  return {
    projectId: row.project_id,
    organizationId: row.organization_id,
    role: row.role ?? null,
    deleted: row.deleted_at !== null,
    wire: wireOf(row),
  };
}

/** Made only where the asker may and it fits (migrations/0025_labels.sql), in one round trip. */
export async function makeAnnotation(
  db: pg.Pool,
  access: DatabaseAccess,
  label: CreateAnnotation,
  { batch }: Stamp,
): Promise<StoredAnnotation | undefined> {
  const [rows] = await writeOnce<[AnnotationRow]>(db, access, [
    sql`SELECT * FROM make_label(${label.dataset}, ${label.category}, ${label.start_index}, ${label.end_index},
      ${label.confidence ?? 1}, ${label.notes ?? ""}, ${batch})`,
  ]);
  return rows[0] && storedOf(rows[0]);
}

export interface NewAnnotation {
  readonly dataset: ProjectRef & { readonly id: number };
  readonly category: number;
  readonly start_index: number;
  readonly end_index: number;
  readonly confidence: number;
  readonly notes: string;
  readonly prediction: number | null;
}

/**
 * All in one statement, with their history; the answer is in the order given. `further` statements go along in the same
 * round trip.
 */
export async function insertAnnotations(
  tx: Transaction,
  stamp: Stamp,
  labels: readonly NewAnnotation[],
  further: readonly RawBuilder<unknown>[] = [],
): Promise<Annotation[]> {
  const column = <T>(of: (label: NewAnnotation) => T) => labels.map(of);
  const [rows] = await tx.all<[AnnotationRow, ...unknown[]]>([
    sql`WITH made AS (
          INSERT INTO annotations (dataset_id, project_id, organization_id, category_id, start_index, end_index,
            confidence, notes, prediction_id, created_by)
          SELECT dataset_id, project_id, organization_id, category_id, start_index, end_index,
            confidence, notes, prediction_id, ${stamp.userId}::integer
          FROM unnest(
            ${column(({ dataset }) => dataset.id)}::bigint[], ${column(({ dataset }) => dataset.projectId)}::bigint[],
            ${column(({ dataset }) => dataset.organizationId)}::integer[], ${column(({ category }) => category)}::bigint[],
            ${column(({ start_index }) => start_index)}::bigint[], ${column(({ end_index }) => end_index)}::bigint[],
            ${column(({ confidence }) => confidence)}::float8[], ${column(({ notes }) => notes)}::text[],
            ${column(({ prediction }) => prediction)}::bigint[]
          ) WITH ORDINALITY AS given (dataset_id, project_id, organization_id, category_id, start_index, end_index,
            confidence, notes, prediction_id, number)
          ORDER BY number
          RETURNING *),
        recorded AS (${recordMade(stamp)})
        SELECT * FROM made ORDER BY id`,
    ...further,
  ]);
  return rows.map(wireOf);
}

/** Statement that writes the history of the labels of `made`. */
export function recordMade(stamp: Stamp): RawBuilder<unknown> {
  return sql`INSERT INTO annotation_changes (dataset_id, project_id, organization_id, annotation_id, batch, action, after,
      changed_by)
    SELECT dataset_id, project_id, organization_id, id, ${stamp.batch}::uuid, 'create', ${stateOf("made")}, created_by
    FROM made ORDER BY id`;
}

export interface AnnotationUpdate {
  readonly category?: number;
  readonly start_index?: number;
  readonly end_index?: number;
  readonly confidence?: number;
  readonly notes?: string;
}

export async function updateAnnotation(
  tx: Transaction,
  stamp: Stamp,
  id: number,
  change: AnnotationUpdate,
): Promise<Annotation> {
  const sets: RawBuilder<unknown>[] = [];
  if (change.category !== undefined) sets.push(sql`category_id = ${change.category}`);
  if (change.start_index !== undefined) sets.push(sql`start_index = ${change.start_index}`);
  if (change.end_index !== undefined) sets.push(sql`end_index = ${change.end_index}`);
  if (change.confidence !== undefined) sets.push(sql`confidence = ${change.confidence}`);
  if (change.notes !== undefined) sets.push(sql`notes = ${change.notes}`);
  const [row] = await alter(tx, stamp, {
    action: "update",
    which: sql`id = ${id}`,
    set: sql.join(sets),
  });
  return wireOf(row!);
}

export async function deleteAnnotation(tx: Transaction, stamp: Stamp, id: number): Promise<void> {
  await alter(tx, stamp, { action: "delete", which: sql`id = ${id}`, set: sql`deleted_at = now()` });
}

export async function restoreAnnotation(tx: Transaction, stamp: Stamp, id: number): Promise<Annotation> {
  const [row] = await alter(tx, stamp, {
    action: "restore",
    which: sql`id = ${id}`,
    set: sql`deleted_at = NULL`,
  });
  return wireOf(row!);
}

/** Gives all labels of a category to another; answers how many there were in each dataset. */
export async function moveAnnotations(
  tx: Transaction,
  stamp: Stamp,
  from: number,
  to: number,
): Promise<Map<number, number>> {
  const rows = await tx.rows<{ dataset_id: number; count: number }>(
    sql`${alteration(stamp, {
      action: "update",
      which: sql`category_id = ${from} AND deleted_at IS NULL`,
      set: sql`category_id = ${to}`,
    })} SELECT dataset_id, count(*) FROM changed GROUP BY dataset_id ORDER BY dataset_id`,
  );
  return new Map(rows.map(({ dataset_id, count }) => [dataset_id, count]));
}

interface Alteration {
  readonly action: "update" | "delete" | "restore";
  readonly which: RawBuilder<unknown>;
  readonly set: RawBuilder<unknown>;
}

/** Changes labels and writes down what they were and became, in one statement: `changed` has them as they are then. */
function alteration(stamp: Stamp, { action, which, set }: Alteration): RawBuilder<unknown> {
  const nothing = sql`NULL::jsonb`;
  return sql`WITH old AS (SELECT * FROM annotations WHERE ${which} ORDER BY id FOR UPDATE),
    changed AS (
      UPDATE annotations label SET ${set}, updated_at = now() FROM old WHERE label.id = old.id RETURNING label.*),
    recorded AS (
      INSERT INTO annotation_changes (dataset_id, project_id, organization_id, annotation_id, batch, action, before,
        after, changed_by)
      SELECT changed.dataset_id, changed.project_id, changed.organization_id, changed.id, ${stamp.batch}::uuid, ${action},
        ${action === "restore" ? nothing : stateOf("old")}, ${action === "delete" ? nothing : stateOf("changed")},
        ${stamp.userId}::integer
      FROM changed JOIN old ON old.id = changed.id ORDER BY changed.id)`;
}

function alter(tx: Transaction, stamp: Stamp, what: Alteration): Promise<AnnotationRow[]> {
  return tx.rows<AnnotationRow>(sql<AnnotationRow>`${alteration(stamp, what)} SELECT * FROM changed`);
}

export interface LabelSnapshot {
  readonly id: number;
  /** The category's name at this moment. */
  readonly category: string;
  readonly category_id: number;
  readonly start_index: number;
  readonly end_index: number;
  readonly confidence: number;
}

/** The live labels of a dataset, by id: what a training session freezes. */
export async function snapshotLabels(tx: Transaction, datasetId: number): Promise<LabelSnapshot[]> {
  return tx.rows<LabelSnapshot>(
    sql`SELECT a.id, c.name AS category, a.category_id, a.start_index, a.end_index, a.confidence
        FROM annotations a JOIN label_categories c ON c.id = a.category_id
        WHERE a.dataset_id = ${datasetId} AND a.deleted_at IS NULL ORDER BY a.id`,
  );
}
