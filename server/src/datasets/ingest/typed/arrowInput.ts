import type { FileHandle } from "node:fs/promises";
import { zstdDecompressSync } from "node:zlib";
import { type ByteSource, readExactly } from "@magtrace/series";
import {
  CompressionType,
  compressionRegistry,
  type Data,
  DataType,
  type Field,
  type RecordBatch,
  RecordBatchReader,
  type Schema,
  type Timestamp,
  TimeUnit,
  type Vector,
} from "apache-arrow";
import { WatchedInput } from "../byteStream.ts";
import type { TimeReading } from "../cells/parseTime.ts";
import { resolveColumns } from "../cells/resolveColumns.ts";
import { type Cell, type CellReader, columnBlock, typedReading } from "../columnBlocks.ts";
import { RefusedFile } from "../findings.ts";
import type { RowBlock } from "../text/parseRows.ts";
import type { IngestRequest } from "../types.ts";
import { boundArrowMetadata } from "./boundArrowMetadata.ts";
import { unpackLz4Frame } from "./lz4.ts";
import type { TableInput } from "./tableInput.ts";

/** Bytes that may be read for one record batch: what is larger was not written to be read in a stream. */
const MAX_BATCH_BYTES = 256 * 1024 * 1024;
/** A file's magic, padded; what follows is a stream, the footer behind its end. */
const FILE_LEAD_BYTES = 8;
/** Length of the footer and magic, at a file's end. */
const FILE_TAIL_BYTES = 10;
/** A footer may point at one batch as often as it likes; reading much more than there is means that it does. */
const MAX_READ_RATIO = 2;

boundArrowMetadata();
compressionRegistry.set(CompressionType.ZSTD, {
  decode: (bytes) => zstdDecompressSync(bytes, { maxOutputLength: MAX_BATCH_BYTES }),
});
compressionRegistry.set(CompressionType.LZ4_FRAME, {
  decode: (bytes) => unpackLz4Frame(bytes, MAX_BATCH_BYTES),
});

/**
 * Opens an Arrow IPC stream and reads it batch by batch. A file in a stream (packed by gzip) is read by its inner
 * stream, which Arrow's own JavaScript leaves out: such a file is refused.
 *
 * @throws {RefusedFile} what is no Arrow after all, or lacks a column. So does reading its blocks.
 */
export function openArrowStream(
  bytes: AsyncIterable<Uint8Array>,
  isFile: boolean,
  request: ArrowRequest,
): Promise<TableInput> {
  const input = new WatchedInput(bytes);
  const budget = { left: MAX_BATCH_BYTES };
  const stream = rationed(input, isFile ? FILE_LEAD_BYTES : 0, budget);
  return openBatches(safely(input, batchesOf(stream, budget)), request);
}

/** Opens an Arrow IPC file by its footer and reads it batch by batch. @throws {RefusedFile} as `openArrowStream`. */
export async function openArrowFile(source: ByteSource, request: ArrowRequest): Promise<TableInput> {
  await requireFooter(source);
  const handle = new SourceHandle(source, request);
  // Arrow asks for a node FileHandle and uses four of its members.
  const file = handle as unknown as FileHandle;
  return openBatches(safely(handle, batchesOf(file, { left: 0 })), request);
}

type ArrowRequest = Pick<IngestRequest, "mapping" | "limits" | "signal" | "onProgress">;

async function openBatches(
  batches: AsyncGenerator<RecordBatch, undefined>,
  request: ArrowRequest,
): Promise<TableInput> {
  const first = await batches.next();
  if (first.done) {
    throw new RefusedFile({ code: "no_rows", expected: "at least one row; this Arrow file has none" });
  }
  const { schema } = first.value;
  const columns = resolveColumns({
    header: schema.names.map(String),
    mapping: request.mapping,
    maxColumns: request.limits.maxColumns,
    isText: (position) => !isNumber(schema.fields[position].type),
  });
  const timeField = schema.fields[columns.time.position];
  const typed = timeReadingOf(timeField);
  const firstTime = firstCell(first.value, columns.time.position);
  const time = typedReading(columns, typed, firstTime);
  return {
    columns,
    time,
    firstTime: String(firstTime ?? ""),
    linesBefore: 0,
    source: { format: "arrow", encoding: null, delimiter: null, decimal: null },
    notes: [],
    blocks: blocks(),
  };

  async function* blocks(): AsyncGenerator<RowBlock> {
    for (let batch: IteratorResult<RecordBatch, unknown> = first; !batch.done; batch = await batches.next()) {
      yield columnBlock(typedBatch(batch.value), columns, time, typed !== null);
    }
  }
}

