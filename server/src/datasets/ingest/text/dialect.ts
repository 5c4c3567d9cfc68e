import type { SourceReport } from "../types.ts";

export type Delimiter = NonNullable<SourceReport["delimiter"]>;

export interface HeadRecord {
  /** Line it begins on, 1-based. */
  readonly line: number;
  /** Where its line end ends in the text. */
  readonly end: number;
  readonly cells: readonly string[];
}

const DELIMITERS: readonly Delimiter[] = [",", ";", "\t", "|"];
/** Rows that the dialect and the kinds of unknown columns are judged by. */
const HEAD_ROWS = 200;

/** Splits decoded text into records, comments and blank lines left out. For heads of files: nothing here is fast. */
export function splitText(text: string, delimiter: string, maxRecords = HEAD_ROWS + 1): HeadRecord[] {
  const records: HeadRecord[] = [];
  let at = 0;
  let line = 1;
  while (at < text.length && records.length < maxRecords) {
    const first = line;
    const cells: string[] = [];
    const comment = text[at] === "#" || text[at] === "/";
    for (;;) {
      const cell = comment ? restOfLine(text, at) : nextCell(text, at, delimiter);
      line += newlinesIn(text, at, cell.end);
      at = cell.end;
      cells.push(cell.text);
      if (text[at] !== delimiter || comment) break;
      at++;
    }
    const end = lineEndAt(text, at);
    if (end > at) line++;
    at = end;
    if (!comment && !(cells.length === 1 && cells[0] === "")) records.push({ line: first, end, cells });
  }
  return records;
}

function newlinesIn(text: string, from: number, to: number): number {
  return text.slice(from, to).split("\n").length - 1;
}

function restOfLine(text: string, at: number): { text: string; end: number } {
  let end = at;
  while (end < text.length && text[end] !== "\n" && text[end] !== "\r") end++;
  return { text: text.slice(at, end), end };
}

function nextCell(text: string, at: number, delimiter: string): { text: string; end: number } {
  let end = at;
  while (text[end] === " ") end++;
  if (text[end] === '"') {
    const close = closingQuote(text, end);
    const after = text.slice(close).search(/[^ ]/);
    const next = after < 0 ? "\n" : text[close + after];
    if (close > 0 && (next === delimiter || next === "\n" || next === "\r")) {
      const inner = text.slice(end + 1, close - 1).replaceAll('""', '"');
      return { text: inner.trim(), end: after < 0 ? text.length : close + after };
    }
  }
  while (end < text.length && text[end] !== delimiter && text[end] !== "\n" && text[end] !== "\r") end++;
  return { text: text.slice(at, end).trim(), end };
}

/** Behind the quote that closes the one at `open`; −1 where none does. */
function closingQuote(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] !== '"') continue;
    if (text[at + 1] !== '"') return at + 1;
    at++;
  }
  return -1;
}

/** Behind the line end at `at`: CR … CR LF, LF, or CR. */
function lineEndAt(text: string, at: number): number {
  let end = at;
  while (text[end] === "\r") end++;
  if (text[end] === "\n") return end + 1;
  return text[at] === "\r" ? at + 1 : end;
}

export interface Dialect {
  readonly delimiter: Delimiter;
  readonly decimal: "." | ",";
  readonly header: HeadRecord;
  /** Rows of the head that are whole. */
  readonly rows: readonly HeadRecord[];
}

/**
 * Tells delimiter, decimal sign and header of a text by its beginning.
 *
 * @param head Decoded, whole records only.
 * @param known How many of a header's cells name something we know.
 * @returns null when there is not even a header.
 */
export function dialectOf(head: string, known: (header: readonly string[]) => number): Dialect | null {
  let best: { dialect: Dialect; score: number } | null = null;
  for (const delimiter of DELIMITERS) {
    const [header, ...rows] = splitText(head, delimiter);
    if (header === undefined) return null;
    const width = header.cells.length;
    const even = rows.filter((row) => row.cells.length === width).length / Math.max(rows.length, 1);
    // What the names say outweighs how many columns there are, and that how evenly the rows are filled.
    const score = known(header.cells) * 1e6 + (width > 1 ? 1e4 * even + Math.min(width, 1e3) : 0);
    if (best !== null && score <= best.score) continue;
    best = { dialect: { delimiter, decimal: decimalOf(delimiter, rows), header, rows }, score };
  }
  return best?.dialect ?? null;
}

/** A comma where cells have commas for points and none has a point. */
function decimalOf(delimiter: Delimiter, rows: readonly HeadRecord[]): "." | "," {
  if (delimiter === ",") return ".";
  const cells = rows.flatMap((row) => row.cells);
  const withComma = cells.some((cell) => /^[+-]?\d*,\d+(e[+-]?\d+)?$/i.test(cell));
  const withPoint = cells.some((cell) => /^[+-]?\d*\.\d+(e[+-]?\d+)?$/i.test(cell));
  return withComma && !withPoint ? "," : ".";
}
