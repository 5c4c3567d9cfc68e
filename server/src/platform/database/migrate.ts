import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import pg from "pg";
import { AppError } from "../../errors.ts";
import { installQueue } from "../queue/install.ts";
import { ensureRoles } from "./roles.ts";
import { takeTemporaryRights } from "./temporaryRights.ts";

const folder = new URL("../../../migrations/", import.meta.url);
/** Any constant: two processes that migrate the same database at once take turns on it. */
const MIGRATION_LOCK = 7_203_114_001;

export interface MigrationFile {
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

export interface MigrateOptions {
  readonly ownerUrl: string;
  /** What the runtime roles' passwords are made from; null leaves passwords alone (roles are managed elsewhere). */
  readonly roleSecret: Uint8Array | null;
  /** Names of those to stop at, for a backup of an earlier version; all when left out. */
  readonly only?: ReadonlySet<string>;
}

export async function readMigrations(): Promise<MigrationFile[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_\w+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, folder), "utf8");
      return { name, sql, sha256: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}

/** Brings the database forward; returns the names of what was applied. Safe to call at any time, by several at once. */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const client = new pg.Client({ connectionString: options.ownerUrl, application_name: "magtrace migrate" });
  await client.connect();
  try {
    await client.query("SELECT pg_advisory_lock($1)", [MIGRATION_LOCK]);
    await ensureRoles(client, options.roleSecret);
    await takeTemporaryRights(client);
    await client.query(`CREATE TABLE IF NOT EXISTS public.magtrace_migrations (
      name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`);
    const files = await readMigrations();
    const { only } = options;
    const applied = await applyPending(client, only ? files.filter(({ name }) => only.has(name)) : files);
    await installQueue(options.ownerUrl, client);
    return applied;
  } finally {
    await client.end();
  }
}

async function applyPending(client: pg.Client, files: readonly MigrationFile[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string; sha256: string }>(
    "SELECT name, sha256 FROM public.magtrace_migrations",
  );
  const known = new Map(rows.map((row) => [row.name, row.sha256]));
  const applied: string[] = [];
  for (const file of files) {
    const sha256 = known.get(file.name);
    if (sha256 === file.sha256) continue;
    if (sha256 !== undefined) {
      throw new AppError(
        "invalid_config",
        `Migration ${file.name} has changed since it was applied. Install a released version of MagTrace.`,
      );
    }
    await applyOne(client, file);
    applied.push(file.name);
  }
  return applied;
}

async function applyOne(client: pg.Client, file: MigrationFile): Promise<void> {
  await client.query("BEGIN");
  try {
    await client.query(file.sql);
    await client.query("INSERT INTO public.magtrace_migrations (name, sha256) VALUES ($1, $2)", [
      file.name,
      file.sha256,
    ]);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw new AppError(
      "dependency_unavailable",
      `Migration ${file.name} failed; the database is as it was before.`,
      {
        cause: error,
      },
    );
  }
}

/** Names of migrations this version has and the database lacks. */
export async function pendingMigrations(ownerUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query("SELECT to_regclass('public.magtrace_migrations') AS known");
    const files = await readMigrations();
    if (tables[0].known === null) return files.map((file) => file.name);
    const { rows } = await client.query<{ name: string }>("SELECT name FROM public.magtrace_migrations");
    const known = new Set(rows.map((row) => row.name));
    return files.map((file) => file.name).filter((name) => !known.has(name));
  } finally {
    await client.end();
  }
}
