import { type RawBuilder, sql } from "kysely";

/**
 * SQL for what the asker is in the project of a row, as column `role`; null: nothing. One look-up by index for a row
 * of an organisation that is not theirs.
 */
export function roleColumn(table: string, projectColumn = "project_id"): RawBuilder<unknown> {
  const organization = sql.ref(`${table}.organization_id`);
  const project = sql.ref(`${table}.${projectColumn}`);
  return sql`CASE WHEN ${organization} = ANY ((SELECT access.owned_organizations())::integer[]) THEN 'owner'
    WHEN ${project} = (SELECT access.readable_project()) THEN (SELECT access.project_role())
    ELSE (SELECT m.role FROM access.memberships m WHERE m.project_id = ${project}) END AS role`;
}
