import type { Assumption } from "@magtrace/contracts";
import type { ColumnName } from "../cells/columnNames.ts";
import type { TimeReading } from "../cells/parseTime.ts";
import { refusal, zoneAssumption } from "./asking.ts";
import { partNamed, speaksOfTime, wordsOf } from "./columnWords.ts";
import { decideClock, decideDigitClock } from "./decideClock.ts";
import { startUsOf, zoneGiven } from "./decideColumn.ts";
import { decideDate } from "./decideDate.ts";
import type { HeadColumn } from "./headColumn.ts";
import { decimalPlaces } from "./numberTimes.ts";
import { dateReadings } from "./textTimes.ts";
import type { TimeChoice, TimeInput } from "./timeInput.ts";
import type { PartKind, TimePart } from "./timeParts.ts";

/** Columns by what part of the time they may be. */
export type PartColumns = ReadonlyMap<PartKind | "fraction", HeadColumn>;

const DAY_US = 86400e6;
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
  const seconds = found.get("clock") ?? found.get("second");
  if (seconds?.cells.some((cell) => /[.,]\d+/.test(cell))) found.delete("fraction");
  const has = (...kinds: (PartKind | "fraction")[]): boolean => kinds.every((kind) => found.has(kind));
  if (has("gps_week", "gps_seconds")) return only(found, ["gps_week", "gps_seconds"]);
  const dated = has("date") || has("year", "month", "day") || has("year", "day_of_year");
  if (!dated) return null;
  const dateParts: (PartKind | "fraction")[] = has("date")
    ? ["date"]
    : has("year", "day_of_year")
      ? ["year", "day_of_year"]
      : ["year", "month", "day"];
  if (has("clock")) return only(found, [...dateParts, "clock", "fraction"]);
  if (has("hour")) return only(found, [...dateParts, "hour", "minute", "second", "fraction"]);
  const fine = found.get("day_of_year") ?? found.get("day");
  // 166.375: the day has the time in it.
  return fine !== undefined && !has("date") && decimalPlaces(fine.cells) >= 3 ? only(found, dateParts) : null;
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
  if (numbers === null && dateReadings(first, decimal, false).length > 0) return "date";
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

/**
 * Reads several columns as one time.
 *
 * @returns null where their contents do not make one. @throws {UndecidedFile} one can be meant in several ways.
 */
export async function decideParts(columns: PartColumns, input: TimeInput): Promise<TimeChoice | null> {
  const mapped = input.mapping?.time;
  const parts: TimePart[] = [];
  const assumptions: Assumption[] = [];
  let zoneName = "";
  for (const [kind, column] of columns) {
    if (kind === "date") {
      const part = await datePart(column, input);
      if (part === null) return null;
      assumptions.push(...part.assumptions);
      parts.push(part.part);
    } else if (kind === "clock") {
      const part = await clockPart(column, input);
      if (part === null) return null;
      parts.push(part);
      zoneName = column.name;
    } else parts.push(numberPart(kind, column));
  }
  const name = [...columns.values()].map((column) => column.name).join(" + ");
  if (mapped?.start !== undefined) startUsOf(mapped.start);
  const gps = columns.has("gps_week");
  const form: TimeReading["form"] = gps ? "gps_week" : columns.has("day_of_year") ? "day_of_year" : "parts";
  const reading: TimeReading = { form, usPerUnit: 0, zone: gps, parts };
  if (gps) {
    const week = columns.get("gps_week")?.numbers?.[0] ?? 0;
    if (week < 1024) {
      throw refusal(
        name,
        String(week),
        "GPS weeks counted on since 1980, above 1024; these begin anew every 1024",
      );
    }
    return { positions: parts.map(({ position }) => position), name, reading, assumptions };
  }
  const zone = zoneGiven(zoneName, null, mapped) ?? zoneGiven(columns.get("date")?.name ?? "", null, mapped);
  const placed = zone === null ? reading : { ...reading, zoneUs: zone };
  if (zone === null) assumptions.push(zoneAssumption(null));
  return { positions: parts.map(({ position }) => position), name, reading: placed, assumptions };
}

