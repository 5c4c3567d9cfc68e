import type { ProjectRole, Suggestion } from "@magtrace/contracts";
import { type RawBuilder, sql } from "kysely";
import type { ProjectAccess, ProjectRef } from "../../access/policy.ts";
import { roleColumn } from "../../access/roleColumn.ts";
import { type Page, type PageRequest, pageBounds } from "../../http/reply/page.ts";
import type { Transaction } from "../../platform/database/transaction.ts";
import type { FoundInterval, UncertainWindow } from "../types.ts";

interface SuggestionRow {
  /** What the asker is in its project, where that was asked for. */
  role?: ProjectRole | null;
  id: number;
  project_id: number;
  organization_id: number;
  prediction_id: number;
  dataset_id: number;
  model_id: number;
  start_index: number;
  end_index: number;
  category: string;
  category_id: number | null;
  confidence: number;
  status: Suggestion["status"];
  annotation_id: number | null;
  created_at: Date;
}

/** A suggestion as stored: its category may be gone. */
export interface StoredSuggestion extends ProjectAccess {
  readonly wire: Suggestion;
}

function suggestionOf(row: SuggestionRow): StoredSuggestion {
  return {
    projectId: row.project_id,
    organizationId: row.organization_id,
    role: row.role ?? null,
    wire: {
      id: row.id,
      dataset: row.dataset_id,
      model: row.model_id,
      prediction: row.prediction_id,
      start_index: row.start_index,
      end_index: row.end_index,
      category: row.category,
      category_id: row.category_id,
      confidence: row.confidence,
      status: row.status,
      annotation: row.annotation_id,
      created_at: row.created_at.toISOString(),
    },
  };
}

const select = sql`SELECT s.*, p.dataset_id, p.model_id, ${roleColumn("s")}
  FROM suggestions s JOIN predictions p ON p.id = s.prediction_id`;
const inLiveProject = sql`s.project_id IN (SELECT id FROM projects WHERE deleted_at IS NULL)`;

export interface SuggestionFilter {
  readonly dataset_id?: number;
  readonly model_id?: number;
}

export async function listSuggestions(
  tx: Transaction,
  query: PageRequest & SuggestionFilter,
): Promise<Page<StoredSuggestion>> {
  const { limit, offset } = pageBounds(query);
  const conditions: RawBuilder<unknown>[] = [inLiveProject];
  if (query.dataset_id !== undefined) conditions.push(sql`p.dataset_id = ${query.dataset_id}`);
  if (query.model_id !== undefined) conditions.push(sql`p.model_id = ${query.model_id}`);
  const where = sql.join(conditions, sql` AND `);
  const rows = await tx.rows<SuggestionRow>(
    sql`${select} WHERE ${where} ORDER BY s.id LIMIT ${limit} OFFSET ${offset}`,
  );
  const { total } = await tx.one<{ total: number }>(
    sql`SELECT count(*) AS total FROM suggestions s JOIN predictions p ON p.id = s.prediction_id WHERE ${where}`,
  );
  return { rows: rows.map(suggestionOf), total };
}

export async function findSuggestion(
  tx: Transaction,
  id: number,
  lock: "forUpdate" | "read" = "read",
): Promise<StoredSuggestion | undefined> {
  const row = await tx.row<SuggestionRow>(
    sql`${select} WHERE s.id = ${id} AND ${inLiveProject} ${lock === "forUpdate" ? sql`FOR UPDATE OF s` : sql``}`,
  );
  return row && suggestionOf(row);
}

export async function wantSuggestions(tx: Transaction, predictionId: number, count: number): Promise<void> {
  await tx.run(
    sql`UPDATE predictions SET suggestions_wanted = greatest(coalesce(suggestions_wanted, 0), ${count}::integer)
        WHERE id = ${predictionId}`,
  );
}

/** Windows of a search, the least certain first, none of whose rows has been labelled, or decided on before. */
export async function freeWindows(
  tx: Transaction,
  { id, datasetId, modelId }: { readonly id: number; readonly datasetId: number; readonly modelId: number },
): Promise<UncertainWindow[]> {
  return tx.rows<UncertainWindow>(
    sql`WITH occupied AS (
          SELECT range_agg(int8range(start_index, end_index + 1)) AS rows FROM (
            SELECT start_index, end_index FROM annotations
            WHERE dataset_id = ${datasetId} AND deleted_at IS NULL
            UNION ALL SELECT s.start_index, s.end_index
            FROM suggestions s JOIN predictions p ON p.id = s.prediction_id
            WHERE p.dataset_id = ${datasetId} AND p.model_id = ${modelId} AND s.status <> 'pending') AS known)
        SELECT given.start_index, given.end_index, given.category, given.confidence, given.margin
        FROM predictions, ROWS FROM (jsonb_to_recordset(uncertain_windows) AS
            (start_index bigint, end_index bigint, category text, confidence float8, margin float8))
          WITH ORDINALITY AS given (start_index, end_index, category, confidence, margin, number)
        WHERE id = ${id} AND NOT coalesce(
          int8range(given.start_index, given.end_index + 1) && (SELECT rows FROM occupied), false)
        ORDER BY given.number`,
  );
}

/** Suggestions of a dataset and a model that wait: new ones take their place. */
export async function dropPending(tx: Transaction, datasetId: number, modelId: number): Promise<void> {
  await tx.run(
    sql`DELETE FROM suggestions s USING predictions p
        WHERE p.id = s.prediction_id AND p.dataset_id = ${datasetId} AND p.model_id = ${modelId} AND s.status = 'pending'`,
  );
}

export async function insertSuggestions(
  tx: Transaction,
  prediction: ProjectRef & { readonly id: number },
  windows: readonly FoundInterval[],
): Promise<StoredSuggestion[]> {
  const rows = await tx.rows<SuggestionRow>(
    sql`WITH made AS (
          INSERT INTO suggestions (prediction_id, project_id, organization_id, start_index, end_index, category,
            category_id, confidence)
          SELECT ${prediction.id}::bigint, ${prediction.projectId}::bigint, ${prediction.organizationId}::integer,
            start_index, end_index, category, category_id, confidence
          FROM unnest(${windows.map((window) => window.start_index)}::bigint[],
            ${windows.map((window) => window.end_index)}::bigint[], ${windows.map(({ category }) => category)}::text[],
            ${windows.map(({ categoryId }) => categoryId)}::bigint[],
            ${windows.map(({ confidence }) => confidence)}::float8[])
            WITH ORDINALITY AS given (start_index, end_index, category, category_id, confidence, number)
          ORDER BY number
          RETURNING *)
        SELECT made.*, p.dataset_id, p.model_id
        FROM made JOIN predictions p ON p.id = made.prediction_id ORDER BY made.id`,
  );
  return rows.map(suggestionOf);
}

export async function decideSuggestion(
  tx: Transaction,
  id: number,
  decision: { status: "accepted" | "rejected"; annotation: number | null },
): Promise<void> {
  await tx.run(
    sql`UPDATE suggestions SET status = ${decision.status}, annotation_id = ${decision.annotation} WHERE id = ${id}`,
  );
}
