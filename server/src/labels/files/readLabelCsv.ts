import { withoutGuard } from "@magtrace/series";
import { type CsvRecord, CsvSyntaxError, csvRecords } from "./csvRecords.ts";

/** A label to be made, and where it came from. */
export interface GivenLabel {
  /** In words: "line 3" or "annotations/17". */
  readonly at: string;
  readonly line: number | null;
  readonly start_index: number;
  readonly end_index: number;
  readonly category: string;
  readonly confidence: number;
  readonly notes: string;
}

/** One cell that is wrong. `expected` completes "line 3, column confidence: …". */
export interface LabelFault {
  readonly at: string;
  readonly line: number | null;
  readonly column: string | null;
  readonly value: string | null;
  readonly code:
    | "not_csv"
    | "missing_column"
    | "cell_count"
    | "not_an_index"
    | "bad_cell"
    | "bad_interval"
    | "bad_category";
  readonly expected: string;
}

const REQUIRED = ["start_index", "end_index", "category"] as const;
const KNOWN = [...REQUIRED, "confidence", "notes"] as const;
type Column = (typeof KNOWN)[number];
type Columns = Partial<Record<Column, number>>;

export const EXPECTED_HEADER =
  "Expected a first line with the columns start_index,end_index,category and, if wanted, confidence,notes; indices are row numbers from 0, both inclusive.";
const LONGEST_NAME = 255;
const LONGEST_NOTES = 20_000;

/**
 * Labels of a CSV text, or what is wrong with a line, in the order of the file. Columns may stand in any order; those
 * not known (`created_by` of an export) are passed over. Comma, semicolon or TAB; with the latter two a decimal comma
 * is understood.
 */
export function* readLabelCsv(text: string): Generator<GivenLabel | LabelFault> {
  const delimiter = delimiterOf(text);
  try {
    const records = csvRecords(text, delimiter);
    const first = records.next();
    const header = first.done ? [] : first.value.cells.map((cell) => cell.trim().toLowerCase());
    const columns = columnsOf(header);
    if ("expected" in columns) {
      yield columns;
      return;
    }
    for (const record of records) yield labelOf(record, columns, header.length, delimiter);
  } catch (error) {
    if (!(error instanceof CsvSyntaxError)) throw error;
    yield {
      at: `line ${error.line}`,
      line: error.line,
      column: null,
      value: null,
      code: "not_csv",
      expected: error.message,
    };
  }
}

function delimiterOf(text: string): string {
  const header = text.slice(0, 2000).split(/[\r\n]/, 1)[0]!;
  if (header.includes(",")) return ",";
  if (header.includes(";")) return ";";
  return header.includes("\t") ? "\t" : ",";
}

function columnsOf(header: readonly string[]): Columns | LabelFault {
  const columns: Columns = {};
  const fault = (column: string | null, expected: string): LabelFault => ({
    at: "line 1",
    line: 1,
    column,
    value: header.join(",").slice(0, 200),
    code: "missing_column",
    expected,
  });
  for (const name of KNOWN) {
    const index = header.indexOf(name);
    if (index < 0) continue;
    if (header.indexOf(name, index + 1) >= 0)
      return fault(name, "the header names this column twice. Remove one.");
    columns[name] = index;
  }
  const missing = REQUIRED.filter((name) => columns[name] === undefined);
  if (missing.length === 0) return columns;
  return fault(missing[0]!, `the header lacks ${missing.join(", ")}. ${EXPECTED_HEADER}`);
}

function labelOf(
  { line, cells }: CsvRecord,
  columns: Columns,
  width: number,
  delimiter: string,
): GivenLabel | LabelFault {
  const at = `line ${line}`;
  const cell = (name: Column) => (columns[name] === undefined ? "" : cells[columns[name]]!);
  const fault = (column: Column | null, code: LabelFault["code"], expected: string): LabelFault => {
    const value = column === null ? null : cell(column).slice(0, 100);
    return { at, line, column, value, code, expected };
  };
  if (cells.length !== width) {
    return fault(null, "cell_count", `${cells.length} cells where the header has ${width}.`);
  }
  for (const name of ["start_index", "end_index"] as const) {
    if (!isIndex(cell(name))) {
      return fault(name, "not_an_index", `"${cell(name).slice(0, 100)}" is not a row number, 0 or more.`);
    }
  }
  const category = withoutGuard(cell("category")).trim();
  if (category === "" || category.length > LONGEST_NAME || category.includes("\0")) {
    return fault("category", "bad_cell", `a category has a name of 1 to ${LONGEST_NAME} characters.`);
  }
  const confidence = fractionOf(cell("confidence"), delimiter);
  if (confidence === null) {
    return fault(
      "confidence",
      "bad_cell",
      `"${cell("confidence").slice(0, 100)}" is not a number from 0 to 1.`,
    );
  }
  const notes = withoutGuard(cell("notes"));
  if (notes.length > LONGEST_NOTES || notes.includes("\0")) {
    return fault("notes", "bad_cell", `notes have at most ${LONGEST_NOTES} characters, none of them NUL.`);
  }
  const [start_index, end_index] = [Number(cell("start_index")), Number(cell("end_index"))];
  return { at, line, start_index, end_index, category, confidence, notes };
}

function isIndex(cell: string): boolean {
  return /^\s*\d{1,16}\s*$/.test(cell) && Number.isSafeInteger(Number(cell));
}

/** Every digit has one place in it: a cell may have millions of them. */
const NUMBER = /^(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;

/** An empty cell is certainty. */
function fractionOf(cell: string, delimiter: string): number | null {
  const text = delimiter === "," ? cell.trim() : cell.trim().replace(",", ".");
  if (text === "") return 1;
  if (!NUMBER.test(text)) return null;
  const value = Number(text);
  return value >= 0 && value <= 1 ? value : null;
}
