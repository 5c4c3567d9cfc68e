import type { Assumption } from "@magtrace/contracts";
import type { TimeReading } from "../cells/parseTime.ts";
import type { ResolvedColumns } from "../cells/resolveColumns.ts";
import type { RowBlock } from "../text/rowBlock.ts";
import type { QualityNote, SourceReport } from "../types.ts";

/** A file opened far enough to know what its columns are; its rows come in blocks. */
export interface TableInput {
  readonly columns: ResolvedColumns;
  readonly time: TimeReading;
  /** The first row's time as the file has it. */
  readonly firstTime: string;
  /** Lines before the first block; 0 in binary formats, whose "lines" are rows. */
  readonly linesBefore: number;
  /** Of text: the line that names the columns, 1-based; null where none does. */
  readonly headerLine?: number | null;
  readonly source: Pick<SourceReport, "format" | "encoding" | "delimiter" | "decimal">;
  /** The sign before fractions, where it could as well stand between thousands: `18,430`. */
  readonly openDecimal?: "." | "," | null;
  readonly assumptions: readonly Assumption[];
  readonly notes: readonly QualityNote[];
  /** Whether the first rows go back in time. */
  readonly descending: boolean;
  readonly blocks: AsyncIterable<RowBlock>;
}
