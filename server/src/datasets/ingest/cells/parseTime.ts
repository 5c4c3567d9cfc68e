// Not the whole package: parsing threads would load all of Arrow with it, which takes longer than a chunk of rows.
import { MAX_TIME_US } from "@magtrace/series/microseconds";
import { dateUs, two } from "../time/calendar.ts";
import type { WrittenDate } from "../time/dateStyle.ts";
import { scaledTo, scanScaled } from "../time/scaledNumber.ts";
import type { TimePart } from "../time/timeParts.ts";
import { LONGEST_TIME, type Rewriting, rewrittenCell } from "../time/usualTime.ts";
import { scanClockTime, scanWritten, writtenTo } from "../time/writtenDate.ts";
import type { TimeForm } from "../types.ts";
import { scanNumber, scannedTo } from "./parseNumber.ts";

/** How the times of one file are written. Decided on its first rows; every other row must agree. */
export interface TimeReading {
  readonly form: TimeForm;
  /** Numeric forms: µs in one of the file's unit. */
  readonly usPerUnit: number;
  /** `datetime`: whether a zone stands behind each. */
  readonly zone: boolean;
  /** `datetime` that is not ISO 8601, `day_of_year` in one column. */
  readonly written?: WrittenDate;
  /** Times of day: hours from 1 to 12 with AM or PM behind. */
  readonly meridiem?: boolean;
  /** `clock` and `minutes` that count on from a start, past 23 hours or 59 minutes. */
  readonly runsOn?: boolean;
  /** Several columns that together are the time. */
  readonly parts?: readonly TimePart[];
  /** Offset from UTC of times that name none, µs to the east. */
  readonly zoneUs?: number;
  /** Numbers: when their 0 was, µs since 1970. */
  readonly zeroUs?: number;
  /** Numbers: what they are rounded to, µs; their digits hold no more. */
  readonly roundUs?: number;
  /** When the first row was taken, µs since 1970, where the file does not say. */
  readonly startUs?: number;
  /** `rate`: µs from one row to the next. */
  readonly stepUs?: number;
  /** Set where cells are put in other words before they are read. */
  readonly rewriting?: Rewriting;
}

export const MINUTE_US = 60e6;
export const HOUR_US = 3600e6;
export const DAY_US = 86400e6;

/** Its end is beyond MAX_TIME_US. */
const FIRST_YEAR_BEYOND = 2255;

/** Seconds since 1970 that a recording's clock shows at least (1985): anything smaller counts from a start. */
const EPOCH_FROM_S = 5e8;

const CLOCKS: ReadonlySet<TimeForm> = new Set(["clock", "minutes", "hours_minutes", "hhmmss"]);

/** Whether times start anew with each day or hour. */
export function isClock(form: TimeForm): boolean {
  return CLOCKS.has(form);
}

/** After how many µs the times begin anew; null where they do not. */
export function periodOf({ form, runsOn }: TimeReading): number | null {
  if (!isClock(form) || runsOn) return null;
  return form === "minutes" ? HOUR_US : DAY_US;
}

/** Whether it is not known when the recording was made. */
export function isRelative({ form, zeroUs, startUs }: TimeReading): boolean {
  return (isClock(form) || form === "seconds" || form === "rate") && (zeroUs ?? startUs) === undefined;
}

const EPOCHS: readonly { readonly form: TimeForm; readonly from: number; readonly usPerUnit: number }[] = [
  { form: "epoch_ns", from: 1e17, usPerUnit: 1e-3 },
  { form: "epoch_us", from: 1e14, usPerUnit: 1 },
  { form: "epoch_ms", from: 1e11, usPerUnit: 1e3 },
  { form: "epoch_s", from: EPOCH_FROM_S, usPerUnit: 1e6 },
];

/**
 * How a number in the time column is meant.
 *
 * @param usPerUnit Unit the header states, as µs; null when it states none, and then magnitude tells.
 */
export function numericReading(value: number, usPerUnit: number | null): TimeReading {
  if (usPerUnit !== null) {
    const epoch = EPOCHS.find((one) => one.usPerUnit === usPerUnit);
    const absolute = (Math.abs(value) * usPerUnit) / 1e6 >= EPOCH_FROM_S;
    return { form: absolute && epoch ? epoch.form : "seconds", usPerUnit, zone: true };
  }
  const epoch = EPOCHS.find((one) => Math.abs(value) >= one.from);
  return { form: epoch?.form ?? "seconds", usPerUnit: epoch?.usPerUnit ?? 1e6, zone: true };
}

