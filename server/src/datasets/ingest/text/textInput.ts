import { peekBytes } from "../byteStream.ts";
import { columnName, fitOf, TARGETS } from "../cells/columnNames.ts";
import { isMissing, scanNumber, scannedTo } from "../cells/parseNumber.ts";
import type { TimeReading } from "../cells/parseTime.ts";
import { type ResolvedColumns, resolveColumns } from "../cells/resolveColumns.ts";
import { type FindingInput, RefusedFile } from "../findings.ts";
import { decideTime } from "../time/decideTime.ts";
import { timeOf as cellTime } from "../time/textTimes.ts";
import { timesOfParts } from "../time/timeCandidates.ts";
import type { TimeChoice } from "../time/timeInput.ts";
import { goesBack, typedTimeColumns } from "../time/typedTime.ts";
import type { TableInput } from "../typed/tableInput.ts";
import type { ColumnMapping, IngestLimits } from "../types.ts";
import { ChunkBuffers } from "./chunkBuffers.ts";
import { type Dialect, dialectOf, splitText } from "./dialect.ts";
import type { TextChunk } from "./parseLease.ts";
import { parseChunks } from "./parseThreads.ts";
import { FIRST_VALUE, IGNORED, LABEL, type RowPlan, SENSOR, TIME } from "./rowPlan.ts";
import { scanColumn, textFrom } from "./scanColumn.ts";
import { countLines, lastRecordEnd, lineEndOf } from "./splitRecords.ts";
import { asUtf8, encodingOf, textFault } from "./textEncoding.ts";

/** What header, dialect and unknown columns are judged by; more of it only where this holds no whole row. */
const HEAD_BYTES = 256 * 1024;
/** A record longer than this is no row of numbers. */
const MAX_RECORD_BYTES = 4 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;

export interface TextInputOptions {
  readonly mapping: ColumnMapping | undefined;
  readonly limits: IngestLimits;
  readonly threads: number;
  /** The same bytes once more, from the beginning; for what only the whole file can tell. */
  reopen(): AsyncIterable<Uint8Array>;
}

/**
 * Opens delimited text: finds encoding, delimiter, header, columns and the form of its times.
 *
 * @throws {RefusedFile} where one of them cannot be found.
 */
export async function openTextInput(
  input: AsyncIterable<Uint8Array>,
  options: TextInputOptions,
): Promise<TableInput> {
  const raw = await peekBytes(input, 4);
  const { encoding, markLength } = encodingOf(raw.head);
  let text = await peekBytes(asUtf8(raw.all, encoding, markLength), HEAD_BYTES);
  let whole = wholeRecords(text.head, HEAD_BYTES);
  let dialect = whole > 0 ? headDialect(text.head.subarray(0, whole), options.mapping) : null;
  if ((dialect === null || dialect.rows.length === 0) && text.head.length >= HEAD_BYTES) {
    text = await peekBytes(text.all, MAX_RECORD_BYTES);
    whole = wholeRecords(text.head, MAX_RECORD_BYTES);
    dialect = whole > 0 ? headDialect(text.head.subarray(0, whole), options.mapping) : null;
  }
  if (whole === 0 && text.head.length > 0) throw new RefusedFile(endlessRecord(text.head, 1));
  if (dialect === null)
    throw new RefusedFile({
      code: "empty_file",
      expected: "a header and at least one row; the file is empty",
    });

  const headText = new TextDecoder().decode(text.head.subarray(0, whole));
  const start = Buffer.byteLength(headText.slice(0, dialect.header.end));
  const lineEnd = lineEndOf(text.head);
  const again = (): AsyncIterable<Uint8Array> =>
    textFrom(asUtf8(options.reopen(), encoding, markLength), start);
  const head = headCells(dialect, headText);
  const decided =
    dialect.rows.length === 0
      ? typedTimeColumns({ names: dialect.header.cells, mapping: options.mapping, typed: () => null })
      : await timeOf(dialect, head, again, options.mapping);
  const columns = headColumns(dialect, options, decided);
  if (dialect.rows.length === 0) {
    throw new RefusedFile({
      code: "no_rows",
      line: dialect.header.line,
      value: dialect.header.cells.join(dialect.delimiter),
      expected: "at least one row below the header",
    });
  }
  const time = columns.time.reading;
  const plan = rowPlan(dialect, columns, time, options);
  const buffers = new ChunkBuffers(2 * CHUNK_BYTES, options.threads > 0);
  return {
    columns,
    time,
    firstTime: columns.time.positions.map((position) => firstCell(head(position))).join(" "),
    linesBefore: countLines(text.head, start),
    source: { format: "text", encoding, delimiter: dialect.delimiter, decimal: dialect.decimal },
    assumptions: [...columns.time.assumptions, ...(columns.assumptions ?? [])],
    notes: [],
    descending: isDescending(columns.time, head, dialect),
    blocks: parseChunks(recordChunks(text.all, { start, lineEnd, buffers }), {
      plan,
      threads: options.threads,
      buffers,
    }),
  };
}