/** Passes bytes on, without the first few, as long as the budget lasts. */
async function* rationed(
  input: AsyncIterable<Uint8Array>,
  skip: number,
  budget: { left: number },
): AsyncGenerator<Uint8Array> {
  let left = skip;
  for await (const chunk of input) {
    const bytes = chunk.subarray(Math.min(left, chunk.length));
    left -= chunk.length - bytes.length;
    budget.left -= bytes.length;
    if (budget.left < 0) {
      throw new RefusedFile({
        code: "not_supported",
        expected: `record batches of at most ${MAX_BATCH_BYTES} bytes`,
      });
    }
    if (bytes.length > 0) yield bytes;
  }
}

async function* batchesOf(
  from: AsyncIterable<Uint8Array> | FileHandle,
  budget: { left: number },
): AsyncGenerator<RecordBatch> {
  const reader = await (Symbol.asyncIterator in from
    ? RecordBatchReader.from(from)
    : RecordBatchReader.from(from));
  await reader.open();
  if (!reader.schema) throw new RangeError("no schema");
  requireReadable(reader.schema);
  for await (const batch of reader as AsyncIterable<RecordBatch>) {
    budget.left = MAX_BATCH_BYTES;
    if (batch.numRows === 0) continue;
    requireWhole(batch);
    yield batch;
  }
}

/** Takes every complaint of the Arrow library for one about the file; failures of the input stay what they are. */
async function* safely(
  input: { readonly failed: boolean; readonly failure: unknown },
  batches: AsyncGenerator<RecordBatch>,
): AsyncGenerator<RecordBatch, undefined> {
  try {
    for await (const batch of batches) yield batch;
    return undefined;
  } catch (error) {
    if (input.failed) throw input.failure;
    if (error instanceof RefusedFile) throw error;
    throw new RefusedFile({
      code: "damaged_file",
      value: error instanceof Error ? error.message : "",
      expected: "a whole Arrow IPC file or stream",
    });
  }
}

/** A source as Arrow's random-access reader wants it, remembering whether it was the source that failed. */
class SourceHandle {
  readonly fd = -1;
  readonly #source: ByteSource;
  readonly #request: ArrowRequest;
  #read = 0;
  failed = false;
  failure: unknown;

  constructor(source: ByteSource, request: ArrowRequest) {
    this.#source = source;
    this.#request = request;
  }

  async stat(): Promise<{ size: number }> {
    return { size: this.#source.size };
  }

  async read(
    into: Uint8Array,
    at: number,
    length: number,
    position: number,
  ): Promise<{ bytesRead: number; buffer: Uint8Array }> {
    const { size } = this.#source;
    this.#read += length;
    if (length > MAX_BATCH_BYTES || this.#read > MAX_READ_RATIO * size + MAX_BATCH_BYTES) {
      throw new RefusedFile({
        code: "not_supported",
        expected: `record batches of at most ${MAX_BATCH_BYTES} bytes, each listed once`,
      });
    }
    if (!(position >= 0 && position + length <= size))
      throw new RangeError(`bytes at ${position} of ${size}`);
    try {
      this.#request.signal?.throwIfAborted();
      await readExactly(this.#source, position, into.subarray(at, at + length));
    } catch (error) {
      this.failed = true;
      this.failure = error;
      throw error;
    }
    this.#request.onProgress?.(Math.min(this.#read / size, 1));
    return { bytesRead: length, buffer: into };
  }

  async close(): Promise<void> {
    // The source is the caller's to close.
  }
}

/** The library trusts a footer's length with as much memory as it says. */
async function requireFooter(source: ByteSource): Promise<void> {
  const tail = new Uint8Array(Math.min(FILE_TAIL_BYTES, source.size));
  await readExactly(source, source.size - tail.length, tail);
  const magic = Buffer.from(tail.subarray(4)).toString("latin1");
  const length = magic === "ARROW1" ? new DataView(tail.buffer).getInt32(0, true) : -1;
  if (length > 0 && length + FILE_LEAD_BYTES + FILE_TAIL_BYTES <= source.size) return;
  throw new RefusedFile({
    code: "damaged_file",
    expected: "an Arrow IPC file with its footer; this one is damaged or cut short",
  });
}

function requireReadable(schema: Schema): void {
  if (schema.fields.length === 0) throw new RangeError("no columns");
}

/** Lengths that a batch announces are held against the bytes that are there, before anything is read by them. */
function requireWhole(batch: RecordBatch): void {
  batch.schema.fields.forEach((field, i) => {
    const data = batch.data.children[i] as Data | undefined;
    if (!isNumber(field.type) && !isText(field.type) && !isTime(field.type)) return;
    const cells = data === undefined ? 0 : cellsIn(data);
    if (data === undefined || data.length !== batch.numRows || cells < batch.numRows) {
      throw new RangeError(`column ${field.name} is shorter than its batch`);
    }
    const bitmap = data.nullBitmap;
    if (data.nullCount > 0 && bitmap && bitmap.length * 8 < batch.numRows) {
      throw new RangeError(`column ${field.name} has too short a bitmap`);
    }
  });
}

function cellsIn(data: Data): number {
  const { type } = data;
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type)) return (data.valueOffsets?.length ?? 0) - 1;
  return data.values?.length ?? 0;
}

