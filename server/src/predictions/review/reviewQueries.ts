import type { IntervalCounts, IntervalReview } from "@magtrace/contracts";
import { type RawBuilder, sql } from "kysely";
import { nextLabelId } from "../../labels/service.ts";
import type { Transaction } from "../../platform/database/transaction.ts";
import { columns, type PredictionRow } from "../queries.ts";

/** What becomes of one interval. */
export interface Verdict {
  readonly number: number;
  readonly review: IntervalReview;
  readonly annotation: number | null;
}

export function recordVerdicts(predictionId: number, verdicts: readonly Verdict[]): RawBuilder<unknown> {
  return sql`UPDATE predicted_intervals SET review = given.review, annotation_id = given.annotation_id
    FROM unnest(${verdicts.map(({ number }) => number)}::integer[],
      ${verdicts.map(({ review }) => review)}::text[],
      ${verdicts.map(({ annotation }) => annotation)}::bigint[]) AS given (number, review, annotation_id)
    WHERE prediction_id = ${predictionId} AND predicted_intervals.number = given.number`;
}

export function recordReview(
  id: number,
  review: { status: IntervalReview; reviewedBy: number; modifications: string | null },
): RawBuilder<PredictionRow> {
  return sql`UPDATE predictions SET review_status = ${review.status}, reviewed_by = ${review.reviewedBy},
      reviewed_at = now(), modifications = coalesce(${review.modifications}::jsonb, modifications)
    WHERE id = ${id} RETURNING ${columns}`;
}

/** The intervals of a prediction that still wait and are confident enough. */
export interface Waiting {
  readonly predictionId: number;
  readonly minConfidence: number;
}

function waits({ predictionId, minConfidence }: Waiting): RawBuilder<unknown> {
  return sql`prediction_id = ${predictionId} AND review = 'pending' AND confidence >= ${minConfidence}`;
}

/** Answers how many were decided. */
export function decideWaiting(
  tx: Transaction,
  waiting: Waiting,
  review: "accepted" | "rejected",
): Promise<number> {
  return tx.run(sql`UPDATE predicted_intervals SET review = ${review} WHERE ${waits(waiting)}`);
}

export async function countsOf(tx: Transaction, predictionId: number): Promise<IntervalCounts> {
  const counts = await tx.row<IntervalCounts>(
    sql`SELECT pending, accepted, rejected, modified FROM interval_counts WHERE prediction_id = ${predictionId}`,
  );
  return counts ?? { pending: 0, accepted: 0, rejected: 0, modified: 0 };
}

/** A category that waiting intervals were given, and the first of them. */
export interface WaitingCategory {
  readonly category: string;
  readonly categoryId: number | null;
  readonly first: number;
}

export async function waitingCategories(tx: Transaction, waiting: Waiting): Promise<WaitingCategory[]> {
  return tx.rows<WaitingCategory>(
    sql`SELECT category, category_id AS "categoryId", min(number) AS first
        FROM predicted_intervals WHERE ${waits(waiting)} AND category IS NOT NULL
        GROUP BY category, category_id ORDER BY first`,
  );
}

/**
 * The first waiting interval that is not of rows within one track. Tracks follow one another without gaps, so that it
 * is looked up by their first rows.
 */
export async function firstMisfit(
  tx: Transaction,
  waiting: Waiting,
  rows: { readonly totalRecords: number; readonly tracks: readonly { readonly start_index: number }[] },
): Promise<{ number: number; start_index: number; end_index: number } | undefined> {
  const starts = rows.tracks.map((track) => track.start_index);
  return tx.row(
    sql`SELECT number, start_index, end_index FROM predicted_intervals
        WHERE ${waits(waiting)} AND category IS NOT NULL AND (end_index < start_index OR end_index >= ${rows.totalRecords}
          OR width_bucket(start_index, ${starts}::bigint[]) <> width_bucket(end_index, ${starts}::bigint[]))
        ORDER BY number LIMIT 1`,
  );
}

/** Accepts what waits of these categories, in one statement with the labels that are made of it: their columns. */
export function acceptWaiting(
  waiting: Waiting,
  labelled: readonly (WaitingCategory & { readonly label: number })[],
): RawBuilder<unknown> {
  return sql`UPDATE predicted_intervals SET review = 'accepted', annotation_id = numbered.id
    FROM (
      SELECT number, label_category, ${nextLabelId} AS id
      FROM (
        SELECT number, label_category FROM predicted_intervals
        JOIN unnest(${labelled.map(({ category }) => category)}::text[],
            ${labelled.map(({ categoryId }) => categoryId)}::bigint[],
            ${labelled.map(({ label }) => label)}::bigint[]) AS known (name, trained_id, label_category)
          ON known.name = category AND known.trained_id IS NOT DISTINCT FROM category_id
        WHERE ${waits(waiting)} ORDER BY number OFFSET 0) AS ordered) AS numbered
    WHERE predicted_intervals.prediction_id = ${waiting.predictionId}
      AND predicted_intervals.number = numbered.number
    RETURNING annotation_id AS id, label_category AS category_id, start_index, end_index, confidence`;
}