/** Length of the whole records at the head's beginning; all of a text that ends within it. */
function wholeRecords(head: Uint8Array, asked: number): number {
  return head.length < asked ? head.length : lastRecordEnd(head, lineEndOf(head));
}

function headDialect(head: Uint8Array, mapping: ColumnMapping | undefined): Dialect | null {
  const fault = textFault(head, 0);
  if (fault !== null) {
    const { at, ...finding } = fault;
    throw new RefusedFile({ ...finding, line: countLines(head, at) + 1 });
  }
  const control = head.findIndex((byte) => byte < 32 && byte !== 9 && byte !== 10 && byte !== 13);
  if (control >= 0 && head[control] !== 0x1a) {
    const byte = head[control].toString(16).padStart(2, "0");
    throw new RefusedFile({
      code: "binary_content",
      line: countLines(head, control) + 1,
      value: `byte 0x${byte} at offset ${control}`,
      expected: "text without control characters",
    });
  }
  const mapped = new Set(Object.values(mapping?.columns ?? {}).map((name) => name.trim().toLowerCase()));
  return dialectOf(new TextDecoder().decode(head), (header) => {
    const names = header.slice(0, 2000).map(columnName);
    const known = TARGETS.filter((target) => names.some((name) => fitOf(name, target) !== null));
    return known.length + names.filter(({ text }) => mapped.has(text.toLowerCase())).length;
  });
}

function isNumeric(cell: string, decimal: string): boolean {
  const bytes = Buffer.from(cell);
  scanNumber(bytes, 0, bytes.length, decimal.charCodeAt(0));
  return bytes.length > 0 && scannedTo() === bytes.length;
}

function headColumns(
  dialect: Dialect,
  options: TextInputOptions,
  time: TimeChoice | RefusedFile | null,
): ResolvedColumns {
  const { header, rows, decimal } = dialect;
  try {
    return resolveColumns({
      header: header.cells,
      line: header.line,
      mapping: options.mapping,
      maxColumns: options.limits.maxColumns,
      time,
      isText(position) {
        const cells = rows.map((row) => row.cells[position] ?? "").filter((cell) => !isMissing(cell));
        if (cells.length === 0) return header.cells[position] === "";
        return cells.filter((cell) => isNumeric(cell, decimal)).length * 2 < cells.length;
      },
    });
  } catch (error) {
    const numeric = header.cells.filter((cell) => isNumeric(cell, decimal)).length;
    if (!(error instanceof RefusedFile) || numeric * 2 < header.cells.length || numeric === 0) throw error;
    throw new RefusedFile({
      code: "header_missing",
      line: header.line,
      value: header.cells.join(dialect.delimiter),
      expected: "a first line that names the columns: timestamp_pc, b_x, b_y, b_z …",
    });
  }
}

/** Rows that the form of the times is told by: more than a clock of whole seconds repeats. */
const TIME_ROWS = 3000;

/** Cells of a column in the first rows. */
function headCells(dialect: Dialect, headText: string): (position: number) => readonly string[] {
  const rows = splitText(headText.slice(dialect.header.end), dialect.delimiter, TIME_ROWS);
  const columns = new Map<number, readonly string[]>();
  return (position) => {
    const known = columns.get(position) ?? rows.map(({ cells }) => cells[position] ?? "");
    columns.set(position, known);
    return known;
  };
}

