export interface CsvRecord {
  /** The line on which it begins; the first is 1. */
  readonly line: number;
  readonly cells: string[];
}

/** A text that is no CSV, at a line of it. */
export class CsvSyntaxError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.name = "CsvSyntaxError";
    this.line = line;
  }
}

const QUOTE = 34;
const LF = 10;
const CR = 13;

/** In characters. Longer ones can only mean to keep us busy. */
const LONGEST_RECORD = 256 * 1024;
const MOST_EMPTY_LINES = 100_000;

/**
 * The records of an RFC 4180 text, one after the other: quoted cells, LF, CRLF or CR. Empty lines are passed over, a
 * quote within an unquoted cell is itself.
 *
 * Whoever takes them one by one is never kept waiting for long: records and the empty lines between are bounded.
 *
 * @throws CsvSyntaxError a quoted cell does not end, or has something after its end; a record is too long.
 */
export function* csvRecords(text: string, delimiter: string): Generator<CsvRecord> {
  const separator = delimiter.charCodeAt(0);
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  let line = 1;
  let begun = line;
  let empty = 0;
  let most = at + LONGEST_RECORD;
  let cells: string[] = [];
  while (at < text.length) {
    let cell: string;
    if (text.charCodeAt(at) === QUOTE) {
      const end = closingQuote(text, at + 1, most);
      if (end < 0) throw new CsvSyntaxError(line, "a quoted cell begins here and never ends.");
      if (end >= most) throw tooLong(begun);
      cell = text.slice(at + 1, end).replaceAll('""', '"');
      line += countBreaks(cell);
      at = end + 1;
      const next = text.charCodeAt(at);
      if (at < text.length && next !== separator && next !== LF && next !== CR) {
        throw new CsvSyntaxError(line, "there is something between a closing quote and the next separator.");
      }
    } else {
      const start = at;
      while (at < text.length && at < most) {
        const code = text.charCodeAt(at);
        if (code === separator || code === LF || code === CR) break;
        at++;
      }
      cell = text.slice(start, at);
    }
    if (at >= most) throw tooLong(begun);
    cells.push(cell);
    if (text.charCodeAt(at) === separator) {
      at++;
      // A separator at the very end still has an empty cell after it.
      if (at < text.length) continue;
      cells.push("");
    }
    if (cells.length > 1 || cells[0]!.trim() !== "") yield { line: begun, cells };
    else if (++empty > MOST_EMPTY_LINES) {
      throw new CsvSyntaxError(
        line,
        `this is empty line number ${empty}: a file may have ${MOST_EMPTY_LINES}. Remove them.`,
      );
    }
    cells = [];
    at += text.charCodeAt(at) === CR && text.charCodeAt(at + 1) === LF ? 2 : 1;
    line++;
    begun = line;
    most = at + LONGEST_RECORD;
  }
}

function tooLong(line: number): CsvSyntaxError {
  return new CsvSyntaxError(line, `a line may have at most ${LONGEST_RECORD} characters.`);
}

/** Where the cell ends, or some place beyond `most`; -1 where it does not. */
function closingQuote(text: string, from: number, most: number): number {
  let at = text.indexOf('"', from);
  while (at >= 0 && at < most && text.charCodeAt(at + 1) === QUOTE) at = text.indexOf('"', at + 2);
  return at;
}

function countBreaks(cell: string): number {
  return cell.match(/\r\n|\r|\n/g)?.length ?? 0;
}
