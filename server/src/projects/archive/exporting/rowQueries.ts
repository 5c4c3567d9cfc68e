import { sql } from "kysely";
import type { ArchivedTable } from "../../../platform/archive/declaration.ts";
import type { Transaction } from "../../../platform/database/transaction.ts";
import { columnsOf } from "../columnsOf.ts";

type Row = Record<string, unknown>;

/** Few enough that others get a turn in between. */
const ROWS_AT_ONCE = 500;
const IDS_AT_ONCE = 50_000;

/** Rows of a project as they are stored, times as text with microseconds. */
export async function* rowsOf(tx: Transaction, table: ArchivedTable, projectId: number): AsyncGenerator<Row> {
  const selected = columnsOf(table).map(([name, column]) => {
    if (column.role === "object" && column.read) return sql`${sql.raw(column.read)} AS ${sql.ref(name)}`;
    return column.role === "time"
      ? sql`to_char(${sql.ref(name)} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS ${sql.ref(name)}`
      : sql.ref(name);
  });
  const order = table.orderBy ?? (table.key ?? ["id"]).join(", ");
  const query = sql`SELECT ${sql.join(selected)} FROM ${sql.table(table.name)}
    WHERE ${ended(table, projectId)} ORDER BY ${sql.raw(order)}`;
  yield* fetched<Row>(tx, query, table.pageRows ?? ROWS_AT_ONCE);
}

/** Ascending. */
export async function idsOf(tx: Transaction, table: ArchivedTable, projectId: number): Promise<Float64Array> {
  let ids = new Float64Array(1024);
  let length = 0;
  const query = sql`SELECT id FROM ${sql.table(table.name)} WHERE ${ended(table, projectId)} ORDER BY id`;
  for await (const { id } of fetched<{ id: number }>(tx, query, IDS_AT_ONCE)) {
    if (length === ids.length) {
      const larger = new Float64Array(length * 2);
      larger.set(ids);
      ids = larger;
    }
    ids[length++] = id;
  }
  return ids.subarray(0, length);
}

/** Rows that are not exported because their work has not ended. */
export async function countUnfinished(
  tx: Transaction,
  table: ArchivedTable,
  projectId: number,
): Promise<number> {
  if (table.where === undefined) return 0;
  const { unfinished } = await tx.one<{ unfinished: number }>(
    sql`SELECT count(*) AS unfinished FROM ${sql.table(table.name)}
        WHERE project_id = ${projectId} AND NOT (${sql.raw(table.where)})`,
  );
  return unfinished;
}

function ended(table: ArchivedTable, projectId: number) {
  const ofProject = sql`project_id = ${sql.lit(projectId)}`;
  return table.where === undefined ? ofProject : sql`${ofProject} AND ${sql.raw(table.where)}`;
}

async function* fetched<R>(
  tx: Transaction,
  query: ReturnType<typeof sql>,
  atOnce: number,
): AsyncGenerator<R> {
  await tx.run(sql`DECLARE exported NO SCROLL CURSOR FOR ${query}`);
  for (;;) {
    const rows = await tx.rows<R>(sql`FETCH FORWARD ${sql.lit(atOnce)} FROM exported`);
    yield* rows;
    if (rows.length < atOnce) break;
  }
  await tx.run(sql`CLOSE exported`);
}

/** E-mail addresses of people the asker may know, by their ids. */
export async function addressesById(tx: Transaction): Promise<Map<number, string>> {
  const rows = await people(tx);
  return new Map(rows.map(({ id, email }) => [id, email]));
}

export async function idsByAddress(tx: Transaction): Promise<Map<string, number>> {
  const rows = await people(tx);
  return new Map(rows.map(({ id, email }) => [email, id]));
}

function people(tx: Transaction): Promise<{ id: number; email: string }[]> {
  return tx.rows(sql`SELECT id, lower(email) AS email FROM people`);
}

/** Ids that nobody else is given, ascending. */
export async function reserveIds(tx: Transaction, table: string, count: number): Promise<Float64Array> {
  const ids = new Float64Array(count);
  for (let at = 0; at < count; at += IDS_AT_ONCE) {
    const rows = await tx.rows<{ id: number }>(
      sql`SELECT nextval(${`magtrace.${table}_id_seq`}::regclass) AS id
          FROM generate_series(1, ${Math.min(IDS_AT_ONCE, count - at)}::integer)`,
    );
    for (const [i, { id }] of rows.entries()) ids[at + i] = id;
  }
  return ids;
}

export interface RowsToInsert {
  readonly table: ArchivedTable;
  readonly projectId: number;
  readonly organizationId: number;
  /** With the columns of the declaration. */
  readonly rows: readonly Row[];
}

/** All values travel as one parameter; names and types are the declaration's. */
export async function insertRows(tx: Transaction, { table, rows, ...place }: RowsToInsert): Promise<void> {
  const columns = columnsOf(table);
  const names = columns.map(([name]) => sql.ref(name));
  const typed = columns.map(([name, column]) => sql`${sql.ref(name)} ${sql.raw(column.sql)}`);
  await tx.run(
    sql`INSERT INTO ${sql.table(table.name)} (project_id, organization_id, ${sql.join(names)})
        OVERRIDING SYSTEM VALUE
        SELECT ${place.projectId}::bigint, ${place.organizationId}::integer, ${sql.join(names)}
        FROM ROWS FROM (jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS (${sql.join(typed)}))
          WITH ORDINALITY AS given (${sql.join(names)}, ordinal)
        ORDER BY ordinal`,
  );
}

/** References among rows of one table that could not be set while some of them were missing. */
export async function setReferences(
  tx: Transaction,
  table: string,
  column: string,
  pairs: readonly (readonly [id: number, to: number])[],
): Promise<void> {
  await tx.run(
    sql`UPDATE ${sql.table(table)} AS row SET ${sql.ref(column)} = given.refers
        FROM unnest(${pairs.map(([id]) => id)}::bigint[], ${pairs.map(([, to]) => to)}::bigint[]) AS given (id, refers)
        WHERE row.id = given.id`,
  );
}
