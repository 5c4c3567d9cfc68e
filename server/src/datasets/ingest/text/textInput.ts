import { isAscii } from "node:buffer";
import { peekBytes } from "../byteStream.ts";
import { columnName } from "../cells/columnNames.ts";
import { isMissing } from "../cells/parseNumber.ts";
import type { TimeReading } from "../cells/parseTime.ts";
import type { ResolvedColumns } from "../cells/resolveColumns.ts";
import { RefusedFile } from "../findings.ts";
import { decideTime } from "../time/decideTime.ts";
import { timeOf as cellTime } from "../time/textTimes.ts";
import { timesOfParts } from "../time/timeCandidates.ts";
import type { TimeChoice } from "../time/timeInput.ts";
import { goesBack, typedTimeColumns } from "../time/typedTime.ts";
import type { TableInput } from "../typed/tableInput.ts";
import type { ColumnMapping } from "../types.ts";
import { blanksAsTabs } from "./blankColumns.ts";
import { ChunkBuffers } from "./chunkBuffers.ts";
import { splitText } from "./dialect.ts";
import type { Dialect } from "./findHeader.ts";
import { headColumns } from "./headColumns.ts";
import { type CutLine, cutLastLine } from "./lastLine.ts";
import { parseChunks } from "./parseThreads.ts";
import { CHUNK_BYTES, endlessRecord, MAX_RECORD_BYTES, recordChunks } from "./recordChunks.ts";
import type { CellCount } from "./rowBlock.ts";
import { FIRST_VALUE, IGNORED, LABEL, type RowPlan, SENSOR, TIME } from "./rowPlan.ts";
import { scanColumn, textFrom } from "./scanColumn.ts";
import { countLines, lineEndOf } from "./splitRecords.ts";
import { countRepeated, repeatedNotes, textAssumptions } from "./textAssumptions.ts";
import { asciiAsUtf8, asUtf8, type LateEncoding } from "./textEncoding.ts";
import { HEAD_BYTES, headOf, textEncoding } from "./textHead.ts";
import type { TextInputOptions } from "./textInputOptions.ts";

/**
 * Opens delimited text: finds encoding, delimiter, header, columns and the form of its times.
 *
 * @throws {RefusedFile} where one of them cannot be found.
 */
