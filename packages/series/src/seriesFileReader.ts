import type { CellArray } from "./arrowFileWriter.ts";
import { bytesPerCell, type ColumnSpec, columnOffsets } from "./arrowLayout.ts";
import type { CellMemory } from "./cellMemory.ts";
import { readMicroseconds } from "./microseconds.ts";
import { type RangeRead, readRanges } from "./readRanges.ts";
import type { ByteSource, SeriesFile } from "./types.ts";

/** Rows [start, start + count) of a file. */
export interface RowRange {
  readonly start: number;
  readonly count: number;
}

/** Cells of one row range, an array a column asked for. */
export type Cells = readonly CellArray[];

/** Reads cells of one Arrow file of a series by arithmetic on its layout; its footer is never needed. */
export class SeriesFileReader {
  readonly file: SeriesFile;
  readonly #columns: readonly ColumnSpec[];
  readonly #open: (name: string) => Promise<ByteSource>;
  readonly #fullOffsets: readonly number[];
  #source: Promise<ByteSource> | null = null;

  constructor(file: SeriesFile, columns: readonly ColumnSpec[], open: (name: string) => Promise<ByteSource>) {
    this.file = file;
    this.#columns = columns;
    this.#open = open;
    this.#fullOffsets = columnOffsets(columns, file.batchRows);
  }

  /**
   * The given columns (by position) of each range. Times come as µs.
   *
   * @param lent Memory to put them in; default: memory of their own.
   */
  async read(ranges: readonly RowRange[], columns: readonly number[], lent?: CellMemory): Promise<Cells[]> {
    const reads: RangeRead[] = [];
    // One allocation for all cells: a window asks for hundreds of small arrays otherwise.
    const bytes = 8 * columns.length * ranges.reduce((sum, range) => sum + range.count, 0);
    const memory = lent?.take(bytes) ?? new ArrayBuffer(bytes);
    let used = 0;
    const results = ranges.map((range) =>
      columns.map((column) => {
        const isInt = this.#columns[column].kind === "int32";
        const cells = isInt
          ? new Int32Array(memory, used, range.count)
          : new Float64Array(memory, used, range.count);
        used += 8 * range.count;
        this.#planColumn(range, column, new Uint8Array(memory, cells.byteOffset, cells.byteLength), reads);
        return cells;
      }),
    );
    if (reads.length > 0) await readRanges(await this.#opened(), reads);
    for (const cells of results) {
      columns.forEach((column, i) => {
        if (!this.#columns[column].kind.startsWith("timestamp")) return;
        const times = cells[i] as Float64Array;
        readMicroseconds(new Uint8Array(memory, times.byteOffset, times.byteLength), times.length, times);
      });
    }
    return results;
  }

  async close(): Promise<void> {
    const source = this.#source;
    this.#source = null;
    await (await source)?.close?.();
  }

  #planColumn({ start, count }: RowRange, column: number, into: Uint8Array, reads: RangeRead[]): void {
    const { batchRows, rows, firstBatchOffset, batchStride, bodyOffset } = this.file;
    const width = bytesPerCell(this.#columns[column].kind);
    for (let row = start; row < start + count; ) {
      const batch = Math.floor(row / batchRows);
      const first = batch * batchRows;
      const end = Math.min(first + batchRows, start + count);
      const rowsHere = Math.min(batchRows, rows - first);
      const offsets = rowsHere === batchRows ? this.#fullOffsets : columnOffsets(this.#columns, rowsHere);
      reads.push({
        offset: firstBatchOffset + batch * batchStride + bodyOffset + offsets[column] + (row - first) * width,
        into: into.subarray((row - start) * width, (end - start) * width),
      });
      row = end;
    }
  }

  #opened(): Promise<ByteSource> {
    if (this.#source === null) {
      const opening = this.#open(this.file.name);
      this.#source = opening;
      // A failed opening is not remembered: the next read tries again.
      opening.catch(() => {
        if (this.#source === opening) this.#source = null;
      });
    }
    return this.#source;
  }
}
