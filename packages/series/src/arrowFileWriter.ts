import {
  arrowSchema,
  type BatchPlace,
  batchHeader,
  bytesPerCell,
  type ColumnSpec,
  columnOffsets,
  fileEnd,
  fileStart,
} from "./arrowLayout.ts";
import { writeMicroseconds } from "./microseconds.ts";
import type { ByteSink, SeriesFile } from "./types.ts";

export type CellArray = Float64Array | Int32Array;

export interface ArrowFileWriterOptions {
  readonly name: string;
  readonly columns: readonly ColumnSpec[];
  readonly batchRows: number;
  readonly metadata: ReadonlyMap<string, string>;
  openSink(name: string): Promise<ByteSink>;
}

/**
 * Writes an Arrow IPC file batch by batch. The cells of the batch being filled are `cells`, one array of
 * `batchRows` a column (µs as numbers for timestamps): they lie in the batch's own bytes, so that a full batch is
 * written without being copied. The sink is opened with the first batch.
 */
export class ArrowFileWriter {
  readonly cells: readonly CellArray[];
  readonly #options: ArrowFileWriterOptions;
  readonly #schema: ReturnType<typeof arrowSchema>;
  readonly #start: Uint8Array;
  readonly #offsets: number[];
  readonly #headerLength: number;
  readonly #batch: Uint8Array;
  readonly #places: BatchPlace[] = [];
  #sink: ByteSink | null = null;
  #position = 0;
  #rows = 0;

  constructor(options: ArrowFileWriterOptions) {
    this.#options = options;
    const { columns, batchRows } = options;
    this.#schema = arrowSchema(columns, options.metadata);
    this.#start = fileStart(this.#schema);
    this.#offsets = columnOffsets(columns, batchRows);
    const header = batchHeader(columns, batchRows);
    this.#headerLength = header.length;
    this.#batch = new Uint8Array(header.length + this.#offsets.at(-1)!);
    this.#batch.set(header);
    this.cells = columns.map((column, i) => {
      const offset = header.length + this.#offsets[i];
      if (column.kind === "int32") return new Int32Array(this.#batch.buffer, offset, batchRows);
      if (column.kind === "float64") return new Float64Array(this.#batch.buffer, offset, batchRows);
      return new Float64Array(batchRows);
    });
  }

  /** Writes the first `rows` of `cells` as a batch. Fewer than `batchRows` only in the last batch. */
  async writeBatch(rows: number): Promise<void> {
    const batch = rows === this.#options.batchRows ? this.#batch : this.#shortBatch(rows);
    const offsets = columnOffsets(this.#options.columns, rows);
    this.#options.columns.forEach((column, i) => {
      if (!column.kind.startsWith("timestamp")) return;
      const bytes = batch.subarray(this.#headerLength + offsets[i]);
      writeMicroseconds(this.cells[i] as Float64Array, rows, bytes);
    });
    const sink = await this.#opened();
    this.#places.push({
      offset: this.#position,
      headerLength: this.#headerLength,
      bodyLength: batch.length - this.#headerLength,
    });
    await this.#write(sink, batch);
    this.#rows += rows;
  }

  async close(): Promise<SeriesFile> {
    const sink = await this.#opened();
    await this.#write(sink, fileEnd(this.#schema, this.#places));
    await sink.close();
    this.#sink = null;
    return {
      name: this.#options.name,
      rows: this.#rows,
      batchRows: this.#options.batchRows,
      firstBatchOffset: this.#start.length,
      batchStride: this.#batch.length,
      bodyOffset: this.#headerLength,
    };
  }

  async abort(): Promise<void> {
    const sink = this.#sink;
    this.#sink = null;
    if (sink !== null) await (sink.abort ? sink.abort() : sink.close());
  }

  async #opened(): Promise<ByteSink> {
    if (this.#sink === null) {
      this.#sink = await this.#options.openSink(this.#options.name);
      await this.#write(this.#sink, this.#start);
    }
    return this.#sink;
  }

  async #write(sink: ByteSink, bytes: Uint8Array): Promise<void> {
    await sink.write(bytes);
    this.#position += bytes.length;
  }

  #shortBatch(rows: number): Uint8Array {
    const { columns } = this.#options;
    const header = batchHeader(columns, rows);
    const offsets = columnOffsets(columns, rows);
    const batch = new Uint8Array(header.length + offsets.at(-1)!);
    batch.set(header);
    columns.forEach((column, i) => {
      const from = this.#headerLength + this.#offsets[i];
      const bytes = this.#batch.subarray(from, from + rows * bytesPerCell(column.kind));
      batch.set(bytes, header.length + offsets[i]);
    });
    return batch;
  }
}
