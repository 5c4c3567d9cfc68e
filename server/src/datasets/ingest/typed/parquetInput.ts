import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import type { ByteSource } from "@magtrace/series";
import { readExactly } from "@magtrace/series";
import {
  type AsyncBuffer,
  type Compressors,
  type DecodedArray,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
  type SchemaElement,
  snappyUncompress,
} from "hyparquet";
import { DAY_US, type TimeReading } from "../cells/parseTime.ts";
import { resolveColumns } from "../cells/resolveColumns.ts";
import { type Cell, columnBlock, typedReading } from "../columnBlocks.ts";
import { RefusedFile } from "../findings.ts";
import type { RowBlock } from "../text/parseRows.ts";
import type { IngestLimits, IngestRequest } from "../types.ts";
import { unpackLz4Block } from "./lz4.ts";
import type { TableInput } from "./tableInput.ts";

/** Cells of one row group, which is what is in memory at a time. */
const MAX_GROUP_CELLS = 24_000_000;
const MAX_PAGE_BYTES = 256 * 1024 * 1024;

type Column = Pick<SchemaElement, "name" | "type" | "converted_type" | "logical_type" | "num_children">;

/**
 * Opens Parquet and reads it row group by row group, only the columns that are wanted.
 *
 * @throws {RefusedFile} damaged, nested, packed in an unknown way, beyond a limit, or without a column it needs.
 */
export async function openParquetInput(request: IngestRequest): Promise<TableInput> {
  const file = new WatchedBuffer(request.source);
  const metadata = await safely(file, () => parquetMetadataAsync(file));
  requireWithinLimits(metadata, request);
  const fields = flatColumns(metadata);
  const columns = resolveColumns({
    header: fields.map((field) => field?.name ?? ""),
    mapping: request.mapping,
    maxColumns: request.limits.maxColumns,
    isText: (position) => !isNumber(fields[position]),
  });
  const field = fields[columns.time.position];
  const typed = field === null ? null : timeReadingOf(field);
  const groups = groupsOf(metadata);
  if (groups.length === 0)
    throw new RefusedFile({ code: "no_rows", expected: "at least one row; this Parquet file has none" });
  const wanted = [columns.time.position, ...columns.values.map(({ position }) => position)];
  if (columns.sensor !== null) wanted.push(columns.sensor.position);
  const names = new Map([...new Set(wanted)].map((position) => [fields[position]!.name, position]));

  const firstGroup = await readGroup(file, metadata, groups[0], names, fields);
  const firstTime = firstGroup[columns.time.position].find((cell) => cell !== null) ?? null;
  const time = typedReading(columns, typed, firstTime);
  return {
    columns,
    time,
    firstTime: String(firstTime ?? ""),
    linesBefore: 0,
    source: { format: "parquet", encoding: null, delimiter: null, decimal: null },
    notes: [],
    blocks: blocks(),
  };

  async function* blocks(): AsyncGenerator<RowBlock> {
    for (const [i, group] of groups.entries()) {
      request.signal?.throwIfAborted();
      const cells = i === 0 ? firstGroup : await readGroup(file, metadata, group, names, fields);
      const readers = fields.map(
        (_, position) =>
          (row: number): Cell =>
            cells[position][row] ?? null,
      );
      yield columnBlock({ rows: group.end - group.start, cells: readers }, columns, time, typed !== null);
      request.onProgress?.((i + 1) / groups.length);
    }
  }
}

interface RowGroup {
  readonly start: number;
  readonly end: number;
}

function groupsOf(metadata: FileMetaData): RowGroup[] {
  let start = 0;
  return metadata.row_groups.flatMap((group) => {
    const end = start + Number(group.num_rows);
    const one = { start, end };
    start = end;
    return one.end > one.start ? [one] : [];
  });
}

function requireWithinLimits(
  metadata: FileMetaData,
  { limits, source }: { limits: IngestLimits; source: ByteSource },
): void {
  const allowed = Math.min(limits.maxDecompressedBytes, 1024 * 1024 + source.size * limits.maxRatio);
  let unpacked = 0;
  for (const group of metadata.row_groups) {
    const cells = Number(group.num_rows) * group.columns.length;
    if (!(cells <= MAX_GROUP_CELLS) || Number(group.num_rows) < 0) {
      throw new RefusedFile({
        code: "not_supported",
        value: `${group.num_rows} rows × ${group.columns.length} columns in one row group`,
        expected: `row groups of at most ${MAX_GROUP_CELLS} cells`,
      });
    }
    for (const column of group.columns) unpacked += Number(column.meta_data?.total_uncompressed_size ?? 0);
  }
  if (unpacked <= allowed) return;
  throw new RefusedFile({
    code: "decompression_limit",
    value: `${source.size} bytes unpack to ${unpacked}`,
    expected: `at most ${allowed} bytes when unpacked`,
  });
}

/** The top-level columns; null for nested ones, which are left out. */
function flatColumns(metadata: FileMetaData): (Column | null)[] {
  const [root, ...rest] = metadata.schema;
  const columns: (Column | null)[] = [];
  for (let i = 0; i < rest.length && columns.length < (root.num_children ?? 0); ) {
    const end = afterElement(rest, i);
    columns.push(end === i + 1 && !rest[i].num_children ? rest[i] : null);
    i = end;
  }
  return columns;
}

/** Position behind an element and all below it. */
function afterElement(elements: readonly Column[], at: number): number {
  let end = at + 1;
  for (let child = 0; child < (elements[at].num_children ?? 0) && end < elements.length; child++) {
    end = afterElement(elements, end);
  }
  return end;
}

