import type pg from "pg";

/**
 * Nobody but the owner makes temporary tables, types and functions. The right is the database's own: neither a copy nor
 * a restored backup of one has what was said of it, so this is said again with every migration.
 */
export async function takeTemporaryRights(client: Pick<pg.ClientBase, "query">): Promise<void> {
  await client.query(`DO $$ BEGIN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
  END $$`);
}
