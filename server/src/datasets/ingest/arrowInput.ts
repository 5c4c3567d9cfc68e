import { zstdDecompressSync } from "node:zlib";
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
import { WatchedInput } from "./byteStream.ts";
import { type Cell, type CellReader, columnBlock, typedReading } from "./columnBlocks.ts";
import { RefusedFile } from "./findings.ts";
import { unpackLz4Frame } from "./lz4.ts";
import type { RowBlock } from "./parseRows.ts";
import type { TimeReading } from "./parseTime.ts";
import { resolveColumns } from "./resolveColumns.ts";
import type { TableInput } from "./tableInput.ts";
import type { IngestRequest } from "./types.ts";

/** Bytes that may be read for one record batch: what is larger was not written to be read in a stream. */
const MAX_BATCH_BYTES = 256 * 1024 * 1024;
/** A file's magic, padded; what follows is a stream, the footer behind its end. */
const FILE_LEAD_BYTES = 8;

compressionRegistry.set(CompressionType.ZSTD, {
  decode: (bytes) => zstdDecompressSync(bytes, { maxOutputLength: MAX_BATCH_BYTES }),
});
compressionRegistry.set(CompressionType.LZ4_FRAME, {
  decode: (bytes) => unpackLz4Frame(bytes, MAX_BATCH_BYTES),
});

/**
 * Opens Arrow IPC, file or stream, and reads it batch by batch.
 *
 * @throws {RefusedFile} what is no Arrow after all, or lacks a column. So does reading its blocks.
 */
export async function openArrowInput(
  bytes: AsyncIterable<Uint8Array>,
  isFile: boolean,
  request: Pick<IngestRequest, "mapping" | "limits">,
): Promise<TableInput> {
  const input = new WatchedInput(bytes);
  const budget = { left: MAX_BATCH_BYTES };
  const stream = rationed(input, isFile ? FILE_LEAD_BYTES : 0, budget);
  const batches = safely(input, batchesOf(stream, budget));
  const first = await batches.next();
  if (first.done)
    throw new RefusedFile({ code: "no_rows", expected: "at least one row; this Arrow file has none" });
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
  stream: AsyncIterable<Uint8Array>,
  budget: { left: number },
): AsyncGenerator<RecordBatch> {
  const reader = await RecordBatchReader.from(stream);
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
  input: WatchedInput,
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