async function datePart(
  column: HeadColumn,
  input: TimeInput,
): Promise<{ part: TimePart; assumptions: readonly Assumption[] } | null> {
  const { position, numbers } = column;
  if (numbers?.every((value) => value >= 30_000 && value < 60_000)) {
    return { part: { position, kind: "date", usPerUnit: DAY_US }, assumptions: [] };
  }
  const decided = await decideDate(column, input, (cell) => dateReadings(cell, input.decimal, true));
  const written = decided?.reading.written;
  if (decided === null || written === undefined) return null;
  return { part: { position, kind: "date", written, usPerUnit: 0 }, assumptions: decided.assumptions };
}

async function clockPart(column: HeadColumn, input: TimeInput): Promise<TimePart | null> {
  const { position, numbers, cells } = column;
  const written = (clock: "colons" | "digits", meridiem = false): TimePart => ({
    position,
    kind: "clock",
    written: { order: "ymd", clock, meridiem, zoneName: null },
    usPerUnit: 0,
  });
  if (numbers !== null) {
    if (partNamed({ text: column.name, key: "", fieldUnit: null, usPerUnit: null, doubt: null }) === "clock")
      return { position, kind: "clock", usPerUnit: 1e6 };
    if (numbers.every((value) => value < 1)) return { position, kind: "clock", usPerUnit: DAY_US };
    return (await decideDigitClock(column, input, true)) === null ? null : written("digits");
  }
  // Beside a date 09:30 is half past nine.
  if (/^\d{1,2}:\d\d$/.test(cells[0])) return written("colons");
  const decided = await decideClock(column, input);
  if (decided === null || decided.reading.runsOn || decided.reading.form === "minutes") return null;
  return written("colons", decided.reading.meridiem ?? false);
}

function numberPart(kind: Exclude<PartKind, "date" | "clock"> | "fraction", column: HeadColumn): TimePart {
  const { position, numbers } = column;
  const highest = Math.max(...(numbers ?? [0]));
  if (kind === "fraction") {
    return { position, kind: "second", usPerUnit: fractionUs(column) };
  }
  if (kind === "gps_seconds") {
    const inMs = highest > WEEK_S || wordsOf(column.name).some((word) => /^(itow|gms|ms)$/.test(word));
    return { position, kind, usPerUnit: inMs ? 1e3 : 1e6 };
  }
  const units: Partial<Record<PartKind, number>> = { hour: 3600e6, minute: 60e6, second: 1e6 };
  return { position, kind, usPerUnit: units[kind] ?? 0 };
}

/** Whole seconds since 1970 and, in a column of its own, what is between them; null where there is no such column. */
export function epochParts(columns: readonly HeadColumn[], names: readonly ColumnName[]): TimeChoice | null {
  const epoch = columns.find(({ position, numbers }) => {
    const isEpoch = numbers?.every((value) => Number.isInteger(value) && value >= 9.4e8 && value < 2.2e9);
    return isEpoch && speaksOfTime(names[position]);
  });
  const fraction = columns.find((column) => {
    const isFraction = partNamed(names[column.position]) === "fraction" && column !== epoch;
    return isFraction && column.numbers?.every((value) => value >= 0 && value * fractionUs(column) < 1e6);
  });
  if (epoch === undefined || fraction === undefined) return null;
  const parts: readonly TimePart[] = [
    { position: epoch.position, kind: "epoch", usPerUnit: 1e6 },
    { position: fraction.position, kind: "second", usPerUnit: fractionUs(fraction) },
  ];
  return {
    positions: parts.map(({ position }) => position),
    name: `${epoch.name} + ${fraction.name}`,
    reading: { form: "parts", usPerUnit: 0, zone: true, parts },
    assumptions: [],
  };
}

/** µs in one of a column that counts within the second. */
function fractionUs({ name }: HeadColumn): number {
  const words = wordsOf(name);
  if (words.some((word) => /^(us|µs|usec|micro)/.test(word))) return 1;
  return words.some((word) => /^(ns|nsec|nano)/.test(word)) ? 1e-3 : 1e3;
}
