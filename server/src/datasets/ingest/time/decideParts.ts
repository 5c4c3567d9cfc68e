import type { Assumption } from "@magtrace/contracts";
import type { ColumnName } from "../cells/columnNames.ts";
import type { TimeReading } from "../cells/parseTime.ts";
import { refusal, zoneAssumption } from "./asking.ts";
import { partNamed, speaksOfTime, wordsOf } from "./columnWords.ts";
import { decideClock, decideDigitClock } from "./decideClock.ts";
import { inUsualWords, relativeAssumption, startUsOf, zoneGiven } from "./decideColumn.ts";
import { decideDate } from "./decideDate.ts";
import { fractionUs, hasDate, type PartColumns } from "./findParts.ts";
import type { HeadColumn } from "./headColumn.ts";
import { dateReadings, dateTimeReadings } from "./textTimes.ts";
import type { TimeChoice, TimeInput } from "./timeInput.ts";
import type { PartKind, TimePart } from "./timeParts.ts";

const WEEK_S = 604_800;
const DAY_US = 86400e6;
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
      parts.push(rewritten(part.part, column));
    } else if (kind === "clock") {
      const part = await clockPart(column, input);
      if (part === null) return null;
      parts.push(rewritten(part, column));
      zoneName = column.name;
    } else if (kind === "meridiem") parts.push({ position: column.position, kind, usPerUnit: 0 });
    else parts.push(numberPart(kind, column));
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
  const positions = parts.map(({ position }) => position);
  if (!hasDate(columns)) {
    const first = [...columns.values()].map(({ cells }) => cells[0] ?? "").join(" ");
    const clock: TimeReading = { form: "clock", usPerUnit: 0, zone: true, parts };
    return {
      positions,
      name,
      reading: clock,
      assumptions: [...assumptions, relativeAssumption({ name, first })],
    };
  }
  const zone = zoneGiven(zoneName, null, mapped) ?? zoneGiven(columns.get("date")?.name ?? "", null, mapped);
  const placed = zone === null ? reading : { ...reading, zoneUs: zone };
  if (zone === null) assumptions.push(zoneAssumption(null));
  return { positions: parts.map(({ position }) => position), name, reading: placed, assumptions };
}

function rewritten(part: TimePart, { rewriting }: HeadColumn): TimePart {
  return rewriting === null ? part : { ...part, rewriting };
}

async function datePart(
  column: HeadColumn,
  input: TimeInput,
): Promise<{ part: TimePart; assumptions: readonly Assumption[] } | null> {
  const { position, numbers } = column;
  if (numbers?.every((value) => value >= 30_000 && value < 60_000)) {
    return { part: { position, kind: "date", usPerUnit: DAY_US }, assumptions: [] };
  }
  const decided = await decideDate(column, inUsualWords(column, input), (cell) => [
    ...dateReadings(cell, input.decimal, true),
    ...dateTimeReadings(cell, input.decimal),
  ]);
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
  const decided = await decideClock(column, inUsualWords(column, input));
  if (decided === null || decided.reading.runsOn || decided.reading.form === "minutes") return null;
  return written("colons", decided.reading.meridiem ?? false);
}

function numberPart(
  kind: Exclude<PartKind, "date" | "clock" | "meridiem"> | "fraction",
  column: HeadColumn,
): TimePart {
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
