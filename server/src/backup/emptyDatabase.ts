import type pg from "pg";
import { AppError } from "../errors.ts";
import { readMigrations } from "../platform/database/migrate.ts";
import type { Manifest } from "./backupStore.ts";
import { SCHEMAS } from "./catalogQueries.ts";

/** @throws AppError invalid_config where a newer version made the backup, or one that was never released. */
export async function requireKnownMigrations({ id, version, migrations }: Manifest): Promise<void> {
  const known = new Map((await readMigrations()).map(({ name, sha256 }) => [name, sha256]));
  const unknown = migrations.find(({ name, sha256 }) => known.get(name) !== sha256);
  if (unknown === undefined) return;
  throw new AppError(
    "invalid_config",
    `The backup ${id} was made by MagTrace ${version}, which has ${unknown.name} that this version has not. Restore it with that version, or a newer one.`,
  );
}

/**
 * @throws AppError conflict unless nobody has an account in the database and it holds nothing of another program's;
 * already_running while MagTrace uses it.
 */
export async function requireEmpty(client: pg.ClientBase): Promise<void> {
  const { rows: others } = await client.query<{ n: number }>(
    `SELECT count(*)::integer AS n FROM pg_stat_activity WHERE datname = current_database()
     AND application_name LIKE 'magtrace %' AND application_name NOT LIKE 'magtrace backup%'`,
  );
  if (others[0]?.n !== 0) {
    throw new AppError(
      "already_running",
      "MagTrace runs on this database. Stop all its processes, then restore.",
    );
  }
  await requireOwnSchemas(client);
  const { rows: tables } = await client.query("SELECT to_regclass('magtrace.projects') AS there");
  if (tables[0].there === null) return;
  const { rows } = await client.query<{ filled: boolean }>(
    `SELECT EXISTS (SELECT FROM accounts.users) OR EXISTS (SELECT FROM accounts.organizations)
       OR EXISTS (SELECT FROM magtrace.projects) AS filled`,
  );
  if (rows[0]?.filled === false) return;
  throw new AppError(
    "conflict",
    "This installation is not empty, and nothing in it is overwritten. Restore into a new data folder or a new database.",
  );
}

/** Schemas of these names are ours only where MagTrace has written down which migrations made them. */
async function requireOwnSchemas(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT nspname AS name FROM pg_namespace
     WHERE nspname = ANY ($1::text[]) AND to_regclass('public.magtrace_migrations') IS NULL ORDER BY 1`,
    [SCHEMAS],
  );
  if (rows.length === 0) return;
  throw new AppError(
    "conflict",
    `This database is used by something else than MagTrace, which has a schema ${rows[0]!.name} in it. Restore into a new database.`,
  );
}

/** Removes what an empty installation, or a restore that was cut short, has made. */
export async function clearDatabase(client: pg.ClientBase): Promise<void> {
  await client.query("BEGIN");
  for (const schema of SCHEMAS) await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  await client.query("DROP TABLE IF EXISTS public.magtrace_migrations");
  await client.query("COMMIT");
}
