import { type RawBuilder, sql } from "kysely";
import type { ProjectRef } from "../../access/policy.ts";
import type { Transaction } from "../../platform/database/transaction.ts";
import { recordMade, type Stamp } from "./annotationQueries.ts";

/** The id of a label to come, where something else is to name it in the same statement. */
export const nextLabelId = sql`nextval('annotations_id_seq')`;

export interface ChosenLabels {
  readonly dataset: ProjectRef & { readonly id: number };
  readonly predictionId: number;
  /** A statement that answers id, category_id, start_index, end_index and confidence of each label. */
  readonly chosen: RawBuilder<unknown>;
}

/** Labels of rows that the database chooses itself, with their history; answers how many. */
export async function insertChosenAnnotations(
  tx: Transaction,
  stamp: Stamp,
  { dataset, predictionId, chosen }: ChosenLabels,
): Promise<number> {
  const { count } = await tx.one<{ count: number }>(
    sql`WITH chosen AS (${chosen}),
        made AS (
          INSERT INTO annotations (id, dataset_id, project_id, organization_id, category_id, start_index, end_index,
            confidence, prediction_id, created_by)
          SELECT id, ${dataset.id}::bigint, ${dataset.projectId}::bigint, ${dataset.organizationId}::integer,
            category_id, start_index, end_index, confidence, ${predictionId}::bigint, ${stamp.userId}::integer
          FROM chosen ORDER BY id
          RETURNING *),
        recorded AS (${recordMade(stamp)})
        SELECT count(*) FROM made`,
  );
  return count;
}
