import type { LegacyTable } from "./tables.ts";

/** Lines of each kind a report holds; beyond them it only counts. */
const MOST_LINES = 100_000;

export interface TableCounts {
  /** Rows there are. */
  found: number;
  /** Rows that are here now, and were not before. */
  mapped: number;
  /** Rows that an earlier import brought. */
  known: number;
  /** Of those mapped: rows of which something is not as it was. */
  changed: number;
  refused: number;
}

export interface ReportLine {
  readonly table: LegacyTable;
  /** In the old database. */
  readonly id: number;
}

export interface ReportedChange extends ReportLine {
  readonly change: string;
}

export interface ReportedRefusal extends ReportLine {
  readonly reason: string;
}

export interface MappedRow extends ReportLine {
  /** Several where a label fell into several tracks. Of a dry run none. */
  readonly new_ids: readonly number[];
}

/** What trained models were kept in: such a file runs whatever is in it when it is opened, so it never is. */
export interface RefusedFile extends ReportLine {
  readonly file: string;
  readonly is_there: boolean;
}

/** What became of an old database, row by row. */
export class ImportReport {
  readonly counts = new Map<LegacyTable, TableCounts>();
  readonly mappedRows: MappedRow[] = [];
  readonly changes: ReportedChange[] = [];
  readonly refusals: ReportedRefusal[] = [];
  readonly files: RefusedFile[] = [];
  #lastChanged = "";

  found(table: LegacyTable, rows = 1): void {
    this.#of(table).found += rows;
  }

  mapped(table: LegacyTable, id: number, newIds: readonly number[]): void {
    this.#of(table).mapped++;
    keep(this.mappedRows, { table, id, new_ids: newIds.filter((each) => each > 0) });
  }

  /** Rows that are too many to be listed one by one. */
  mappedAll(table: LegacyTable, rows: number): void {
    this.#of(table).mapped += rows;
  }

  known(table: LegacyTable, rows = 1): void {
    this.#of(table).known += rows;
  }

  /** Changes of one row follow each other. */
  changed(table: LegacyTable, id: number, change: string): void {
    const row = `${table} ${id}`;
    if (this.#lastChanged !== row) this.#of(table).changed++;
    this.#lastChanged = row;
    keep(this.changes, { table, id, change });
  }

  refused(table: LegacyTable, id: number, reason: string): void {
    this.#of(table).refused++;
    keep(this.refusals, { table, id, reason });
  }

  refusedFile(table: LegacyTable, id: number, file: string, isThere: boolean): void {
    keep(this.files, { table, id, file, is_there: isThere });
  }

  #of(table: LegacyTable): TableCounts {
    let counts = this.counts.get(table);
    if (!counts) {
      counts = { found: 0, mapped: 0, known: 0, changed: 0, refused: 0 };
      this.counts.set(table, counts);
    }
    return counts;
  }
}

function keep<T>(lines: T[], line: T): void {
  if (lines.length < MOST_LINES) lines.push(line);
}
