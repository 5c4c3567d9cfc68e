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

/**
 * The records of an RFC 4180 text, one after the other: quoted cells, LF, CRLF or CR. Empty lines are passed over, a
 * quote within an unquoted cell is itself.
 *
 * @throws CsvSyntaxError a quoted cell does not end, or has something after its end.
 */
export function* csvRecords(text: string, delimiter: string): Generator<CsvRecord> {
  const separator = delimiter.charCodeAt(0);
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  let line = 1;
  let begun = line;
  let cells: string[] = [];
  while (at < text.length) {
    let cell: string;
    if (text.charCodeAt(at) === QUOTE) {
      const end = closingQuote(text, at + 1);
      if (end < 0) throw new CsvSyntaxError(line, "a quoted cell begins here and never ends.");
      cell = text.slice(at + 1, end).replaceAll('""', '"');
      line += countBreaks(cell);
      at = end + 1;
      const next = text.charCodeAt(at);
      if (at < text.length && next !== separator && next !== LF && next !== CR) {
        throw new CsvSyntaxError(line, "there is something between a closing quote and the next separator.");
      }
    } else {
      const start = at;
      while (at < text.length) {
        const code = text.charCodeAt(at);
        if (code === separator || code === LF || code === CR) break;
        at++;
      }
      cell = text.slice(start, at);
    }
    cells.push(cell);
    if (text.charCodeAt(at) === separator) {
      at++;
      // A separator at the very end still has an empty cell after it.
      if (at < text.length) continue;
      cells.push("");
    }
    if (cells.length > 1 || cells[0]!.trim() !== "") yield { line: begun, cells };
    cells = [];
    at += text.charCodeAt(at) === CR && text.charCodeAt(at + 1) === LF ? 2 : 1;
    line++;
    begun = line;
  }
}

function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at >= 0 && text.charCodeAt(at + 1) === QUOTE) at = text.indexOf('"', at + 2);
  return at;
}

function countBreaks(cell: string): number {
  return cell.match(/\r\n|\r|\n/g)?.length ?? 0;
}