/** How a cell of the time column is written, or null when it is no time. */
export function readingOf(text: string, decimal: number, usPerUnit: number | null): TimeReading | null {
  const bytes = Buffer.from(text.trim());
  for (const form of ["datetime", "clock", "minutes"] as const) {
    for (const zone of form === "datetime" ? [true, false] : [true]) {
      const reading: TimeReading = { form, usPerUnit: 0, zone };
      if (
        !Number.isNaN(scanTime(bytes, 0, bytes.length, reading, decimal, true)) &&
        scannedTime() === bytes.length
      ) {
        return reading;
      }
    }
  }
  const value = scanNumber(bytes, 0, bytes.length, decimal);
  if (scannedTo() !== bytes.length || !Number.isFinite(value)) return null;
  const reading = numericReading(value, usPerUnit);
  return Math.abs(value * reading.usPerUnit) <= MAX_TIME_US ? reading : null;
}

let timeEnd = 0;

/** Where the last `scanTime` stopped. */
export function scannedTime(): number {
  return timeEnd;
}

/**
 * Reads a time at `at`.
 *
 * @param comma Whether a comma may stand before a fraction of a second: not where commas delimit.
 *
 * `clock` and `minutes` give µs within their day or hour; rollovers are the caller's.
 *
 * @returns µs, whole, finer digits rounded; NaN where the bytes are no time of this form.
 * Cost some 30 ns.
 */
export function scanTime(
  bytes: Uint8Array,
  at: number,
  end: number,
  reading: TimeReading,
  decimal: number,
  comma: boolean,
): number {
  timeEnd = at;
  if (reading.rewriting === undefined) return scanUsual(bytes, at, end, reading, decimal, comma);
  // Where the cell ends only a cell by itself shows.
  if (end - at > LONGEST_TIME) return Number.NaN;
  const text = Buffer.from(bytes.subarray(at, end)).toString("utf8").trim();
  const cell = Buffer.from(rewrittenCell(text, reading.rewriting));
  const us = scanUsual(cell, 0, cell.length, reading, decimal, true);
  timeEnd = timeEnd === cell.length ? end : at;
  return us;
}

function scanUsual(
  bytes: Uint8Array,
  at: number,
  end: number,
  reading: TimeReading,
  decimal: number,
  comma: boolean,
): number {
  timeEnd = at;
  switch (reading.form) {
    case "datetime":
    case "day_of_year": {
      const us =
        reading.written === undefined
          ? scanDatetime(bytes, at, end, reading.zone, comma)
          : written(scanWritten(bytes, at, end, reading.written, reading.zone, comma));
      return reading.zone || reading.zoneUs === undefined ? us : us - reading.zoneUs;
    }
    case "clock":
      if (reading.meridiem) return written(scanClockTime(bytes, at, end, MERIDIEM_CLOCK, comma));
      return scanClock(bytes, at, end, reading.runsOn ? LONGEST : 24, true, comma);
    case "minutes":
      return scanClock(bytes, at, end, reading.runsOn ? LONGEST : 60, false, comma);
    case "hours_minutes":
      return written(
        scanClockTime(bytes, at, end, { clock: "colons", meridiem: reading.meridiem ?? false }, comma),
      );
    case "hhmmss":
      return written(scanClockTime(bytes, at, end, DIGIT_CLOCK, comma));
    case "excel_days":
    case "matlab_days":
    case "julian_days":
      return scanDays(bytes, at, end, reading, decimal);
    default:
      return scanNumeric(bytes, at, end, reading, decimal);
  }
}

const MERIDIEM_CLOCK = { clock: "colons", meridiem: true } as const;
const DIGIT_CLOCK = { clock: "digits", meridiem: false } as const;

function written(us: number): number {
  timeEnd = writtenTo();
  return us;
}

/** Days since `zeroUs`, rounded to what their digits hold. */
function scanDays(bytes: Uint8Array, at: number, end: number, reading: TimeReading, decimal: number): number {
  const value = scanNumber(bytes, at, end, decimal);
  const round = reading.roundUs ?? 1;
  const day = Math.floor(value);
  const us = day * DAY_US + Math.round(((value - day) * DAY_US) / round) * round;
  const time = us + (reading.zeroUs ?? 0) - (reading.zoneUs ?? 0);
  if (!(Math.abs(time) <= MAX_TIME_US) || !(day > 0)) return Number.NaN;
  timeEnd = scannedTo();
  return time;
}

function scanNumeric(
  bytes: Uint8Array,
  at: number,
  end: number,
  reading: TimeReading,
  decimal: number,
): number {
  const us = scanScaled(bytes, at, end, reading.usPerUnit, decimal);
  if (!(Math.abs(us) <= MAX_TIME_US)) return Number.NaN;
  // A number of another magnitude is a time in another unit, and so of another form.
  if ((reading.form === "seconds") !== Math.abs(us) < EPOCH_FROM_S * 1e6) return Number.NaN;
  timeEnd = scaledTo();
  return us + (reading.zeroUs ?? 0);
}

/** Hours or minutes of a clock that counts on from a start. */
const LONGEST = 10_000;

