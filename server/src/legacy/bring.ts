import type { Actor } from "../access/actor.ts";
import { AppError, type ErrorCode } from "../errors.ts";
import type { Deps } from "../platform/deps.ts";
import { type Cells, cellsOf } from "./cells.ts";
import type { ImportReport } from "./importReport.ts";
import type { Ledger } from "./ledger.ts";
import type { LegacyDatabase, LegacyRow } from "./legacyDatabase.ts";
import type { LegacyTable } from "./tables.ts";

/** What every part of an import works with. */
export interface Bringing {
  readonly deps: Deps;
  readonly actor: Actor;
  readonly organizationId: number;
  readonly database: LegacyDatabase;
  /** Where the old program kept its files. */
  readonly mediaDir: string;
  readonly ledger: Ledger;
  readonly report: ImportReport;
  readonly signal: AbortSignal;
}

/** Rows of a table, each counted and read cell by cell. @throws {AppError} cancelled, between rows. */
export function* rowsOf(
  { database, report, signal }: Bringing,
  table: LegacyTable,
  where?: string,
  values: number[] = [],
): Generator<{ row: LegacyRow; cells: Cells }> {
  for (const row of database.rows(table, where, values)) {
    requireGoingOn(signal);
    report.found(table);
    yield { row, cells: cellsOf(row, table, report) };
  }
}

/** @throws {AppError} cancelled. */
export function requireGoingOn(signal: AbortSignal): void {
  if (!signal.aborted) return;
  throw new AppError("cancelled", "Stopped. What was brought is here; run the same command to go on.");
}

/** What says that this row does not fit here, and not that something failed. */
const OF_THE_ROW: ReadonlySet<ErrorCode> = new Set([
  "validation_failed",
  "conflict",
  "too_large",
  "over_quota",
  "infected_file",
  "unreadable_file",
  "not_found",
  "not_ready",
]);

/** Undefined where the row is refused. */
export async function orRefused<T>(
  { report }: Bringing,
  { table, id }: Cells,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AppError) || !OF_THE_ROW.has(error.code)) throw error;
    report.refused(table, id, error.message);
    return undefined;
  }
}
