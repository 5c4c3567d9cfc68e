import type { IntervalListQuery } from "@magtrace/contracts";
import { type RawBuilder, sql } from "kysely";
import { pageBounds } from "../http/reply/page.ts";
import type { Transaction } from "../platform/database/transaction.ts";
import type { StoredInterval } from "./types.ts";

export type IntervalRow = Omit<StoredInterval, "categoryId" | "annotation"> & {
  readonly prediction_id: number;
  readonly category_id: number | null;
  readonly annotation_id: number | null;
};

export function intervalOf({
  prediction_id,
  category_id,
  annotation_id,
  ...own
}: IntervalRow): StoredInterval {
  return { ...own, categoryId: category_id, annotation: annotation_id };
}

const columns = sql`prediction_id, number, start_index, end_index, category, category_id, confidence, review, annotation_id`;

/** Of each prediction its first ones, as many as are wanted of it, in the order of their numbers. */
export async function firstIntervals(
  tx: Transaction,
  wanted: ReadonlyMap<number, number>,
): Promise<Map<number, StoredInterval[]>> {
  const intervals = new Map<number, StoredInterval[]>([...wanted.keys()].map((id) => [id, []]));
  const some = [...wanted].filter(([, most]) => most > 0);
  if (some.length === 0) return intervals;
  const rows = await tx.rows<IntervalRow>(
    sql`SELECT ${columns}
        FROM unnest(${some.map(([id]) => id)}::bigint[], ${some.map(([, most]) => most)}::integer[]) AS wanted (id, most)
        JOIN predicted_intervals ON prediction_id = wanted.id AND number < wanted.most
        ORDER BY prediction_id, number`,
  );
  for (const row of rows) intervals.get(row.prediction_id)!.push(intervalOf(row));
  return intervals;
}

/** Those of a prediction that have one of these numbers. */
export function numberedIntervals(id: number, numbers: readonly number[]): RawBuilder<IntervalRow> {
  return sql`SELECT ${columns} FROM predicted_intervals
    WHERE prediction_id = ${id} AND number = ANY (${[...numbers]}::integer[])`;
}

const orders = {
  index: sql`number`,
  row: sql`start_index, number`,
  certain: sql`confidence DESC, number DESC`,
  uncertain: sql`confidence, number`,
};

export async function pageOfIntervals(
  tx: Transaction,
  id: number,
  query: IntervalListQuery,
): Promise<StoredInterval[]> {
  const { limit, offset } = pageBounds(query);
  const rows = await tx.rows<IntervalRow>(
    sql`SELECT ${columns} FROM predicted_intervals WHERE ${matching(id, query)}
        ORDER BY ${orders[query.order ?? "index"]} LIMIT ${limit} OFFSET ${offset}`,
  );
  return rows.map(intervalOf);
}

export async function countIntervals(tx: Transaction, id: number, query: IntervalListQuery): Promise<number> {
  const { total } = await tx.one<{ total: number }>(
    sql`SELECT count(*) AS total FROM predicted_intervals WHERE ${matching(id, query)}`,
  );
  return total;
}

function matching(id: number, filter: IntervalListQuery): RawBuilder<unknown> {
  const conditions = [sql`prediction_id = ${id}`];
  if (filter.review !== undefined) conditions.push(sql`review = ${filter.review}`);
  if (filter.min_confidence !== undefined) conditions.push(sql`confidence >= ${filter.min_confidence}`);
  if (filter.category !== undefined) conditions.push(sql`category_id = ${filter.category}`);
  if (filter.end_index !== undefined) conditions.push(sql`start_index <= ${filter.end_index}`);
  if (filter.start_index !== undefined) conditions.push(sql`end_index >= ${filter.start_index}`);
  return sql.join(conditions, sql` AND `);
}
