import { microsecondsPer } from "../cells/units.ts";
import { readUnit } from "../cells/unitWords.ts";
import type { ColumnMapping } from "../types.ts";
import { cellUnitsOf } from "./cellUnits.ts";
import { type Delimiter, HEAD_ROWS, type HeadRecord, splitText } from "./dialect.ts";
import { type NumberStyle, numberStyle } from "./numberStyle.ts";

const DELIMITERS: readonly Delimiter[] = [",", ";", "\t", "|", " "];
/** How far down a header is looked for. */
const RECORDS_SEARCHED = 400;
/** Rows below a line that must be as wide as it, for it to be their header. */
const ROWS_COMPARED = 20;
/** Score of a line that names four known things and that the rows below fit. */
const SURE = 4_009_000;

export interface Dialect {
  readonly delimiter: Delimiter;
  readonly style: NumberStyle;
  readonly header: HeadRecord;
  /** Whether no line names the columns, and they go by their places. */
  readonly headless: boolean;
  /** Cells of a row of units below the header. */
  readonly units: readonly string[] | null;
  /** Unit that stands behind each number of a column, by column. */
  readonly cellUnits: readonly (string | null)[];
  /** Lines above the header. */
  readonly preamble: readonly string[];
  /** Where the rows begin in the text. */
  readonly rowsFrom: number;
  /** Rows of the head that are whole. */
  readonly rows: readonly HeadRecord[];
}

interface Found {
  readonly delimiter: Delimiter;
  readonly records: readonly HeadRecord[];
  readonly at: number;
  readonly score: number;
}

/**
 * Tells delimiter, decimal sign and header of a text by its beginning: the header is the line whose cells name most
 * that is known, and which the rows below fit by their width.
 *
 * @param head Decoded, whole records only.
 * @param known How many of a header's cells name something we know.
 * @returns null when there is not even a header.
 */
export function dialectOf(
  head: string,
  known: (header: readonly string[]) => number,
  mapping?: ColumnMapping,
): Dialect | null {
  const said = separatorLine(head);
  const only = mapping?.delimiter ?? said?.delimiter;
  const line = mapping?.header_line;
  let best: Found | null = null;
  let isOneCell = false;
  for (const delimiter of only === undefined ? DELIMITERS : [only]) {
    // What stands nowhere makes one cell of each line, as another did that stands nowhere.
    const isAbsent = delimiter !== " " && !head.includes(delimiter);
    if (isAbsent && isOneCell) continue;
    isOneCell ||= isAbsent;
    if (delimiter === " " && best !== null && isTabbed(best, known)) continue;
    const maxRecords = RECORDS_SEARCHED + HEAD_ROWS + (line ?? 0);
    const records = splitText(head, delimiter, maxRecords, true).filter(
      ({ start }) => start >= (said?.end ?? 0),
    );
    if (records.every(({ comment }) => comment)) continue;
    // Below a line that is a header for sure there is none, whatever the delimiter.
    const last: number =
      best !== null && best.score >= SURE ? best.records[best.at].line : Number.POSITIVE_INFINITY;
    const found: Found | null =
      line === undefined
        ? headerOf(records, delimiter, known, last)
        : lineOf(records, delimiter, line, known);
    if (found === null || (best !== null && delimiter === " " && isPadding(found))) continue;
    if (best === null || found.score > best.score) best = found;
  }
  if (best === null) return null;
  const dialect = described(head, best, line === 0, mapping);
  return { ...dialect, cellUnits: cellUnitsOf(dialect.rows, dialect.header.cells.length) };
}

/** Where tabs make even rows of columns that are known, blanks stand within cells: `15.06.2026 09:00:00`. */
function isTabbed({ delimiter, records, at }: Found, known: (header: readonly string[]) => number): boolean {
  const { cells } = records[at];
  return delimiter === "\t" && known(cells) >= 2 && fitting(cells.length, rowsBelow(records, at)) >= 0.9;
}

/** Blanks on both sides of another delimiter: `time ; bx ; by`. No column is named `;`. */
function isPadding({ records, at }: Found): boolean {
  return records[at].cells.some((cell) => /^[,;|]$/.test(cell));
}

