import type pg from "pg";
import { AppError } from "../errors.ts";
import { copyIn } from "../platform/database/copyRows.ts";
import { migrate } from "../platform/database/migrate.ts";
import { withClient } from "../platform/database/withClient.ts";
import { streamOf } from "../platform/objects/streamOf.ts";
import type { ObjectStore } from "../platform/objects/types.ts";
import { fileOf, type Manifest } from "./backupStore.ts";
import { SCHEMAS, STEADY_TEXT, tablesInOrder, userReferences } from "./catalogQueries.ts";
import { columnList, type DumpEnd, type DumpHead, type DumpTable, keyOf, quoted, readDump } from "./dump.ts";
import { clearDatabase, requireEmpty, requireKnownMigrations } from "./emptyDatabase.ts";
import { organizationChoice } from "./oneOrganization.ts";
import { keptColumns, type RowChoice, rowsChosen } from "./rowChoice.ts";
import { Meter, opened } from "./sealedStream.ts";

export interface DatabaseRestore {
  readonly store: ObjectStore;
  readonly manifest: Manifest;
  readonly identities: readonly string[];
  readonly ownerUrl: string;
  /** As in `migrate`. */
  readonly roleSecret: Uint8Array | null;
  /** Only its rows, and those of its members, by their ids; everything when null. */
  readonly organization: { readonly id: number; readonly members: ReadonlySet<string> } | null;
  /** Called with all rows there, before they are committed; what it throws undoes everything. */
  readonly beforeCommit: (client: pg.ClientBase, restored: RestoredDatabase) => Promise<void>;
}

export interface RestoredDatabase {
  readonly head: DumpHead;
  readonly end: DumpEnd;
  /** By `schema.name`. */
  readonly rows: ReadonlyMap<string, number>;
}

/** pg-boss keeps its own version here, and makes its schema itself. */
const NEVER_RESTORED = new Set(["pgboss.version"]);

/**
 * Makes the schema as it was in the version of the backup, fills it in one transaction, and then brings it forward. Cut
 * short at any point it leaves an installation that is empty still, or has everything.
 * @throws AppError conflict unless the database is empty.
 */
export async function restoreDatabase(restore: DatabaseRestore): Promise<RestoredDatabase> {
  const { manifest, ownerUrl, roleSecret } = restore;
  await requireKnownMigrations(manifest);
  return withClient({ url: ownerUrl, name: "magtrace backup restore" }, async (client) => {
    await requireEmpty(client);
    await clearDatabase(client);
    await migrate({
      ownerUrl,
      roleSecret,
      only: new Set(manifest.migrations.map((migration) => migration.name)),
    });
    await client.query("BEGIN");
    await client.query(STEADY_TEXT);
    const restored = await fill(client, restore);
    await client.query("COMMIT");
    await migrate({ ownerUrl, roleSecret });
    await client.query("ANALYZE");
    return restored;
  });
}

async function fill(client: pg.ClientBase, restore: DatabaseRestore): Promise<RestoredDatabase> {
  const { store, manifest, identities, organization } = restore;
  const choice =
    organization && organizationChoice(organization.id, organization.members, await userReferences(client));
  const made = await tablesInOrder(client);
  const guarded = await switchTriggers(client, "DISABLE");
  const emptied = made.filter(
    (table) => !NEVER_RESTORED.has(keyOf(table)) && (choice?.takesTable(table) ?? true),
  );
  await client.query(`TRUNCATE ${emptied.map(quoted).join(", ")}`);
  const targets = new Map(emptied.map((table) => [keyOf(table), table]));
  const rows = new Map<string, number>();
  let head: DumpHead | undefined;
  let end: DumpEnd | undefined;
  const meter = new Meter();
  const file = meter.pass(streamOf(store, fileOf(manifest.id, "database.sql.zst.age")));
  await readDump(opened(file, identities), {
    async head(given) {
      head = given;
      for (const month of given.auditMonths)
        await client.query("SELECT audit.make_month($1::timestamptz)", [month]);
    },
    async table(table, source) {
      rows.set(
        keyOf(table),
        await fillTable(client, table, source, { target: targets.get(keyOf(table)), choice }),
      );
    },
    async end(given) {
      end = given;
    },
  });
  if (head === undefined || end === undefined || meter.result().sha256 !== manifest.database.sha256) {
    throw new AppError(
      "damaged_object",
      "The database in this backup is not the one its manifest speaks of.",
    );
  }
  for (const { schema, name, lastValue, isCalled } of end.sequences) {
    const text =
      "SELECT setval(s.oid::regclass, $3, $4) FROM pg_class s WHERE s.oid = to_regclass(format('%I.%I', $1::text, $2::text)) AND s.relkind = 'S'";
    await client.query(text, [schema, name, lastValue, isCalled]);
  }
  const restored = { head, end, rows };
  await restore.beforeCommit(client, restored);
  await switchTriggers(client, "ENABLE", guarded);
  return restored;
}

async function fillTable(
  client: pg.ClientBase,
  table: DumpTable,
  source: AsyncIterable<Uint8Array>,
  { target, choice }: { target: DumpTable | undefined; choice: RowChoice | null },
): Promise<number> {
  if (target === undefined) {
    for await (const _ of source);
    return 0;
  }
  // Only pg-boss's tables can differ: ours are as the migrations of then made them.
  const kept = keptColumns(table, target);
  const columns = kept.map((at) => table.columns[at]!);
  const wanted =
    choice === null && columns.length === table.columns.length
      ? source
      : rowsChosen(source, table, { kept, choice });
  return copyIn(client, `COPY ${quoted(table)} (${columnList(columns)}) FROM STDIN`, wanted);
}

/** Ours alone, which record and forbid; not those by which PostgreSQL keeps references whole. */
async function switchTriggers(
  client: pg.ClientBase,
  verb: "DISABLE" | "ENABLE",
  given?: readonly string[],
): Promise<readonly string[]> {
  const tables = given ?? (await tablesWithTriggers(client));
  for (const table of tables) await client.query(`ALTER TABLE ${table} ${verb} TRIGGER USER`);
  return tables;
}

async function tablesWithTriggers(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT DISTINCT format('%I.%I', n.nspname, c.relname) AS name FROM pg_trigger t
     JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE NOT t.tgisinternal AND n.nspname = ANY ($1::text[]) ORDER BY 1`,
    [SCHEMAS],
  );
  return rows.map(({ name }) => name);
}
