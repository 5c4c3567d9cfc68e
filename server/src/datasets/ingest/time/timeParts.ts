import { scanNumber, scannedTo } from "../cells/parseNumber.ts";
import { dateUs, dayOfYearUs, EXCEL_ZERO_US, fullYear, gpsUs } from "./calendar.ts";
import type { WrittenDate } from "./dateStyle.ts";
import { LONGEST_TIME, type Rewriting, rewrittenCell } from "./usualTime.ts";
import { scanClockTime, scanWritten, writtenTo } from "./writtenDate.ts";

export type PartKind =
  | "date"
  /** Whole seconds since 1970. */
  | "epoch"
  | "clock"
  | "year"
  | "month"
  | "day"
  | "day_of_year"
  | "hour"
  | "minute"
  | "second"
  | "gps_week"
  | "gps_seconds"
  /** AM or PM of the time of day beside it: 0 or 1. */
  | "meridiem";

/** One of several columns that together are the time. */
export interface TimePart {
  readonly position: number;
  readonly kind: PartKind;
  /** Of a date, and of a time of day that is written as one. */
  readonly written?: WrittenDate;
  /** Numbers: µs in one. */
  readonly usPerUnit: number;
  /** As of a time in one column. */
  readonly rewriting?: Rewriting;
}

let partEnd = 0;

/** Where the last `scanPart` stopped. */
export function scannedPart(): number {
  return partEnd;
}

/** Reads a part: µs for dates and times of day, else the number itself; NaN where none is there. */
export function scanPart(
  bytes: Uint8Array,
  at: number,
  end: number,
  part: TimePart,
  decimal: number,
  comma: boolean,
): number {
  const { kind, written, rewriting } = part;
  if (rewriting !== undefined) {
    partEnd = at;
    if (end - at > LONGEST_TIME) return Number.NaN;
    const text = Buffer.from(bytes.subarray(at, end)).toString("utf8").trim();
    const cell = Buffer.from(rewrittenCell(text, rewriting));
    const { rewriting: _, ...plain } = part;
    const value = scanPart(cell, 0, cell.length, plain, decimal, true);
    partEnd = partEnd === cell.length ? end : at;
    return value;
  }
  if (kind === "meridiem") return scanMeridiem(bytes, at, end);
  if (written !== undefined) {
    const us =
      kind === "date"
        ? scanWritten(bytes, at, end, written, false, comma)
        : scanClockTime(bytes, at, end, written, comma);
    partEnd = writtenTo();
    return us;
  }
  const value = scanNumber(bytes, at, end, decimal);
  partEnd = scannedTo();
  return Math.abs(value) <= 1e15 ? value : Number.NaN;
}

function scanMeridiem(bytes: Uint8Array, at: number, end: number): number {
  const dotted = bytes[at + 1] === 46 ? 1 : 0;
  const [half, m] = [bytes[at] | 32, bytes[at + 1 + dotted] | 32];
  partEnd = Math.min(end, at + 2 + dotted);
  if (partEnd < end && bytes[partEnd] === 46) partEnd++;
  if ((half === 97 || half === 112) && m === 109) return half === 112 ? 1 : 0;
  partEnd = at;
  return Number.NaN;
}

/**
 * Time of a row.
 *
 * @param values As `scanPart` gave them, in the parts' order.
 * @returns µs since 1970, or since midnight where no part is of a date; NaN where there is no such time.
 */
export function combineParts(parts: readonly TimePart[], values: Float64Array): number {
  let year = Number.NaN;
  let month = 1;
  let day = 1;
  let dayOfYear = Number.NaN;
  let midnightUs = Number.NaN;
  let week = Number.NaN;
  let us = 0;
  let dated = false;
  let half = -1;
  for (let i = 0; i < parts.length; i++) {
    const value = values[i];
    dated ||= isOfDate(parts[i].kind);
    const { kind, usPerUnit } = parts[i];
    // A date without a way of writing it is a spreadsheet's whole day.
    if (kind === "date") midnightUs = parts[i].written ? value : EXCEL_ZERO_US + value * usPerUnit;
    else if (kind === "epoch") midnightUs = value * usPerUnit;
    else if (kind === "year") year = value < 100 ? fullYear(value, 2) : value;
    else if (kind === "month") month = value;
    else if (kind === "day") day = value;
    else if (kind === "day_of_year") dayOfYear = value;
    else if (kind === "gps_week") week = value;
    else if (kind === "meridiem") half = value;
    else if (!(value >= 0) || !isWithin(kind, value, usPerUnit)) return Number.NaN;
    else us += parts[i].written ? value : Math.round(value * usPerUnit);
  }
  if (half !== -1) us = (us % HALF_DAY_US) + half * HALF_DAY_US;
  if (!Number.isNaN(week)) return gpsUs(week, us);
  if (!dated) return us;
  if (Number.isNaN(midnightUs) && year >= 1900 && year < 2255) {
    const whole = Math.floor(dayOfYear);
    midnightUs = Number.isNaN(dayOfYear)
      ? dateUs(year, month, day)
      : dayOfYearUs(year, whole) + Math.round((dayOfYear - whole) * 86400e6);
  }
  return midnightUs + us;
}

const HALF_DAY_US = 43_200e6;

/** Whether a part says the day. */
export function isOfDate(kind: PartKind): boolean {
  return kind === "date" || kind === "epoch" || kind === "year" || kind === "gps_week";
}

/** Whether an hour is one of a day's, a minute one of an hour's. */
function isWithin(kind: PartKind, value: number, usPerUnit: number): boolean {
  if (kind === "hour") return value <= 24;
  if (kind === "minute") return value < 60;
  if (kind === "second") return usPerUnit === 1e6 ? value < 61 : value * usPerUnit < 1e6;
  return true;
}