function isDescending(
  time: TimeChoice,
  cells: (position: number) => readonly string[],
  dialect: Dialect,
): boolean {
  const decimal = dialect.decimal.charCodeAt(0);
  const input = { cells, decimal };
  const times =
    time.reading.parts === undefined
      ? time.positions.flatMap((position) =>
          cells(position).map((cell) => cellTime(cell, time.reading, decimal)),
        )
      : timesOfParts(time, input);
  return goesBack(
    times.filter((us) => !Number.isNaN(us)),
    time.reading,
  );
}

function firstCell(cells: readonly string[]): string {
  return cells.find((cell) => !isMissing(cell)) ?? "";
}

function timeOf(
  dialect: Dialect,
  cells: (position: number) => readonly string[],
  again: () => AsyncIterable<Uint8Array>,
  mapping: ColumnMapping | undefined,
): Promise<TimeChoice | RefusedFile | null> {
  return decideTime({
    names: dialect.header.cells.map(columnName),
    cells,
    decimal: dialect.decimal.charCodeAt(0),
    mapping,
    line: dialect.header.line,
    scan: (position, visit) => scanColumn(again(), { delimiter: dialect.delimiter, position }, visit),
  });
}

function rowPlan(
  dialect: Dialect,
  columns: ResolvedColumns,
  time: TimeReading,
  { limits, threads }: TextInputOptions,
): RowPlan {
  const roles = dialect.header.cells.map(() => IGNORED);
  columns.values.forEach((column, slot) => {
    roles[column.position] = FIRST_VALUE + slot;
  });
  columns.time.positions.forEach((position, i) => {
    roles[position] = time.parts === undefined ? TIME : -1 - i;
  });
  if (columns.sensor !== null) roles[columns.sensor.position] = SENSOR;
  if (columns.label !== null) roles[columns.label.position] = LABEL;
  return {
    delimiter: dialect.delimiter.charCodeAt(0),
    decimal: dialect.decimal.charCodeAt(0),
    roles,
    names: dialect.header.cells,
    factors: columns.values.map((column) => column.factor),
    extra: columns.values.map((column) => column.extra),
    time,
    maxFieldBytes: limits.maxFieldBytes,
    shared: threads > 0,
  };
}

interface Cutting {
  /** Byte that the first chunk begins at. */
  readonly start: number;
  readonly lineEnd: number;
  readonly buffers: ChunkBuffers;
}

/** Cuts text into chunks of whole records, each copied once. */
async function* recordChunks(
  text: AsyncIterable<Uint8Array>,
  { start, lineEnd, buffers }: Cutting,
): AsyncGenerator<TextChunk> {
  let buffer = buffers.take();
  let filled = 0;
  let skip = start;
  let offset = start;
  for await (const piece of text) {
    const bytes = piece.subarray(Math.min(skip, piece.length));
    skip -= piece.length - bytes.length;
    if (filled + bytes.length > buffer.length) {
      const larger = buffers.take(2 * (filled + bytes.length));
      larger.set(buffer.subarray(0, filled));
      buffer = larger;
    }
    buffer.set(bytes, filled);
    filled += bytes.length;
    if (filled < CHUNK_BYTES) continue;
    const end = lastRecordEnd(buffer.subarray(0, filled), lineEnd);
    if (end === 0) {
      if (filled > MAX_RECORD_BYTES) throw new RefusedFile(endlessRecord(buffer.subarray(0, filled), 0));
      continue;
    }
    const rest = buffers.take(filled - end);
    rest.set(buffer.subarray(end, filled));
    yield { bytes: buffer.subarray(0, end), offset };
    buffer = rest;
    offset += end;
    filled -= end;
  }
  if (filled > 0) yield { bytes: buffer.subarray(0, filled), offset };
}

function endlessRecord(bytes: Uint8Array, line: number): FindingInput {
  const value = new TextDecoder().decode(bytes.subarray(0, 400));
  const at = line > 0 ? { line } : {};
  // An odd number of quotes means that one of them swallowed all line ends since.
  const quotes = bytes.reduce((count, byte) => count + (byte === 34 ? 1 : 0), 0);
  if (quotes % 2 === 1)
    return { ...at, code: "unclosed_quote", value, expected: "a closing quote for every quote" };
  return { ...at, code: "field_too_long", value, expected: `rows of at most ${MAX_RECORD_BYTES} bytes` };
}