export async function openTextInput(
  input: AsyncIterable<Uint8Array>,
  options: TextInputOptions,
): Promise<TableInput> {
  const raw = await peekBytes(input, HEAD_BYTES);
  const { encoding, markLength } = textEncoding(raw.head, options.mapping);
  const late: LateEncoding = { windows1252: false };
  const isOpen = encoding === "utf-8" && options.mapping?.encoding === undefined && isAscii(raw.head);
  const utf8 = (bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> =>
    isOpen ? asciiAsUtf8(bytes, late) : asUtf8(bytes, encoding, markLength);
  let { text, whole, dialect } = await headOf(utf8(raw.all), options.mapping);
  if (whole === 0 && text.head.length > 0) throw new RefusedFile(endlessRecord(text.head, 1));
  if (dialect === null)
    throw new RefusedFile({
      code: "empty_file",
      expected: "a header and at least one row; the file is empty",
    });

  const headText = new TextDecoder().decode(text.head.subarray(0, whole));
  const rowsFrom = Buffer.byteLength(headText.slice(0, dialect.rowsFrom));
  let start = rowsFrom;
  const again = (): AsyncIterable<Uint8Array> => textFrom(utf8(options.reopen()), rowsFrom);
  const head = headCells(dialect, headText);
  // Too many columns are refused below; to look for the time among 100,000 names takes seconds.
  const tooWide = dialect.header.cells.length > options.limits.maxColumns;
  const decided = tooWide
    ? null
    : dialect.rows.length === 0
      ? typedTimeColumns({ names: dialect.header.cells, mapping: options.mapping, typed: () => null })
      : await timeOf(dialect, head, again, options.mapping);
  const columns = headColumns(dialect, options, decided);
  if (dialect.rows.length === 0) {
    const rest = text.head.subarray(whole);
    if (rest.length > MAX_RECORD_BYTES / 2)
      throw new RefusedFile(endlessRecord(rest, countLines(text.head, whole) + 1));
    throw new RefusedFile({
      code: "no_rows",
      line: dialect.header.line,
      value: dialect.header.cells.join(dialect.delimiter),
      expected: "at least one row below the header",
    });
  }
  const linesBefore = countLines(text.head, start);
  const lineEnd = lineEndOf(text.head);
  const blank = dialect.delimiter === " ";
  if (blank) {
    text = await peekBytes(blanksAsTabs(text.all), HEAD_BYTES);
    start = afterLines(text.head, linesBefore, lineEnd);
  }
  const time = columns.time.reading;
  const plan = rowPlan(dialect, columns, time, options, repeatsOf(headText, dialect));
  const buffers = new ChunkBuffers(2 * CHUNK_BYTES, options.threads > 0);
  const repeated: CellCount = { count: 0, lines: [] };
  let cut: CutLine | null = null;
  const withoutCutLine = (bytes: Uint8Array, first: boolean): Uint8Array => {
    const { rows, header } = dialect;
    const delimiter = blank ? "\t" : dialect.delimiter;
    const found = cutLastLine(bytes, { delimiter, lineEnd, columns: header.cells.length, rows, first });
    cut = found?.cut ?? null;
    return found === null ? bytes : bytes.subarray(0, found.keep);
  };
  const blocks = parseChunks(recordChunks(text.all, { start, lineEnd, buffers, withoutCutLine }), {
    plan,
    threads: options.threads,
    buffers,
  });
  return {
    columns,
    time,
    firstTime: columns.time.positions.map((position) => firstCell(head(position))).join(" "),
    linesBefore,
    headerLine: dialect.headless ? null : dialect.header.line,
    source: { format: "text", encoding, delimiter: dialect.delimiter, decimal: dialect.style.decimal },
    openDecimal: dialect.style.open ? dialect.style.decimal : null,
    get assumptions() {
      return [
        ...columns.time.assumptions,
        ...(columns.assumptions ?? []),
        ...textAssumptions({
          encoding: late.windows1252 ? "windows-1252" : encoding,
          mapping: options.mapping,
          dialect,
          cut,
        }),
      ];
    },
    get notes() {
      return repeatedNotes(repeated);
    },
    descending: isDescending(columns.time, head, dialect),
    blocks: countRepeated(blocks, repeated, linesBefore + 1),
  };
}

/** Lines that may come again among the rows, as the parser sees them. */
function repeatsOf(text: string, { header, headless, units, rowsFrom, delimiter }: Dialect): Uint8Array[] {
  if (headless || header.comment) return [];
  const lines = [text.slice(header.start, header.end)];
  if (units !== null) lines.push(text.slice(header.end, rowsFrom));
  const plain = lines.map((line) => line.replace(/^[\r\n]+|[\r\n]+$/g, ""));
  const seen = delimiter === " " ? plain.map((line) => line.trim().replace(/[ \t]+/g, "\t")) : plain;
  return seen.filter((line) => line !== "").map((line) => Buffer.from(line));
}

/** Where the line behind so many begins. */
function afterLines(bytes: Uint8Array, lines: number, lineEnd: number): number {
  let at = 0;
  for (let line = 0; line < lines && at < bytes.length; line++) {
    at = bytes.indexOf(lineEnd, at) + 1;
  }
  return at;
}

/** Rows that the form of the times is told by: more than a clock of whole seconds repeats. */
const TIME_ROWS = 3000;

/** Cells of a column in the first rows. */
function headCells(dialect: Dialect, headText: string): (position: number) => readonly string[] {
  const rows = splitText(headText.slice(dialect.rowsFrom), dialect.delimiter, TIME_ROWS);
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
  const decimal = dialect.style.decimal.charCodeAt(0);
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
    decimal: dialect.style.decimal.charCodeAt(0),
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
  repeats: readonly Uint8Array[],
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
    delimiter: (dialect.delimiter === " " ? "\t" : dialect.delimiter).charCodeAt(0),
    decimal: dialect.style.decimal.charCodeAt(0),
    grouping: dialect.style.grouping?.charCodeAt(0) ?? 0,
    repeats,
    roles,
    names: dialect.header.cells,
    factors: columns.values.map((column) => column.factor),
    extra: columns.values.map((column) => column.extra),
    cellUnits: columns.values.map((column) => dialect.cellUnits[column.position] ?? null),
    time,
    maxFieldBytes: limits.maxFieldBytes,
    shared: threads > 0,
  };
}
