import type { ImportReport } from "./importReport.ts";
import type { LegacyRow } from "./legacyDatabase.ts";
import type { LegacyTable } from "./tables.ts";

export type JsonObject = Record<string, unknown>;

/** One row of the old database, read cell by cell; what is not as it was is said in the report. */
export interface Cells {
  readonly table: LegacyTable;
  readonly id: number;
  /** Its id and the time it was made: equal ids of copies that went on apart are other rows. */
  readonly key: string;
  /** At most so many characters, of which PostgreSQL keeps every one. */
  text(column: string, most: number): string;
  /** Null where it is none, or beyond what a number holds exactly. */
  integer(column: string): number | null;
  /** Null where it is none, or not finite. */
  number(column: string): number | null;
  flag(column: string, without: boolean): boolean;
  /** ISO 8601; null where there is none. */
  time(column: string): string | null;
  /** Undefined where it is none. */
  json(column: string): unknown;
  /** What is no object becomes its `value`. */
  object(column: string): JsonObject;
  changed(change: string): void;
}

export function cellsOf(row: LegacyRow, table: LegacyTable, report: ImportReport): Cells {
  const id = Number(row.id);
  const changed = (change: string) => report.changed(table, id, change);
  const cells: Cells = {
    table,
    id,
    key: `${id}@${String(row.created_at ?? row.uploaded_at ?? "")}`.slice(0, 200),
    text(column, most) {
      const given = textOf(row[column]);
      const clean = cleanText(given);
      if (clean !== given) changed(`${column}: characters that cannot be stored were left out`);
      if (clean.length <= most) return clean;
      changed(`${column}: cut from ${clean.length} to ${most} characters`);
      return cleanText(clean.slice(0, most));
    },
    integer(column) {
      const value = numberOf(row[column]);
      return Number.isSafeInteger(value) ? value : null;
    },
    number: (column) => numberOf(row[column]),
    flag(column, without) {
      const value = numberOf(row[column]);
      return value === null ? without : value !== 0;
    },
    time: (column) => timeOf(textOf(row[column])),
    json(column) {
      const text = textOf(row[column]);
      if (text === "") return undefined;
      const { value, isMended } = parsedJson(text);
      if (isMended) changed(`${column}: what is no JSON in it became null`);
      return cleanJson(value);
    },
    object(column) {
      const value = cells.json(column);
      if (value === undefined || value === null) return {};
      if (isObject(value)) return value;
      changed(`${column}: it is no object, and became the value of one`);
      return { value };
    },
    changed,
  };
  return cells;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(cell: LegacyRow[string]): string {
  if (cell === null || cell === undefined) return "";
  if (cell instanceof Uint8Array) return Buffer.from(cell).toString("utf8");
  return String(cell);
}

/** Only what SQLite keeps as a number: text in such a column was put there by something else than MagTrace. */
export function numberOf(cell: LegacyRow[string]): number | null {
  const value = typeof cell === "bigint" ? Number(cell) : cell;
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** Without NUL and half surrogate pairs. */
function cleanText(text: string): string {
  return text.replaceAll("\0", "").replaceAll(/\p{Cs}/gu, "");
}

/** As Django writes them into SQLite, in UTC; with an offset as well. */
function timeOf(text: string): string | null {
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:?\d\d)?$/.exec(text.trim());
  if (!match) return null;
  const [, date, clock, fraction = "", zone = "Z"] = match;
  const at = new Date(`${date}T${clock}${fraction.slice(0, 4)}${zone}`);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}

function parsedJson(text: string): { value: unknown; isMended: boolean } {
  try {
    return { value: JSON.parse(text), isMended: false };
  } catch {
    try {
      // What Python writes for numbers that JSON does not have.
      return { value: JSON.parse(text.replaceAll(/-?\b(NaN|Infinity)\b/g, "null")), isMended: true };
    } catch {
      return { value: null, isMended: true };
    }
  }
}

function cleanJson(value: unknown): unknown {
  if (typeof value === "string") return cleanText(value);
  if (Array.isArray(value)) return value.map(cleanJson);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [cleanText(key), cleanJson(each)]));
}