/** Digits behind a point or comma at `at`, as µs; sets timeEnd behind them. */
function scanFraction(bytes: Uint8Array, at: number, end: number, comma: boolean): number {
  timeEnd = at;
  if (at >= end || (bytes[at] !== 46 && !(comma && bytes[at] === 44))) return 0;
  let us = 0;
  let unit = 1e6;
  let p = at + 1;
  for (; p < end && bytes[p] >= 48 && bytes[p] <= 57; p++) {
    unit /= 10;
    us += (bytes[p] - 48) * unit;
  }
  if (p === at + 1) return Number.NaN;
  timeEnd = p;
  return Math.round(us);
}

/** `H:MM:SS[.f]` or, not of hours, `M:SS[.f]`; the first number is below `limit`. */
function scanClock(
  bytes: Uint8Array,
  at: number,
  end: number,
  limit: number,
  ofHours: boolean,
  comma: boolean,
): number {
  let p = at;
  let lead = 0;
  const most = limit > 60 ? 4 : 2;
  while (p < end && p < at + most && bytes[p] >= 48 && bytes[p] <= 57) lead = lead * 10 + bytes[p++] - 48;
  if (p === at || bytes[p] !== 58 || lead >= limit) return Number.NaN;
  const middle = two(bytes, p + 1, end);
  p += 3;
  if (!ofHours) {
    if (!(middle <= 59)) return Number.NaN;
    const us = (lead * 60 + middle) * 1e6 + scanFraction(bytes, p, end, comma);
    // A second colon makes it a clock time.
    return timeEnd < end && bytes[timeEnd] === 58 ? Number.NaN : us;
  }
  const second = p < end && bytes[p] === 58 ? two(bytes, p + 1, end) : Number.NaN;
  if (!(middle <= 59) || !(second <= 59)) return Number.NaN;
  return (lead * 3600 + middle * 60 + second) * 1e6 + scanFraction(bytes, p + 3, end, comma);
}

/** `YYYY-MM-DD` or `YYYY/MM/DD`, then `T` or a space, `HH:MM[:SS[.f]]`, then, if `zone`, `Z` or `±HH[[:]MM]`. */
function scanDatetime(bytes: Uint8Array, at: number, end: number, zone: boolean, comma: boolean): number {
  const year = two(bytes, at, end) * 100 + two(bytes, at + 2, end);
  const separator = bytes[at + 4];
  if ((separator !== 45 && separator !== 47) || bytes[at + 7] !== separator || !(year >= 1700))
    return Number.NaN;
  if (year >= FIRST_YEAR_BEYOND) return Number.NaN;
  let us = dateUs(year, two(bytes, at + 5, end), two(bytes, at + 8, end));
  timeEnd = at + 10;
  const between = bytes[at + 10];
  const timed =
    at + 12 < end && (between === 84 || between === 116 || between === 32) && bytes[at + 13] === 58;
  if (timed) us += scanTimeOfDay(bytes, at + 11, end, comma);
  const zoneUs = timed ? scanZone(bytes, timeEnd, end) : 0;
  if (!timed) return zone ? Number.NaN : us;
  if (Number.isNaN(zoneUs)) return zone ? Number.NaN : us;
  return zone ? us - zoneUs : Number.NaN;
}

/** `HH:MM[:SS[.f]]` as µs; a 60th second is the next minute's first. Sets timeEnd. */
function scanTimeOfDay(bytes: Uint8Array, at: number, end: number, comma: boolean): number {
  const hour = two(bytes, at, end);
  const minute = two(bytes, at + 3, end);
  if (!(hour <= 23) || !(minute <= 59)) return Number.NaN;
  const us = hour * HOUR_US + minute * MINUTE_US;
  timeEnd = at + 5;
  if (timeEnd >= end || bytes[timeEnd] !== 58) return us;
  const second = two(bytes, at + 6, end);
  if (!(second <= 60)) return Number.NaN;
  return us + second * 1e6 + scanFraction(bytes, at + 8, end, comma);
}

/** Offset from UTC, µs; NaN where there is none. Sets timeEnd behind it. */
function scanZone(bytes: Uint8Array, at: number, end: number): number {
  let p = at;
  if (p < end && bytes[p] === 32) p++;
  if (p >= end) return Number.NaN;
  if (bytes[p] === 90 || bytes[p] === 122) {
    timeEnd = p + 1;
    return 0;
  }
  if (bytes[p] === 85 && bytes[p + 1] === 84 && bytes[p + 2] === 67) {
    timeEnd = p + 3;
    return 0;
  }
  const sign = bytes[p] === 43 ? 1 : bytes[p] === 45 ? -1 : 0;
  const hours = two(bytes, p + 1, end);
  if (sign === 0 || !(hours <= 18)) return Number.NaN;
  const colon = bytes[p + 3] === 58 ? 1 : 0;
  const minutes = two(bytes, p + 3 + colon, end);
  timeEnd = p + 3;
  if (!(minutes <= 59)) return colon === 1 ? Number.NaN : sign * hours * HOUR_US;
  timeEnd = p + 5 + colon;
  return sign * (hours * HOUR_US + minutes * MINUTE_US);
}
