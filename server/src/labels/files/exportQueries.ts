import type { Annotation } from "@magtrace/contracts";
import { sql } from "kysely";
import type { Transaction } from "../../platform/database/transaction.ts";
import { type AnnotationRow, wireOf } from "../annotations/annotationQueries.ts";

/** Live labels after the given place in the order of rows: the next part of an export. */
export async function labelsAfter(
  tx: Transaction,
  datasetId: number,
  after: readonly [start: number, end: number, id: number],
  limit: number,
): Promise<Annotation[]> {
  const rows = await tx.rows<AnnotationRow>(
    sql`SELECT * FROM annotations
        WHERE dataset_id = ${datasetId} AND deleted_at IS NULL
          AND (start_index, end_index, id) > (${after[0]}, ${after[1]}, ${after[2]})
        ORDER BY start_index, end_index, id LIMIT ${limit}`,
  );
  return rows.map(wireOf);
}

/** Names of people, of those the asker may know. */
export async function namesOf(tx: Transaction, userIds: readonly number[]): Promise<Map<number, string>> {
  const rows = await tx.rows<{ id: number; name: string }>(
    sql`SELECT id, name FROM people WHERE id = ANY (${[...userIds]}::integer[])`,
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}
