import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { DatabaseSync, type SQLInputValue, type SQLOutputValue } from "node:sqlite";
import { AppError } from "../errors.ts";
import { type LegacyTable, requiredColumns } from "./tables.ts";

export type LegacyRow = Readonly<Record<string, SQLOutputValue | undefined>>;

const BUSY_MS = 2_000;

/** The SQLite file of an old MagTrace, as it was when it was opened. Nothing is ever written to it. */
export interface LegacyDatabase {
  /** Which database this is: 64 hexadecimal digits, made of what in it never changes. */
  readonly source: string;
  /** None where an earlier version has no such table. */
  rows(table: LegacyTable, where?: string, values?: SQLInputValue[]): Iterable<LegacyRow>;
  count(table: LegacyTable, where?: string, values?: SQLInputValue[]): number;
  close(): void;
}

/**
 * @throws {AppError} not_found; unreadable_file: no SQLite, damaged, or no old MagTrace's; not_ready: somebody writes
 * to it.
 */
export function openLegacyDatabase(path: string): LegacyDatabase {
  requireFile(path);
  const database = inWords(path, () => new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS }));
  try {
    return inWords(path, () => {
      // One transaction: whatever the old program does meanwhile, all rows are of one moment.
      database.exec("BEGIN");
      const columns = columnsOf(database);
      requireSound(path, database);
      requireTables(path, columns);
      return databaseOf(path, database, columns);
    });
  } catch (error) {
    database.close();
    throw error;
  }
}

function requireFile(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new AppError("not_found", `There is no file ${path}.`);
  if (!found.isFile())
    throw new AppError("unreadable_file", `${path} is no file. Name the file db.sqlite3 itself.`);
}

type Columns = ReadonlyMap<string, ReadonlySet<string>>;

function columnsOf(database: DatabaseSync): Columns {
  const columns = new Map<string, Set<string>>();
  const found = database
    .prepare(
      "SELECT t.name AS table_name, c.name FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table'",
    )
    .all();
  for (const { table_name, name } of found) {
    const known = columns.get(String(table_name)) ?? new Set();
    columns.set(String(table_name), known.add(String(name)));
  }
  return columns;
}

function requireSound(path: string, database: DatabaseSync): void {
  const [first] = database.prepare("PRAGMA quick_check(1)").all();
  const found = String(first?.quick_check);
  if (found !== "ok") throw damaged(path, new Error(found));
}

function requireTables(path: string, columns: Columns): void {
  const wanted = { django_migrations: ["id", "app", "name", "applied"], ...requiredColumns };
  const missing = Object.entries(wanted).flatMap(([table, names]) => {
    const there = columns.get(table);
    if (!there) return [table];
    return names.filter((name) => !there.has(name)).map((name) => `${table}.${name}`);
  });
  if (missing.length === 0) return;
  const [first] = missing;
  const more = missing.length === 1 ? "" : ` and ${missing.length - 1} more`;
  throw new AppError(
    "unreadable_file",
    `${path} is no database of an old MagTrace: it has no ${first}${more}. Name its db.sqlite3, and bring it forward there with "manage.py migrate" first.`,
  );
}

function databaseOf(path: string, database: DatabaseSync, columns: Columns): LegacyDatabase {
  return {
    source: sourceOf(path, database),
    *rows(table, where = "true", values = []) {
      if (!columns.has(table)) return;
      const statement = inWords(path, () =>
        database.prepare(`SELECT * FROM ${table} WHERE ${where} ORDER BY id`),
      );
      // A number of SQLite's may be beyond what a double holds.
      statement.setReadBigInts(true);
      const rows = inWords(path, () => statement.iterate(...values));
      for (;;) {
        const { done, value } = inWords(path, () => rows.next());
        if (done) return;
        yield value;
      }
    },
    count(table, where = "true", values = []) {
      if (!columns.has(table)) return 0;
      return inWords(path, () => {
        const found = database.prepare(`SELECT count(*) AS n FROM ${table} WHERE ${where}`).get(...values);
        return Number(found?.n);
      });
    },
    close: () => database.close(),
  };
}

/** Its first migration, and when that was applied to the microsecond: no two databases that were set up share it. */
function sourceOf(path: string, database: DatabaseSync): string {
  const first = database
    .prepare("SELECT id, app, name, applied FROM django_migrations ORDER BY id LIMIT 1")
    .get();
  if (!first) {
    throw new AppError("unreadable_file", `${path} was never set up: its django_migrations is empty.`);
  }
  const stable = [first.id, first.app, first.name, first.applied].map(String);
  return createHash("sha256").update(JSON.stringify(stable)).digest("hex");
}

const [BUSY, LOCKED, READ_ONLY, CORRUPT, CANNOT_OPEN, NO_DATABASE] = [5, 6, 8, 11, 14, 26];

/** @throws {AppError} what SQLite says, in words that help. */
function inWords<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const { errcode } = cause as { errcode?: number };
    if (cause instanceof AppError || errcode === undefined) throw cause;
    const code = errcode & 0xff;
    if (code === NO_DATABASE) {
      throw new AppError("unreadable_file", `${path} is no SQLite database.`, { cause });
    }
    if ([BUSY, LOCKED, READ_ONLY, CANNOT_OPEN].includes(code)) {
      throw new AppError(
        "not_ready",
        `${path} cannot be read while it is being written, or was left so. Stop the old MagTrace, or copy the file with \`sqlite3 db.sqlite3 ".backup copy.sqlite3"\` and name the copy.`,
        { cause },
      );
    }
    if (code === CORRUPT) throw damaged(path, cause);
    throw new AppError("unreadable_file", `${path} cannot be read: ${(cause as Error).message}.`, { cause });
  }
}

function damaged(path: string, cause: unknown): AppError {
  return new AppError(
    "unreadable_file",
    `${path} is damaged, or a copy that was cut off: ${(cause as Error).message.split("\n")[0]}. Copy it again, or mend it with \`sqlite3 db.sqlite3 ".recover"\`.`,
    { cause },
  );
}
