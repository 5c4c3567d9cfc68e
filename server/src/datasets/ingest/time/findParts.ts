import type { ColumnName } from "../cells/columnNames.ts";
import { partNamed, speaksOfTime, wordsOf } from "./columnWords.ts";
import type { HeadColumn } from "./headColumn.ts";
import { decimalPlaces } from "./numberTimes.ts";
import { dateReadings, dateTimeReadings } from "./textTimes.ts";
import type { PartKind } from "./timeParts.ts";

/** Columns by what part of the time they may be. */
export type PartColumns = ReadonlyMap<PartKind | "fraction", HeadColumn>;

const WEEK_S = 604_800;

/** Columns of a file that may together be its time, by name and content; null where they are not enough for one. */
export function findParts(
  columns: readonly HeadColumn[],
  names: readonly ColumnName[],
  decimal: number,
): PartColumns | null {
  const found = new Map<PartKind | "fraction", HeadColumn>();
  for (const column of columns) {
    const name = names[column.position];
    const kind = partKindOf(column, name, decimal);
    if (kind === null) continue;
    // Of two clocks the one in UTC.
    const better = wordsOf(column.name).some((word) => word === "utc" || word === "gmt");
    if (!found.has(kind) || better) found.set(kind, column);
  }
  // A second that has a fraction needs no other.
  const seconds = found.get("clock") ?? found.get("second") ?? found.get("date");
  if (seconds?.cells.some((cell) => /:\d\d[.,]\d+|^\d+[.,]\d+/.test(cell))) found.delete("fraction");
  const has = (...kinds: (PartKind | "fraction")[]): boolean => kinds.every((kind) => found.has(kind));
  if (has("gps_week", "gps_seconds")) return only(found, ["gps_week", "gps_seconds"]);
  const clock = found.get("clock");
  if (!hasDate(found)) {
    if (has("hour", "minute", "second"))
      return only(found, ["hour", "minute", "second", "fraction", "meridiem"]);
    const isSplit = has("meridiem") || has("fraction");
    return clock !== undefined && isSplit ? only(found, ["clock", "fraction", "meridiem"]) : null;
  }
  const dateParts: (PartKind | "fraction")[] = has("date")
    ? ["date"]
    : has("year", "day_of_year")
      ? ["year", "day_of_year"]
      : ["year", "month", "day"];
  const date = found.get("date");
  if (date?.cells.some((cell) => /\d:\d\d/.test(cell)))
    return has("fraction") ? only(found, ["date", "fraction"]) : null;
  if (has("clock")) return only(found, [...dateParts, "clock", "fraction", "meridiem"]);
  if (has("hour")) return only(found, [...dateParts, "hour", "minute", "second", "fraction", "meridiem"]);
  const fine = found.get("day_of_year") ?? found.get("day");
  // 166.375: the day has the time in it.
  return fine !== undefined && !has("date") && decimalPlaces(fine.cells) >= 3 ? only(found, dateParts) : null;
}

/** Whether the parts say the day. */
export function hasDate(found: PartColumns): boolean {
  return (
    found.has("date") ||
    found.has("gps_week") ||
    (found.has("year") && (found.has("month") || found.has("day_of_year")))
  );
}

function only(found: PartColumns, kinds: readonly (PartKind | "fraction")[]): PartColumns {
  return new Map([...found].filter(([kind]) => kinds.includes(kind)));
}

const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  year: [0, 2254],
  month: [1, 12],
  day: [1, 32],
  day_of_year: [1, 367],
  hour: [0, 24],
  minute: [0, 60],
  second: [0, 61],
  gps_week: [0, 4000],
  gps_seconds: [0, WEEK_S * 1e3],
  clock: [0, 86_401],
};

function partKindOf(column: HeadColumn, name: ColumnName, decimal: number): PartKind | "fraction" | null {
  const [first] = column.cells;
  if (first === undefined) return null;
  const named = partNamed(name);
  const { numbers } = column;
  if (named !== null && numbers !== null) {
    const [low, high] = named === "fraction" ? [0, 1e6 / fractionUs(column) - 1e-9] : RANGES[named];
    // One in ten may be wrong: the parser names it, with its line.
    const within = numbers.filter((value) => value >= low && value <= high).length;
    if (within >= numbers.length * 0.9) return named;
  }
  if (numbers === null && /^[ap]\.?m\.?$/i.test(first)) return "meridiem";
  if (numbers === null && dateReadings(first, decimal, false).length > 0) return "date";
  if (numbers === null && speaksOfTime(name) && dateTimeReadings(first, decimal).length > 0) return "date";
  if (!speaksOfTime(name)) return null;
  if (numbers === null) return /^\d{1,2}:\d\d(:\d\d)?\b/.test(first) ? "clock" : null;
  const words = wordsOf(column.name);
  const dateNamed = words.some((word) =>
    /date|datum|fecha|^(ymd|dmy|yyyymmdd|ddmmyy|yymmdd|day)$/.test(word),
  );
  if (dateNamed && !words.includes("time") && /^\d+$/.test(first)) {
    const isSerial = numbers.every((value) => value >= 30_000 && value < 60_000);
    if (isSerial || dateReadings(first, decimal, true).length > 0) return "date";
  }
  if (/^\d{3,6}([.,]\d+)?$/.test(first) && !dateNamed) return "clock";
  // A share of the day, as spreadsheets have it.
  return numbers.every((value) => value >= 0 && value < 1) && decimalPlaces(column.cells) >= 3
    ? "clock"
    : null;
}

/** µs in one of a column that counts within the second. */
export function fractionUs({ name }: HeadColumn): number {
  const words = wordsOf(name);
  if (words.some((word) => /^(us|µs|usec|micro)/.test(word))) return 1;
  return words.some((word) => /^(ns|nsec|nano)/.test(word)) ? 1e-3 : 1e3;
}
