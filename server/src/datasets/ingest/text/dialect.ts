import type { SourceReport } from "../types.ts";
import { isCommentByte } from "./splitRecords.ts";

export type Delimiter = NonNullable<SourceReport["delimiter"]>;

export interface HeadRecord {
  /** Line it begins on, 1-based. */
  readonly line: number;
  readonly start: number;
  /** Where its line end ends in the text. */
  readonly end: number;
  readonly cells: readonly string[];
  readonly comment: boolean;
}

/** Rows that the dialect and the kinds of unknown columns are judged by. */
export const HEAD_ROWS = 200;

/**
 * Splits decoded text into records, blank lines left out. For heads of files: nothing here is fast.
 *
 * @param comments Whether comments come as records, too, their marks taken off.
 */
export function splitText(
  text: string,
  delimiter: string,
  maxRecords = HEAD_ROWS + 1,
  comments = false,
): HeadRecord[] {
  const records: HeadRecord[] = [];
  let at = 0;
  let line = 1;
  while (at < text.length && records.length < maxRecords) {
    const first = line;
    const start = at;
    const comment = isCommentByte(text.charCodeAt(at));
    const blank = delimiter === " ";
    let cells: string[] = [];
    if (comment || blank) {
      at = restOfLine(text, at);
      if (blank) cells = blankCells(text.slice(start, at));
      else if (comments) cells = commentCells(text.slice(start, at), delimiter);
    } else at = recordCells(text, at, delimiter, cells);
    line += newlinesIn(text, start, at);
    const end = lineEndAt(text, at);
    if (end > at) line++;
    at = end;
    const empty = cells.every((cell) => cell === "") && cells.length < 2;
    if (empty || (comment && !comments)) continue;
    records.push({ line: first, start, end, cells, comment });
  }
  return records;
}

function recordCells(text: string, from: number, delimiter: string, cells: string[]): number {
  let at = from;
  for (;;) {
    const cell = nextCell(text, at, delimiter);
    at = cell.end;
    cells.push(cell.text);
    if (text[at] !== delimiter) return at;
    at++;
  }
}

function withoutMark(line: string): string {
  return line.replace(/^[#/%!]+\s?/, "");
}

/** A mark without a blank behind it is part of the first name, as in `%time`. */
function commentCells(line: string, delimiter: string): string[] {
  const text = line.replace(/^[#/%!]+\s+/, "");
  const cells: string[] = [];
  recordCells(text, 0, delimiter, cells);
  return cells;
}

/** Cells set apart by blanks. A unit in brackets belongs to the name before it. */
function blankCells(line: string): string[] {
  const cells: string[] = [];
  for (const word of withoutMark(line)
    .trim()
    .split(/[ \t]+/)) {
    const unquoted = word.replace(/^"(.*)"$/, "$1");
    if (/^[([{]/.test(word) && cells.length > 0) cells[cells.length - 1] += ` ${unquoted}`;
    else cells.push(unquoted);
  }
  return cells;
}

function newlinesIn(text: string, from: number, to: number): number {
  let lines = 0;
  for (let at = text.indexOf("\n", from); at >= 0 && at < to; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}

function restOfLine(text: string, at: number): number {
  let end = at;
  while (end < text.length && text[end] !== "\n" && text[end] !== "\r") end++;
  return end;
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
