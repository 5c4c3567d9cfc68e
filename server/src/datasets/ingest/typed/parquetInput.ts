import {
  type DecodedArray,
  type FileMetaData,
  type ParquetParsers,
  parquetMetadata,
  parquetSchema,
  type SchemaTree,
} from "hyparquet";
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import { getTreePath } from "hyparquet/src/schema.js";
import { DAY_US } from "../cells/parseTime.ts";
import { columnsRead, resolveColumns } from "../cells/resolveColumns.ts";
import { type Cell, type CellReader, columnBlocks } from "../columnBlocks.ts";
import { RefusedFile } from "../findings.ts";
import type { RowBlock } from "../text/rowBlock.ts";
import { usOfNanoseconds } from "../time/calendar.ts";
import {
  decideTypedTime,
  goesBack,
  headTexts,
  headTimes,
  type TypedNames,
  typedTimeColumns,
} from "../time/typedTime.ts";
import type { IngestRequest } from "../types.ts";
import { UnpackingLimit } from "../unpackingLimit.ts";
import { readColumnChunk } from "./parquetColumn.ts";
import { type Column, flatColumns, isNumber, timeOfDayScale, timeReadingOf } from "./parquetSchema.ts";
import type { TableInput } from "./tableInput.ts";
import { thriftLength } from "./thriftBounds.ts";
import { WatchedSource } from "./watchedSource.ts";

/** Cells of one row group, which is what is in memory at a time. */
const MAX_GROUP_CELLS = 24_000_000;
/** A footer of some 60,000 column chunks. The library makes objects of all of it. */
const MAX_FOOTER_BYTES = 64 * 1024 * 1024;
const MAX_FOOTER_VALUES = 2_000_000;
/** Length of the footer, and magic. */
const TAIL_BYTES = 8;

/** hyparquet's own parsers make Dates, which have no microseconds. */
const parsers: ParquetParsers = {
  ...DEFAULT_PARSERS,
  timestampFromMilliseconds: (ms) => Number(ms) * 1e3,
  timestampFromMicroseconds: (us) => Number(us),
  timestampFromNanoseconds: (ns) => usOfNanoseconds(BigInt(ns)),
  dateFromDays: (days) => days * DAY_US,
};

/**
 * Opens Parquet and reads it row group by row group, only the columns that are wanted.
 *
 * @throws {RefusedFile} damaged, nested, packed in an unknown way, beyond a limit, or without a column it needs.
 */
export async function openParquetInput(request: IngestRequest): Promise<TableInput> {
  const { source, limits } = request;
  const file = new WatchedSource(source);
  const { metadata, schema } = await safely(file, () => readMetadata(file));
  requireSmallGroups(metadata);
  const declared = new UnpackingLimit(source.size, limits);
  for (const column of metadata.row_groups.flatMap((group) => group.columns)) {
    declared.addBytes(Math.max(Number(column.meta_data?.total_uncompressed_size ?? 0), 0));
  }
  const fields = flatColumns(metadata);
  const typedNames: TypedNames = {
    names: fields.map((field) => field?.name ?? ""),
    mapping: request.mapping,
    typed: (position) => (fields[position] === null ? null : timeReadingOf(fields[position])),
  };
  const resolved = resolveColumns({
    header: fields.map((field) => field?.name ?? ""),
    mapping: request.mapping,
    maxColumns: limits.maxColumns,
    time: typedTimeColumns(typedNames),
    isText: (position) => !isNumber(fields[position]),
  });
  const groups = metadata.row_groups.filter((group) => group.num_rows > 0);
  for (const group of groups) declared.addRows(Number(group.num_rows), columnsRead(resolved));
  if (groups.length === 0)
    throw new RefusedFile({ code: "no_rows", expected: "at least one row; this Parquet file has none" });
  const wanted = [...resolved.time.positions, ...resolved.values.map(({ position }) => position)];
  if (resolved.sensor !== null) wanted.push(resolved.sensor.position);
  if (resolved.label !== null && fields[resolved.label.position] !== null)
    wanted.push(resolved.label.position);
  const limit = new UnpackingLimit(source.size, limits);
  const read = (group: RowGroup) =>
    readGroup({ file, group, schema, limit, positions: new Set(wanted), fields });

  const firstGroup = await read(groups[0]);
  const cellsOf = (position: number): readonly string[] =>
    headTexts(firstGroup[position], Number(groups[0].num_rows));
  const [position] = resolved.time.positions;
  const typed = position === undefined ? null : typedNames.typed(position);
  const time = await decideTypedTime(resolved.time, typedNames, cellsOf);
  const columns = { ...resolved, time };
  return {
    columns,
    time: time.reading,
    firstTime: time.positions.map((position) => cellsOf(position)[0] ?? "").join(" "),
    linesBefore: 0,
    source: { format: "parquet", encoding: null, delimiter: null, decimal: null },
    assumptions: [...time.assumptions, ...(columns.assumptions ?? [])],
    notes: [],
    descending: goesBack(headTimes(time, cellsOf, typed !== null), time.reading),
    blocks: blocks(),
  };

  async function* blocks(): AsyncGenerator<RowBlock> {
    for (const [i, group] of groups.entries()) {
      request.signal?.throwIfAborted();
      const cells = i === 0 ? firstGroup : await read(group);
      const rows = Number(group.num_rows);
      limit.addRows(rows, columnsRead(columns));
      yield* columnBlocks({ rows, cells }, columns, time.reading, typed !== null);
      request.onProgress?.((i + 1) / groups.length);
    }
  }
}

