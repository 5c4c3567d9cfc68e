import type { IntervalCounts, IntervalReview, JobStatus, ProjectRole } from "@magtrace/contracts";
import { type RawBuilder, sql } from "kysely";
import type { ProjectAccess, ProjectRef } from "../access/policy.ts";
import { roleColumn } from "../access/roleColumn.ts";
import { type Page, type PageRequest, pageBounds } from "../http/reply/page.ts";
import type { Transaction } from "../platform/database/transaction.ts";
import type { FoundInterval, RowInterval, UncertainWindow } from "./types.ts";

export interface PredictionRow {
  /** What the asker is in its project, where that was asked for. */
  role?: ProjectRole | null;
  id: number;
  project_id: number;
  organization_id: number;
  dataset_id: number;
  model_id: number;
  session_id: number;
  status: JobStatus;
  progress: number;
  warnings: string[];
  review_status: IntervalReview;
  reviewed_by: number | null;
  reviewed_at: Date | null;
  modifications: unknown;
  error_message: string | null;
  suggestions_wanted: number | null;
  created_at: Date;
  /** Pending, accepted, rejected, modified; null where it has no intervals. */
  counts: [number, number, number, number] | null;
}

/** A prediction as stored, without its intervals. */
export interface StoredPrediction extends ProjectAccess {
  readonly id: number;
  readonly datasetId: number;
  readonly modelId: number;
  readonly sessionId: number;
  readonly status: JobStatus;
  readonly progress: number;
  readonly warnings: readonly string[];
  readonly reviewStatus: IntervalReview;
  readonly reviewedBy: number | null;
  readonly reviewedAt: Date | null;
  readonly modifications: unknown;
  readonly errorMessage: string | null;
  /** How many suggestions to make when it completes. */
  readonly suggestionsWanted: number | null;
  readonly createdAt: Date;
  /** Of all its intervals. */
  readonly counts: IntervalCounts;
}

export function predictionOf(row: PredictionRow): StoredPrediction {
  const [pending, accepted, rejected, modified] = row.counts ?? [0, 0, 0, 0];
  return {
    id: row.id,
    projectId: row.project_id,
    organizationId: row.organization_id,
    role: row.role ?? null,
    datasetId: row.dataset_id,
    modelId: row.model_id,
    sessionId: row.session_id,
    status: row.status,
    progress: Math.round(row.progress * 10) / 10,
    warnings: row.warnings,
    reviewStatus: row.review_status,
    reviewedBy: row.reviewed_by,
    reviewedAt: row.reviewed_at,
    modifications: row.modifications,
    errorMessage: row.error_message,
    suggestionsWanted: row.suggestions_wanted,
    createdAt: row.created_at,
    counts: { pending, accepted, rejected, modified },
  };
}

/** All but the two that can be large: the intervals asked for, and the uncertain windows. */
export const columns = sql`id, project_id, organization_id, dataset_id, model_id, session_id, status, progress, warnings,
  review_status, reviewed_by, reviewed_at, modifications, error_message, suggestions_wanted, created_at,
  (SELECT ARRAY[c.pending, c.accepted, c.rejected, c.modified] FROM interval_counts c
    WHERE c.prediction_id = predictions.id) AS counts`;
const inLiveProject = sql`project_id IN (SELECT id FROM projects WHERE deleted_at IS NULL)`;
const unfinished = sql`status IN ('pending', 'running')`;

export interface PredictionFilter {
  readonly dataset_id?: number;
  readonly model_id?: number;
  readonly project_id?: number;
}

export async function listPredictions(
  tx: Transaction,
  query: PageRequest & PredictionFilter,
): Promise<Page<StoredPrediction>> {
  const { limit, offset } = pageBounds(query);
  const conditions = [inLiveProject];
  if (query.dataset_id !== undefined) conditions.push(sql`dataset_id = ${query.dataset_id}`);
  if (query.model_id !== undefined) conditions.push(sql`model_id = ${query.model_id}`);
  if (query.project_id !== undefined) conditions.push(sql`project_id = ${query.project_id}`);
  const where = sql.join(conditions, sql` AND `);
  const rows = await tx.rows<PredictionRow>(
    sql`SELECT ${columns} FROM predictions WHERE ${where} ORDER BY id LIMIT ${limit} OFFSET ${offset}`,
  );
  const { total } = await tx.one<{ total: number }>(
    sql`SELECT count(*) AS total FROM predictions WHERE ${where}`,
  );
  return { rows: rows.map(predictionOf), total };
}

