import type { Assumption } from "@magtrace/contracts";
import type { TimeReading } from "../cells/parseTime.ts";
import { resolveColumns } from "../cells/resolveColumns.ts";
import { type Cell, columnBlocks } from "../columnBlocks.ts";
import { RefusedFile } from "../findings.ts";
import type { RowBlock } from "../text/rowBlock.ts";
import type { TableInput } from "../typed/tableInput.ts";
import type { IngestRequest, QualityNote, SourceFormat } from "../types.ts";

/** A row as a format's reader understood it: times as µs, numbers as numbers, null where there is no value. */
export interface FormatRow {
  /** Line of the file it stands on, 1-based; the number of the record in binary formats. */
  readonly line: number;
  readonly cells: readonly Cell[];
}

export interface RowTable {
  readonly format: SourceFormat;
  /** Names of the cells. The first is the time. */
  readonly header: readonly string[];
  readonly textColumns?: readonly number[];
  readonly time: TimeReading;
  readonly isText: boolean;
  /** Some at a time, never an empty array. */
  readonly rows: AsyncIterable<readonly FormatRow[]>;
  /** Both are looked at when the rows have been read: readers may add to them while they do. */
  readonly assumptions?: readonly Assumption[];
  readonly notes?: readonly QualityNote[];
}

/** Rows of a block. */
const BLOCK_ROWS = 8192;

/**
 * Makes an input of the rows of a format's reader.
 *
 * @throws {RefusedFile} no row, or columns that are no recording.
 */
export async function openRowTable(
  table: RowTable,
  { mapping, limits }: Pick<IngestRequest, "mapping" | "limits">,
): Promise<TableInput> {
  const rows = table.rows[Symbol.asyncIterator]();
  const columns = resolveColumns({
    header: table.header,
    mapping,
    maxColumns: limits.maxColumns,
    time: { positions: [0], name: table.header[0], reading: table.time, assumptions: [] },
    isText: (position) => table.textColumns?.includes(position) ?? false,
  });
  const first = await rows.next();
  if (first.done) {
    throw new RefusedFile({ code: "no_rows", expected: "at least one row; this file has none" });
  }
  const missing = new Set(mapping?.missing ?? []);
  return {
    columns,
    time: table.time,
    firstTime: firstTimeOf(first.value[0].cells[0], table.time),
    linesBefore: 0,
    source: {
      format: table.format,
      encoding: table.isText ? "utf-8" : null,
      delimiter: null,
      decimal: null,
    },
    get assumptions() {
      return [...(table.assumptions ?? []), ...(columns.assumptions ?? [])];
    },
    get notes() {
      return table.notes ?? [];
    },
    descending: false,
    blocks: blocks(first.value),
  };

  async function* blocks(head: readonly FormatRow[]): AsyncGenerator<RowBlock> {
    let nextLine = 1;
    try {
      for (let some: readonly FormatRow[] | null = head; some !== null; some = await nextRows()) {
        for (let from = 0; from < some.length; from += BLOCK_ROWS) {
          const part = some.slice(from, from + BLOCK_ROWS);
          const ofRow = Int32Array.from(part, ({ line }) => line - nextLine);
          const count = Math.max(0, ofRow[ofRow.length - 1] + 1);
          const cells = table.header.map((_, column) => (row: number): Cell => {
            const cell = part[row].cells[column] ?? null;
            return typeof cell === "number" && column > 0 && missing.has(cell) ? null : cell;
          });
          yield* columnBlocks(
            { rows: part.length, cells, lines: { ofRow, count } },
            columns,
            table.time,
            true,
          );
          nextLine += count;
        }
      }
    } finally {
      await rows.return?.();
    }
  }

  async function nextRows(): Promise<readonly FormatRow[] | null> {
    const next = await rows.next();
    return next.done ? null : next.value;
  }
}

function firstTimeOf(cell: Cell, time: TimeReading): string {
  if (typeof cell !== "number" || time.form !== "datetime") return String(cell ?? "");
  const date = new Date(cell / 1000);
  return Number.isNaN(date.getTime()) ? "" : date.toISOString();
}