type RowGroup = FileMetaData["row_groups"][number];

async function readMetadata(file: WatchedSource): Promise<{ metadata: FileMetaData; schema: SchemaTree }> {
  const tail = await file.read(Math.max(0, file.size - TAIL_BYTES), Math.min(TAIL_BYTES, file.size));
  if (tail.length < TAIL_BYTES) throw new RangeError("a file without a footer");
  const length = new DataView(tail.buffer).getUint32(0, true);
  if (length + TAIL_BYTES > file.size) throw new RangeError(`a footer of ${length} bytes`);
  if (length > MAX_FOOTER_BYTES) {
    throw new RefusedFile({
      code: "not_supported",
      value: `a footer of ${length} bytes`,
      expected: `a footer of at most ${MAX_FOOTER_BYTES} bytes`,
    });
  }
  const footer = await file.read(file.size - TAIL_BYTES - length, length + TAIL_BYTES);
  thriftLength(footer.subarray(0, length), 0, MAX_FOOTER_VALUES);
  const metadata = parquetMetadata(footer);
  return { metadata, schema: parquetSchema(metadata) };
}

function requireSmallGroups(metadata: FileMetaData): void {
  for (const group of metadata.row_groups) {
    const cells = Number(group.num_rows) * group.columns.length;
    if (cells <= MAX_GROUP_CELLS && group.num_rows >= 0) continue;
    throw new RefusedFile({
      code: "not_supported",
      value: `${group.num_rows} rows × ${group.columns.length} columns in one row group`,
      expected: `row groups of at most ${MAX_GROUP_CELLS} cells`,
    });
  }
}

interface GroupReading {
  readonly file: WatchedSource;
  readonly group: RowGroup;
  readonly schema: SchemaTree;
  readonly limit: UnpackingLimit;
  readonly positions: ReadonlySet<number>;
  readonly fields: readonly (Column | null)[];
}

/** Cells of the columns at `positions`, one column after the other: only one is in memory packed. */
async function readGroup(reading: GroupReading): Promise<CellReader[]> {
  const { file, positions, fields } = reading;
  const readers: CellReader[] = fields.map(() => () => null);
  for (const position of positions) {
    readers[position] = await safely(file, () => readColumn(reading, fields[position]!));
  }
  return readers;
}

async function readColumn({ file, group, schema, limit }: GroupReading, column: Column): Promise<CellReader> {
  const rows = Number(group.num_rows);
  const chunk = group.columns.find(({ meta_data }) => {
    return meta_data?.path_in_schema.length === 1 && meta_data.path_in_schema[0] === column.name;
  });
  const meta = chunk?.meta_data;
  if (meta === undefined || chunk?.file_path || meta.type !== column.type)
    throw new RangeError(`no column ${column.name} in a row group`);
  const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
  const bytes = await file.read(start, Number(meta.total_compressed_size));
  const schemaPath = getTreePath(schema, meta.path_in_schema);
  const cells = isNumber(column) ? new Float64Array(rows).fill(Number.NaN) : new Array<Cell>(rows);
  let filled = 0;
  readColumnChunk({ bytes, meta, schemaPath, rows, parsers, limit }, (values) => {
    fillCells(cells, values, filled, column);
    filled += values.length;
  });
  if (filled < rows) {
    throw new RefusedFile({
      code: "damaged_file",
      column: column.name,
      expected: `${rows} values in this row group; it has ${filled}`,
    });
  }
  if (cells instanceof Float64Array) return (row) => (Number.isNaN(cells[row]) ? null : cells[row]);
  return (row) => cells[row] ?? null;
}

function fillCells(into: Cell[] | Float64Array, from: DecodedArray, at: number, column: Column): void {
  const scale = timeReadingOf(column)?.form === "clock" ? timeOfDayScale(column) : 1;
  for (let i = 0; i < from.length; i++) {
    const value: unknown = from[i];
    if (value === null || value === undefined) continue;
    if (typeof value === "string") into[at + i] = value;
    else if (value instanceof Date) into[at + i] = value.getTime() * 1e3;
    else into[at + i] = scale === 1 ? Number(value) : Math.round(Number(value) * scale);
  }
}

async function safely<T>(file: WatchedSource, work: () => Promise<T>): Promise<T> {
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