export async function findPrediction(
  tx: Transaction,
  id: number,
  lock: "forUpdate" | "read" = "read",
): Promise<StoredPrediction | undefined> {
  const row = await tx.row<PredictionRow>(
    sql`SELECT ${columns}, ${roleColumn("predictions")} FROM predictions WHERE id = ${id} AND ${inLiveProject}
        ${lock === "forUpdate" ? sql`FOR UPDATE` : sql``}`,
  );
  return row && predictionOf(row);
}

/** The newest search of a whole dataset by a session that is done or under way. */
export async function newestSearch(
  tx: Transaction,
  datasetId: number,
  sessionId: number,
): Promise<StoredPrediction | undefined> {
  const row = await tx.row<PredictionRow>(
    sql`SELECT ${columns} FROM predictions
        WHERE dataset_id = ${datasetId} AND session_id = ${sessionId} AND given_intervals IS NULL
          AND status IN ('pending', 'running', 'completed')
        ORDER BY (status = 'completed') DESC, id DESC LIMIT 1 FOR UPDATE`,
  );
  return row && predictionOf(row);
}

export interface NewPrediction extends ProjectRef {
  readonly datasetId: number;
  readonly modelId: number;
  readonly sessionId: number;
  readonly givenIntervals: readonly RowInterval[] | null;
  readonly suggestionsWanted: number | null;
  readonly createdBy: number;
}

export async function insertPrediction(
  tx: Transaction,
  prediction: NewPrediction,
): Promise<StoredPrediction> {
  const given = prediction.givenIntervals?.map(({ start_index, end_index }) => ({ start_index, end_index }));
  return predictionOf(
    await tx.one<PredictionRow>(
      sql`INSERT INTO predictions (project_id, organization_id, dataset_id, model_id, session_id, status,
            given_intervals, suggestions_wanted, created_by)
          VALUES (${prediction.projectId}, ${prediction.organizationId}, ${prediction.datasetId}, ${prediction.modelId},
            ${prediction.sessionId}, 'pending', ${given === undefined ? null : JSON.stringify(given)},
            ${prediction.suggestionsWanted}, ${prediction.createdBy})
          RETURNING ${columns}`,
    ),
  );
}

export async function deletePrediction(tx: Transaction, id: number): Promise<void> {
  await tx.run(sql`DELETE FROM predictions WHERE id = ${id}`);
}

export async function givenIntervals(tx: Transaction, id: number): Promise<RowInterval[] | null> {
  const row = await tx.row<{ given_intervals: RowInterval[] | null }>(
    sql`SELECT given_intervals FROM predictions WHERE id = ${id}`,
  );
  return row?.given_intervals ?? null;
}

/** Only work that is not finished: a job that was given out twice changes nothing. */
async function updateUnfinished(
  tx: Transaction,
  id: number,
  sets: RawBuilder<unknown>,
): Promise<StoredPrediction | undefined> {
  const row = await tx.row<PredictionRow>(
    sql`UPDATE predictions SET ${sets} WHERE id = ${id} AND ${unfinished} RETURNING ${columns}`,
  );
  return row && predictionOf(row);
}

export function markProgress(
  tx: Transaction,
  id: number,
  percent: number,
): Promise<StoredPrediction | undefined> {
  return updateUnfinished(tx, id, sql`status = 'running', progress = greatest(progress, ${percent}::real)`);
}

export function markFailed(
  tx: Transaction,
  id: number,
  message: string,
): Promise<StoredPrediction | undefined> {
  return updateUnfinished(tx, id, sql`status = 'failed', error_message = ${message}, completed_at = now()`);
}