/** The line that spreadsheets put above all: `sep=;`. */
function separatorLine(head: string): { delimiter: Delimiter | undefined; end: number } | null {
  const match = /^\uFEFF?"?sep=(.)"?[ ;,\t]*\r*\n/i.exec(head.slice(0, 40));
  if (match === null) return null;
  return { delimiter: DELIMITERS.find((one) => one === match[1] && one !== " "), end: match[0].length };
}

function headerOf(
  records: readonly HeadRecord[],
  delimiter: Delimiter,
  known: (header: readonly string[]) => number,
  lastLine: number,
): Found | null {
  let best: Found | null = null;
  let first: Found | null = null;
  // Cells of the best one, if the rows below are its own: where they stand again, a logger went on after a restart.
  let begun: string | null = null;
  for (let at = 0; at < Math.min(records.length, RECORDS_SEARCHED); at++) {
    const { cells, comment, line } = records[at];
    if (line > lastLine || (best !== null && best.score >= SURE)) break;
    const rows = rowsBelow(records, at);
    const even = fitting(cells.length, rows);
    // How wide it is says less than how evenly the rows are filled.
    const shape = cells.length > 1 ? 1e4 * even + Math.min(cells.length, 1e3) : 0;
    if (first === null && !comment) first = { delimiter, records, at, score: shape };
    const numbers = cells.filter((cell) => /^[+-]?[\d.,:]+([eE][+-]?\d+)?$/.test(cell)).length;
    if (numbers * 2 > cells.length || (comment && rows.length === 0)) continue;
    // A row seen through the wrong delimiter: one long cell, most of it digits.
    if (cells.length === 1 && cells[0].replace(/\D/g, "").length * 3 > cells[0].length) continue;
    const all = cells.join("\0");
    if (all === begun) continue;
    const names = known(cells);
    // What the names say outweighs how many columns there are, if the rows have them, too.
    const weight = rows.length === 0 || even >= 0.5 ? 1e6 : 1e5;
    const score = names * weight + shape - (comment ? 1 : 0);
    if (names === 0 || score <= (best?.score ?? 0)) continue;
    best = { delimiter, records, at, score };
    begun = even >= 0.5 ? all : null;
  }
  return best ?? first;
}

/** The line the caller names as the header, or with 0 the row above the first that is like most. */
function lineOf(
  records: readonly HeadRecord[],
  delimiter: Delimiter,
  line: number,
  known: (header: readonly string[]) => number,
): Found | null {
  if (line > 0) {
    const at = records.findIndex((record) => record.line === line);
    if (at < 0) return null;
    const { cells } = records[at];
    const score =
      known(cells) * 1e6 + 1e4 * fitting(cells.length, rowsBelow(records, at)) + Math.min(cells.length, 1e3);
    return { delimiter, records, at, score };
  }
  const rows = records.filter(({ comment }) => !comment);
  const width = commonWidth(rows);
  const at = records.findIndex((record) => !record.comment && record.cells.length === width);
  return { delimiter, records, at, score: width > 1 ? 1e4 * fitting(width, rows) + Math.min(width, 1e3) : 0 };
}

function commonWidth(rows: readonly HeadRecord[]): number {
  const counts = new Map<number, number>();
  for (const { cells } of rows) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? 0;
}

function rowsBelow(records: readonly HeadRecord[], at: number): HeadRecord[] {
  const rows: HeadRecord[] = [];
  for (let i = at + 1; i < records.length && rows.length < ROWS_COMPARED; i++) {
    if (!records[i].comment) rows.push(records[i]);
  }
  return rows;
}

/** Share of the rows that have so many cells, empty ones behind the last aside. */
function fitting(width: number, rows: readonly HeadRecord[]): number {
  if (rows.length === 0) return 0;
  const fits = rows.filter(
    ({ cells }) => cells.length >= width && cells.slice(width).every((cell) => cell === ""),
  );
  return fits.length / rows.length;
}

