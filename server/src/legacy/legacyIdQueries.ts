import { sql } from "kysely";
import type { ProjectRef } from "../access/policy.ts";
import type { Transaction } from "../platform/database/transaction.ts";

export type LegacyKind =
  | "project"
  | "dataset"
  | "category"
  | "annotation"
  | "label"
  | "model"
  | "session"
  | "session_of_model"
  | "prediction"
  | "old_model"
  | "session_of_old_model"
  | "inference";

export interface LegacyId {
  readonly kind: LegacyKind;
  readonly key: string;
  readonly newIds: readonly number[];
}

/** Of one old database in one organisation, as far as the asker sees its projects. */
export async function findLegacyIds(
  tx: Transaction,
  organizationId: number,
  source: string,
): Promise<LegacyId[]> {
  const rows = await tx.rows<{ kind: LegacyKind; legacy_key: string; new_ids: number[] }>(
    sql`SELECT kind, legacy_key, new_ids FROM legacy_ids
        WHERE organization_id = ${organizationId} AND source = ${source}`,
  );
  return rows.map(({ kind, legacy_key, new_ids }) => ({ kind, key: legacy_key, newIds: new_ids }));
}

export async function insertLegacyIds(
  tx: Transaction,
  { projectId, organizationId }: ProjectRef,
  source: string,
  ids: readonly LegacyId[],
): Promise<void> {
  const rows = ids.map(({ kind, key, newIds }) => ({ kind, key, ids: newIds }));
  await tx.run(
    sql`INSERT INTO legacy_ids (project_id, organization_id, source, kind, legacy_key, new_ids)
        SELECT ${projectId}::bigint, ${organizationId}::integer, ${source}, kind, key, ids
        FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS given (kind text, key text, ids bigint[])`,
  );
}