/** One that failed waits again. */
export async function markPending(tx: Transaction, id: number): Promise<StoredPrediction | undefined> {
  const row = await tx.row<PredictionRow>(
    sql`UPDATE predictions SET status = 'pending', progress = 0, error_message = NULL, completed_at = NULL
        WHERE id = ${id} AND status = 'failed' RETURNING ${columns}`,
  );
  return row && predictionOf(row);
}

export interface PredictionOutcome {
  readonly intervals: readonly FoundInterval[];
  /** Least certain first. */
  readonly uncertain: readonly UncertainWindow[];
  readonly warnings: readonly string[];
}

/** Rows a statement inserts: beyond a few thousand nothing is gained. */
const INTERVALS_AT_ONCE = 5_000;

/**
 * The prediction with all its intervals, or, if somebody else has settled it, nothing. Rows that were given have become
 * its intervals' own: only that there were some is kept.
 */
export async function markCompleted(
  tx: Transaction,
  id: number,
  { intervals, uncertain, warnings }: PredictionOutcome,
): Promise<StoredPrediction | undefined> {
  const completed = await updateUnfinished(
    tx,
    id,
    sql`status = 'completed', progress = 100, warnings = ${[...warnings]},
        uncertain_windows = ${JSON.stringify(uncertain)}, completed_at = now(),
        given_intervals = CASE WHEN given_intervals IS NOT NULL THEN '[]'::jsonb END`,
  );
  if (!completed) return undefined;
  for (let at = 0; at < intervals.length; at += INTERVALS_AT_ONCE) {
    await insertIntervals(tx, completed, at, intervals.slice(at, at + INTERVALS_AT_ONCE));
  }
  return completed;
}

/** A prediction that was made elsewhere; JSON as text. */
export interface PastPrediction extends ProjectRef {
  readonly datasetId: number;
  readonly modelId: number;
  readonly sessionId: number;
  readonly warnings: readonly string[];
  readonly reviewStatus: IntervalReview;
  readonly reviewedAt: string | null;
  readonly modifications: string | null;
  readonly createdBy: number;
  readonly createdAt: string;
}

/** It counts as completed now: what is kept only for some time is kept from now on. */
export async function insertPastPrediction(
  tx: Transaction,
  past: PastPrediction,
  intervals: readonly FoundInterval[],
): Promise<StoredPrediction> {
  const prediction = predictionOf(
    await tx.one<PredictionRow>(
      sql`INSERT INTO predictions (project_id, organization_id, dataset_id, model_id, session_id, status, progress,
            warnings, review_status, reviewed_at, modifications, created_by, created_at, completed_at)
          VALUES (${past.projectId}, ${past.organizationId}, ${past.datasetId}, ${past.modelId}, ${past.sessionId},
            'completed', 100, ${[...past.warnings]}, ${past.reviewStatus}, ${past.reviewedAt}, ${past.modifications},
            ${past.createdBy}, ${past.createdAt}, now())
          RETURNING ${columns}`,
    ),
  );
  for (let at = 0; at < intervals.length; at += INTERVALS_AT_ONCE) {
    await insertIntervals(tx, prediction, at, intervals.slice(at, at + INTERVALS_AT_ONCE), past.reviewStatus);
  }
  return prediction;
}

async function insertIntervals(
  tx: Transaction,
  prediction: StoredPrediction,
  firstNumber: number,
  part: readonly FoundInterval[],
  review: IntervalReview = "pending",
): Promise<void> {
  await tx.run(
    sql`INSERT INTO predicted_intervals (prediction_id, project_id, organization_id, number, start_index, end_index,
          category, category_id, confidence, review)
        SELECT ${prediction.id}::bigint, ${prediction.projectId}::bigint, ${prediction.organizationId}::integer,
          ${firstNumber}::integer + given.number - 1, start_index, end_index, category, category_id, confidence,
          ${review}::text
        FROM unnest(${part.map((interval) => interval.start_index)}::bigint[],
          ${part.map((interval) => interval.end_index)}::bigint[], ${part.map(({ category }) => category)}::text[],
          ${part.map(({ categoryId }) => categoryId)}::bigint[], ${part.map(({ confidence }) => confidence)}::float8[])
          WITH ORDINALITY AS given (start_index, end_index, category, category_id, confidence, number)`,
  );
}