function described(
  head: string,
  found: Found,
  headless: boolean,
  mapping: ColumnMapping | undefined,
): Omit<Dialect, "cellUnits"> {
  const { delimiter, records, at } = found;
  const line = records[at];
  if (headless) {
    const header = {
      ...line,
      end: line.start,
      line: line.line,
      cells: line.cells.map((_, i) => `#${i + 1}`),
    };
    return {
      ...restOf(head, found, at, mapping),
      header,
      delimiter,
      headless,
      units: null,
      rowsFrom: line.start,
    };
  }
  const below = records.findIndex((record, i) => i > at && !record.comment);
  const units =
    below > 0 && isUnitsRow(records[below].cells, line.cells.length) ? records[below].cells : null;
  const rest = restOf(head, found, units === null ? at + 1 : below + 1, mapping);
  const header = { ...line, cells: widened(line.cells, rest.rows) };
  const rowsFrom = units === null ? line.end : records[below].end;
  return { ...rest, header, delimiter, headless, units, rowsFrom };
}

function restOf(
  head: string,
  { records, at }: Found,
  from: number,
  mapping: ColumnMapping | undefined,
): Pick<Dialect, "preamble" | "rows" | "style"> {
  const again = records[at].cells.join("\0");
  const rows = records
    .slice(from)
    .filter(({ comment, cells }) => !comment && cells.join("\0") !== again)
    .slice(0, HEAD_ROWS);
  const preamble = head
    .slice(0, records[at].start)
    .split(/\r\n|\r|\n/)
    .filter((text) => text.trim() !== "");
  return { preamble, rows, style: numberStyle(rows, mapping) };
}

/** The header with as many cells as the rows have, where what is missing or too many is plain. */
function widened(cells: readonly string[], rows: readonly HeadRecord[]): readonly string[] {
  const filled = cells.findLastIndex((cell) => cell !== "") + 1;
  const behind = rows.some((row) => row.cells.slice(filled).some((cell) => cell !== ""));
  if (filled < cells.length && !behind) return cells.slice(0, Math.max(filled, 1));
  const wider = rows.every((row) => row.cells.length === cells.length + 1 && row.cells.at(-1) !== "");
  if (!wider || rows.length < 2) return cells;
  // Row numbers in a first column without a name, as some programs write them.
  if (rows.every((_, i) => isNext(rows, i))) return ["", ...cells];
  const date = rows[0].cells.findIndex(
    (cell, i) => DATE.test(cell) && CLOCK.test(rows[0].cells[i + 1] ?? ""),
  );
  if (date >= 0) return [...cells.slice(0, date), "date", "time", ...cells.slice(date + 1)];
  // `09:00:00,123` where commas delimit: milliseconds of the cell before.
  const second = rows[0].cells.findIndex((_, i) =>
    rows.every((row) => SECONDS.test(row.cells[i] ?? "") && /^\d{3}$/.test(row.cells[i + 1] ?? "")),
  );
  return second < 0 ? cells : [...cells.slice(0, second + 1), "ms", ...cells.slice(second + 1)];
}

const SECONDS = /\d:\d\d:\d\d$/;

const DATE = /^(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})$/;
const CLOCK = /^\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?Z?$/;

function isNext(rows: readonly HeadRecord[], i: number): boolean {
  const number = Number(rows[i].cells[0]);
  return Number.isInteger(number) && (i === 0 || number === Number(rows[i - 1].cells[0]) + 1);
}

/** A row that has units, or nothing, in each cell. */
function isUnitsRow(cells: readonly string[], width: number): boolean {
  if (cells.length > width + 1) return false;
  const filled = cells.filter((cell) => !/^[\s\-–()[\]]*$/.test(cell));
  const units = filled.filter((cell) => {
    const plain = cell.replace(/^[([{]|[)\]}]$/g, "");
    return (
      readUnit(plain) !== null ||
      microsecondsPer(plain) !== null ||
      /^(iso ?8601|utc|date|time|h:?m:?s|-|text|string)$/i.test(plain)
    );
  });
  return (
    filled.length > 0 &&
    units.length * 2 > filled.length &&
    filled.every((cell) => !/^[+-]?[\d.,]+$/.test(cell))
  );
}
