import { cpSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { filesBelow } from "../support/filesBelow.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";

/** How a whole installation was: all its rows and objects. */
export interface Baseline {
  /** Tables and objects that are no longer as they were, by name. */
  differences(): Promise<string[]>;
  /** Puts everything back, whatever was done to it. */
  restore(): Promise<void>;
}

/** Columns that move when somebody is merely recognised. */
const TICKING: Record<string, readonly string[]> = {
  "accounts.api_tokens": ["last_used_at"],
  "accounts.sessions": ["updated_at", "last_used_at"],
};

/** Rows that come and go without anybody's changing anything: a session past its time is removed when it is seen. */
const STANDING: Record<string, string> = {
  "accounts.sessions": "expires_at > now()",
  // A project's file goes when it has been sent.
  "objects.stored": "key NOT LIKE 'exports/%'",
};

/** What processes say of themselves now and then, whatever is called. */
const UNWATCHED = new Set(["objects.key_holders"]);

/** A project's file, which is removed only after it has been sent. */
const isPassing = (key: string) => key.startsWith("exports/");
const MOST_LOOKS = 1_500;

interface Table {
  readonly name: string;
  /** Where its rows are kept meanwhile. */
  readonly kept: string;
  /** All that can be written. */
  readonly columns: string;
  readonly digest: string;
}

/** @param objectsDir The folder of objects, if there are any; nothing may be running that works on them by itself. */
export async function takeBaseline(
  t: Pick<TestContext, "after">,
  { ownerUrl, objectsDir = temporaryFolder() }: { ownerUrl: string; objectsDir?: string },
): Promise<Baseline> {
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  t.after(() => owner.end());
  const tables = await findTables(owner);
  await owner.query("DROP SCHEMA IF EXISTS kept CASCADE; CREATE SCHEMA kept");
  for (const { name, kept } of tables) await owner.query(`CREATE TABLE ${kept} AS TABLE ${name}`);
  const keptObjects = temporaryFolder();
  cpSync(objectsDir, keptObjects, { recursive: true });

  const digests = async () => {
    const query = tables.map(({ name, digest }) => `SELECT '${name}' AS name, (${digest}) AS digest`);
    const { rows } = await owner.query<{ name: string; digest: string }>(query.join(" UNION ALL "));
    return new Map(rows.map(({ name, digest }) => [name, digest]));
  };
  const rows = await digests();
  const objects = listing(objectsDir);

  const changedTables = async () => {
    const now = await digests();
    return tables.filter(({ name }) => now.get(name) !== rows.get(name));
  };
  const changedObjects = () => {
    const now = listing(objectsDir);
    return [...new Set([...now.keys(), ...objects.keys()])].filter(
      (key) => now.get(key) !== objects.get(key),
    );
  };
  return {
    async differences() {
      const names = (await changedTables()).map(({ name }) => name);
      for (let looks = 0; looks < MOST_LOOKS && changedObjects().some(isPassing); looks++) await delay(20);
      return [...names, ...changedObjects().map((key) => `object ${key}`)];
    },
    async restore() {
      await putBack(owner, await changedTables());
      for (const key of changedObjects()) {
        rmSync(join(objectsDir, key), { force: true });
        if (objects.has(key)) cpSync(join(keptObjects, key), join(objectsDir, key));
      }
    },
  };
}

async function findTables(owner: pg.Client): Promise<Table[]> {
  const { rows } = await owner.query<{ name: string; columns: string[] }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND (n.nspname IN ('magtrace', 'accounts', 'objects', 'retention') OR format('%s.%s', n.nspname, c.relname) = 'access.project_counts'
         OR (n.nspname = 'pgboss' AND c.relname = 'job'))
     GROUP BY 1 ORDER BY 1`,
  );
  return rows
    .filter(({ name }) => !UNWATCHED.has(name))
    .map(({ name, columns }) => {
      const quoted = columns.map((column) => `"${column}"`);
      const watched = quoted.filter((column) => !TICKING[name]?.includes(column.slice(1, -1)));
      const row = `md5(ROW(${watched.join(", ")})::text)`;
      return {
        name,
        kept: `kept.${name.replace(".", "_")}`,
        columns: quoted.join(", "),
        digest: `SELECT md5(coalesce(string_agg(${row}, '' ORDER BY ${row}), '')) FROM ${name} WHERE ${STANDING[name] ?? "true"}`,
      };
    });
}

async function putBack(owner: pg.Client, tables: readonly Table[]): Promise<void> {
  if (tables.length === 0) return;
  // As a replica, no trigger and no foreign key has a say.
  await owner.query("BEGIN; SET LOCAL session_replication_role = replica");
  for (const { name, kept, columns } of tables) {
    await owner.query(`DELETE FROM ${name}`);
    await owner.query(
      `INSERT INTO ${name} (${columns}) OVERRIDING SYSTEM VALUE SELECT ${columns} FROM ${kept}`,
    );
  }
  await owner.query("COMMIT");
}

/** Every object with what tells that it was written again. */
function listing(folder: string): Map<string, string> {
  return new Map(
    filesBelow(folder).flatMap((path): [string, string][] => {
      const found = statSync(path, { throwIfNoEntry: false });
      return found ? [[path.slice(folder.length + 1), String(found.size)]] : [];
    }),
  );
}
