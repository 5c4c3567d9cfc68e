import type { ProjectRef } from "../../../access/policy.ts";
import type { ArchivedRow, ArchivedTable } from "../../../platform/archive/declaration.ts";
import { sqlState } from "../../../platform/database/sqlState.ts";
import type { Transaction } from "../../../platform/database/transaction.ts";
import { linesOf } from "../archiveLines.ts";
import { objectColumnsOf } from "../columnsOf.ts";
import type { Copied } from "../exporting/copyObjects.ts";
import { idsByAddress, insertRows, setReferences } from "../exporting/rowQueries.ts";
import { refusal } from "./archiveFindings.ts";
import { convertRow } from "./convertRow.ts";
import { NewIds } from "./importNumbers.ts";
import type { Archive } from "./openArchive.ts";

/** What one statement takes: beyond that nothing is gained. */
const MOST_ROWS = 2_000;
const MOST_TEXT = 4 * 1024 * 1024;

export interface Insertion {
  readonly archive: Archive;
  readonly tables: readonly ArchivedTable[];
  readonly ids: ReadonlyMap<string, Float64Array>;
  readonly copied: ReadonlyMap<string, Copied>;
  readonly projectRef: ProjectRef;
  readonly signal: AbortSignal;
}

/**
 * Inserts every row of a checked file, in one transaction that the caller has begun.
 * @throws {ArchiveRefused} rows break a rule that only the database knows.
 */
export async function insertArchive(tx: Transaction, insertion: Insertion): Promise<void> {
  const places = new Map([...insertion.copied].map(([name, { place }]) => [name, place]));
  const references = new NewIds(insertion.ids, places);
  const people = await idsByAddress(tx);
  for (const table of insertion.tables) {
    try {
      await insertTable(tx, table, { ...insertion, references, people });
    } catch (error) {
      if (!isAboutData(error)) throw error;
      const expected = `rows of ${table.name} that do not contradict each other, such as two of one name`;
      throw refusal({ code: "wrong_row", at: `tables/${table.name}`, expected });
    }
  }
}

/** Data exceptions and violated constraints. */
function isAboutData(error: unknown): boolean {
  return /^(22|23|54)/.test(sqlState(error));
}

interface Context extends Insertion {
  readonly references: NewIds;
  readonly people: ReadonlyMap<string, number>;
}

async function insertTable(tx: Transaction, table: ArchivedTable, context: Context): Promise<void> {
  const { projectId, organizationId } = context.projectRef;
  const later = laterColumns(table);
  const pairs = new Map(later.map((column) => [column, [] as (readonly [number, number])[]]));
  let rows: ArchivedRow[] = [];
  let text = 0;
  const flush = async () => {
    if (rows.length > 0) await insertRows(tx, { table, projectId, organizationId, rows });
    rows = [];
    text = 0;
  };
  for await (const line of linesOf(context.archive, table.name)) {
    context.signal.throwIfAborted();
    const row = withObjects(table, JSON.parse(line.text) as ArchivedRow, context);
    const now = { ...row };
    for (const column of later) {
      if (row[column] !== null) pairs.get(column)!.push([row.id as number, row[column] as number]);
      now[column] = null;
    }
    rows.push(now);
    text += line.text.length;
    if (rows.length >= MOST_ROWS || text >= MOST_TEXT) await flush();
  }
  await flush();
  for (const [column, some] of pairs) {
    if (some.length > 0) await setReferences(tx, table.name, column, some);
  }
}

/** Columns that may refer to a row of the same table which is inserted after. */
function laterColumns({ name, columns }: ArchivedTable): string[] {
  return Object.entries(columns).flatMap(([column, declared]) =>
    declared.role === "reference" && declared.to === name && declared.bond === "firm" ? [column] : [],
  );
}

/** The row as it is stored, its objects where they are now. */
function withObjects(table: ArchivedTable, given: ArchivedRow, context: Context): ArchivedRow {
  let row = convertRow(table, given, context);
  for (const [column, declared] of objectColumnsOf(table)) {
    const name = given[column];
    if (typeof name !== "string") continue;
    const { place, sha256 } = context.copied.get(name)!;
    row = { ...row, [column]: place };
    if (declared.content.kind === "document") row = declared.content.note(row, sha256!);
  }
  return row;
}