function isNumber(column: Column | null): boolean {
  if (column === null || timeReadingOf(column) !== null) return false;
  return (
    column.type === "DOUBLE" || column.type === "FLOAT" || column.type === "INT32" || column.type === "INT64"
  );
}

function timeReadingOf(column: Column): TimeReading | null {
  const logical = column.logical_type;
  if (logical?.type === "TIMESTAMP") return { form: "datetime", usPerUnit: 1, zone: logical.isAdjustedToUTC };
  if (column.converted_type?.startsWith("TIMESTAMP")) return { form: "datetime", usPerUnit: 1, zone: true };
  if (column.type === "INT96") return { form: "datetime", usPerUnit: 1, zone: false };
  if (logical?.type === "DATE" || column.converted_type === "DATE")
    return { form: "datetime", usPerUnit: 1, zone: false };
  if (logical?.type === "TIME" || column.converted_type?.startsWith("TIME_")) {
    return { form: "clock", usPerUnit: 1, zone: true };
  }
  return null;
}

/** µs in one of what a time-of-day column counts; the other kinds are µs already. */
function timeOfDayScale(column: Column): number {
  const logical = column.logical_type;
  const unit =
    logical?.type === "TIME" ? logical.unit : column.converted_type === "TIME_MILLIS" ? "MILLIS" : "MICROS";
  if (unit === "MILLIS") return 1e3;
  return unit === "NANOS" ? 1e-3 : 1;
}

async function readGroup(
  file: WatchedBuffer,
  metadata: FileMetaData,
  { start, end }: RowGroup,
  names: ReadonlyMap<string, number>,
  fields: readonly (Column | null)[],
): Promise<Cell[][]> {
  const cells: Cell[][] = fields.map(() => []);
  await safely(file, () =>
    parquetRead({
      file,
      metadata,
      columns: [...names.keys()],
      rowStart: start,
      rowEnd: end,
      compressors,
      // hyparquet's own parsers make Dates, which have no microseconds.
      parsers: {
        timestampFromMilliseconds: (ms) => Number(ms) * 1e3,
        timestampFromMicroseconds: (us) => Number(us),
        timestampFromNanoseconds: (ns) => Math.round(Number(ns) / 1e3),
        dateFromDays: (days) => days * DAY_US,
      },
      onChunk({ columnName, columnData, rowStart }) {
        const position = names.get(columnName);
        if (position === undefined) return;
        fillCells(cells[position], columnData, rowStart - start, end - start, fields[position]!);
      },
    }),
  );
  for (const position of names.values()) {
    if (cells[position].length < end - start) {
      throw new RefusedFile({
        code: "damaged_file",
        column: fields[position]!.name,
        expected: `${end - start} values in this row group; it has ${cells[position].length}`,
      });
    }
  }
  return cells;
}

function fillCells(into: Cell[], from: DecodedArray, at: number, rows: number, column: Column): void {
  const scale = timeReadingOf(column)?.form === "clock" ? timeOfDayScale(column) : 1;
  for (let i = Math.max(0, -at); i < from.length && at + i < rows; i++) {
    const value: unknown = from[i];
    if (value === null || value === undefined) into[at + i] = null;
    else if (typeof value === "string") into[at + i] = value;
    else if (value instanceof Date) into[at + i] = value.getTime() * 1e3;
    else into[at + i] = scale === 1 ? Number(value) : Math.round(Number(value) * scale);
  }
}

function sized(length: number): number {
  if (!(length >= 0 && length <= MAX_PAGE_BYTES)) throw new RangeError(`a page of ${length} bytes`);
  return length;
}

const compressors: Compressors = {
  SNAPPY(input, length) {
    const output = new Uint8Array(sized(length));
    snappyUncompress(input, output);
    return output;
  },
  GZIP: (input, length) => gunzipSync(input, { maxOutputLength: Math.max(sized(length), 1) }),
  ZSTD: (input, length) => zstdDecompressSync(input, { maxOutputLength: Math.max(sized(length), 1) }),
  BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: Math.max(sized(length), 1) }),
  LZ4_RAW(input, length) {
    const output = new Uint8Array(sized(length));
    return output.subarray(0, unpackLz4Block(input, output));
  },
};

/** The source as hyparquet wants it, remembering whether it was the source that failed. */
class WatchedBuffer implements AsyncBuffer {
  readonly byteLength: number;
  readonly #source: ByteSource;
  failed = false;
  failure: unknown;

  constructor(source: ByteSource) {
    this.#source = source;
    this.byteLength = source.size;
  }

  /**
   * The library begins many of these at once and leaves at the first that fails. The others have nobody to fail to,
   * which would end the process.
   */
  slice(start: number, end = this.byteLength): Promise<ArrayBuffer> {
    const bytes = this.#read(start, end);
    bytes.catch(() => undefined);
    return bytes;
  }

  async #read(start: number, end: number): Promise<ArrayBuffer> {
    if (!(start >= 0 && end >= start && end <= this.byteLength))
      throw new RangeError(`bytes ${start} to ${end}`);
    const bytes = new Uint8Array(end - start);
    try {
      await readExactly(this.#source, start, bytes);
    } catch (error) {
      this.failed = true;
      this.failure = error;
      throw error;
    }
    return bytes.buffer;
  }
}

async function safely<T>(file: WatchedBuffer, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (file.failed) throw file.failure;
    if (error instanceof RefusedFile) throw error;
    throw new RefusedFile({
      code: "damaged_file",
      value: error instanceof Error ? error.message : "",
      expected: "a whole Parquet file of flat columns",
    });
  }
}
