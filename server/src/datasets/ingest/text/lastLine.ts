import { isUtf8 } from "node:buffer";
import type { HeadRecord } from "./dialect.ts";
import { splitText } from "./dialect.ts";
import { lastRecordEnd } from "./splitRecords.ts";

const LF = 10;
const CR = 13;
/** Rows that must agree on how many decimals their last cell has. */
const ROWS_AGREEING = 3;

/** A last line that was left out, and what was seen of it. */
export interface CutLine {
  readonly text: string;
  readonly why: string;
}

export interface LastLineOptions {
  readonly delimiter: string;
  readonly lineEnd: number;
  readonly columns: number;
  /** First rows of the file. */
  readonly rows: readonly HeadRecord[];
  /** Whether these bytes begin with the file's first row: a row alone is not left out. */
  readonly first: boolean;
}

/** Finds a last line that was cut off in the middle: by a full card, a lost battery, or a copy made too early. */
export function cutLastLine(
  bytes: Uint8Array,
  options: LastLineOptions,
): { readonly keep: number; readonly cut: CutLine } | null {
  const { delimiter, lineEnd, columns, first } = options;
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === LF || bytes[end - 1] === CR)) end--;
  const start = lastRecordEnd(bytes.subarray(0, end), lineEnd);
  if (end === 0 || (first && start === 0) || end - start > 1_000_000) return null;
  const whole = end < bytes.length;
  // What is no text is the parser's to find; only a cut can halve a character.
  if (whole && !isUtf8(bytes.subarray(start, end))) return null;
  const text = new TextDecoder().decode(bytes.subarray(start, end));
  const [record] = splitText(text, delimiter, 1);
  if (record === undefined || record.cells.every((cell) => cell === "")) return null;
  const { cells } = record;
  const cut = (why: string): ReturnType<typeof cutLastLine> => ({ keep: start, cut: { text, why } });
  if (cells.length < columns) return cut(`it has ${cells.length} of ${columns} cells`);
  if (whole || cells.length > columns) return null;
  return isShort(cells[columns - 1], options)
    ? cut("it has no end, and its last cell is shorter than all others")
    : null;
}

/** Whether a cell lacks decimals that all others have. */
function isShort(cell: string, { rows, columns }: LastLineOptions): boolean {
  // The last of them may be this very line.
  const others = rows.slice(0, -1).map((row) => row.cells[columns - 1] ?? "");
  const decimals = new Set(others.map(decimalsOf));
  if (others.length < ROWS_AGREEING || decimals.size !== 1) return false;
  return decimalsOf(cell) < [...decimals][0];
}

function decimalsOf(cell: string): number {
  const match = /^[+-]?\d+[.,](\d+)(e[+-]?\d+)?$/i.exec(cell);
  return match === null ? 0 : match[1].length + (match[2]?.length ?? 0);
}