function isNumber(type: DataType): boolean {
  return DataType.isInt(type) || (DataType.isFloat(type) && type.precision > 0);
}

function isText(type: DataType): boolean {
  if (DataType.isDictionary(type)) return isText(type.dictionary);
  return DataType.isUtf8(type) || DataType.isLargeUtf8(type);
}

function isTime(type: DataType): boolean {
  return (
    DataType.isTimestamp(type) || DataType.isDate(type) || DataType.isTime(type) || DataType.isDuration(type)
  );
}

/** µs in a tick. */
function usPerTick(unit: TimeUnit): number {
  if (unit === TimeUnit.SECOND) return 1e6;
  if (unit === TimeUnit.MILLISECOND) return 1e3;
  return unit === TimeUnit.MICROSECOND ? 1 : 1e-3;
}

/** What the column's type says of its times; null where it is numbers or text. */
function timeReadingOf(field: Field): TimeReading | null {
  const { type } = field;
  if (DataType.isTimestamp(type))
    return { form: "datetime", usPerUnit: 1, zone: Boolean((type as Timestamp).timezone) };
  if (DataType.isDate(type)) return { form: "datetime", usPerUnit: 1, zone: false };
  if (DataType.isTime(type)) return { form: "clock", usPerUnit: 1, zone: true };
  return DataType.isDuration(type) ? { form: "seconds", usPerUnit: 1, zone: true } : null;
}

function firstCell(batch: RecordBatch, position: number): Cell {
  const cellOf = cellReader(batch.data.children[position], batch.getChildAt(position));
  for (let i = 0; i < batch.numRows; i++) {
    const cell = cellOf(i);
    if (cell !== null) return cell;
  }
  return null;
}

function typedBatch(batch: RecordBatch): { rows: number; cells: CellReader[] } {
  const cells = batch.data.children.map((data, i) => cellReader(data, batch.getChildAt(i)));
  return { rows: batch.numRows, cells };
}

function cellReader(data: Data, vector: Vector | null): CellReader {
  const { type } = data;
  const valid = (row: number): boolean => data.nullCount === 0 || data.getValid(row);
  if (isTime(type)) {
    const scale = timeScale(type);
    const ticks = data.values as BigInt64Array | Int32Array;
    return (row) => (valid(row) ? Math.round(Number(ticks[row]) * scale) : null);
  }
  if (isNumber(type)) {
    // Half floats are kept as their bits: those go through the vector.
    if (DataType.isFloat(type) && data.values instanceof Uint16Array) {
      return (row) => (valid(row) ? Number(vector?.get(row)) : null);
    }
    const values = data.values as Float64Array | BigInt64Array;
    return (row) => (valid(row) ? Number(values[row]) : null);
  }
  if (isText(type)) return (row) => (valid(row) ? String(vector?.get(row)) : null);
  return () => null;
}

function timeScale(type: DataType): number {
  if (DataType.isDate(type)) return type.unit === 0 ? 86400e6 : 1e3;
  return usPerTick((type as Timestamp).unit);
}
