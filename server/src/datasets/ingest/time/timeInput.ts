import type { Assumption, ColumnMapping } from "@magtrace/contracts";
import type { ColumnName } from "../cells/columnNames.ts";
import type { TimeReading } from "../cells/parseTime.ts";

/** What the time of a file is decided by. */
export interface TimeInput {
  readonly names: readonly ColumnName[];
  /** Cells of a column in the first rows, at most a few thousand. */
  cells(position: number): readonly string[];
  /** Byte of the decimal sign. */
  readonly decimal: number;
  readonly mapping: ColumnMapping | undefined;
  /** Line of the header, for findings. */
  readonly line: number | undefined;
  /**
   * Reads a column of the whole file, until `visit` returns false; for doubts that any row may settle. null where the
   * file is not read twice.
   */
  readonly scan: ((position: number, visit: (cell: string) => boolean) => Promise<void>) | null;
}

/** Which columns are the time, and how they are read. */
export interface TimeChoice {
  /** None where rows come at an even rate. */
  readonly positions: readonly number[];
  /** As findings call it. */
  readonly name: string;
  readonly reading: TimeReading;
  readonly assumptions: readonly Assumption[];
}

/** A decision on one column. */
export interface Decided {
  readonly reading: TimeReading;
  readonly assumptions: readonly Assumption[];
}
