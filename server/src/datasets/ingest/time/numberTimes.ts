import type { TimeMapping } from "@magtrace/contracts";
import type { TimeReading } from "../cells/parseTime.ts";
import { EXCEL_ZERO_US, JULIAN_ZERO_US, MATLAB_ZERO_US, MODIFIED_JULIAN_ZERO_US } from "./calendar.ts";
import { type HeadColumn, stepsOf } from "./headColumn.ts";

/** One way to read a column of numbers as times, and how likely it is. */
export interface NumberReading {
  readonly reading: TimeReading;
  /** In words, for people. */
  readonly label: string;
  readonly mapping: TimeMapping;
  readonly score: number;
}

export interface NumberHints {
  /** Unit the header states, as µs. */
  readonly usPerUnit: number | null;
  /** Words of the header. */
  readonly words: ReadonlySet<string>;
}

const DAY_US = 86400e6;

export const SLOWEST_HZ = 0.0005;
export const FASTEST_HZ = 1e6;

const UNITS = [
  { unit: "s", usPerUnit: 1e6, word: "seconds", form: "epoch_s" },
  { unit: "ms", usPerUnit: 1e3, word: "milliseconds", form: "epoch_ms" },
  { unit: "us", usPerUnit: 1, word: "microseconds", form: "epoch_us" },
  { unit: "ns", usPerUnit: 1e-3, word: "nanoseconds", form: "epoch_ns" },
] as const;
const LONG_UNITS = [
  { unit: "min", usPerUnit: 60e6, word: "minutes" },
  { unit: "h", usPerUnit: 3600e6, word: "hours" },
  { unit: "d", usPerUnit: DAY_US, word: "days" },
] as const;

/** Clocks of recordings show 1985 to 2100. */
const EPOCH_S = [5e8, 4.1e9] as const;
const LIKELY_EPOCH_S = [9.4e8, 2.2e9] as const;
/** Counters seldom run for five days before a recording. */
const LONG_UPTIME_S = 5 * 86_400;
/** Slow recordings have a row every minute, five minutes, hour. */
const EVEN_S: readonly number[] = [60, 300, 600, 3600];
/** 1982 to 2042, and 1990 to 2100. Later spreadsheet days would be modified Julian days of our time. */
const EXCEL_DAYS = [30_000, 52_000] as const;
const MATLAB_DAYS = [726_000, 767_400] as const;
/** 1968 to 2105. */
const JULIAN_DAYS = [2_440_000, 2_490_000] as const;
/** 1970 to 2077, where the header says so: a spreadsheet's days of our time are among them. */
const MODIFIED_JULIAN_DAYS = [40_587, 80_000] as const;
const DAY_WORDS = ["date", "datum", "datetime", "serial", "excel", "ole", "datenum", "matlab", "days"];

function within(value: number, [from, to]: readonly [number, number]): boolean {
  return value >= from && value < to;
}

/** How usual a rate is for a magnetometer; 0 where it is absurd. */
export function rateScore(hz: number): number {
  if (!(hz >= SLOWEST_HZ && hz <= FASTEST_HZ)) return 0;
  if (hz >= 0.5 && hz <= 500) return 4;
  if (hz > 500 && hz <= 2000) return 3;
  if (hz > 2000) return hz <= 20_000 ? 1.5 : 0.5;
  return hz >= 0.0099 ? 2.5 : 1;
}

/** Every way a column of numbers can be meant that is not absurd, the likeliest first. */
export function numberReadings(column: HeadColumn, { usPerUnit, words }: NumberHints): NumberReading[] {
  const values = column.numbers ?? [];
  const { usual } = stepsOf(values);
  const first = Math.abs(values[0] ?? 0);
  const places = decimalPlaces(column.cells);
  const pointed = pointScore(column.cells, places);
  const found: NumberReading[] = [];
  const add = (one: Omit<NumberReading, "score">, unitUs: number, bonus: number): void => {
    // One row, or one time for all of them: no rate to go by, and seconds are the most usual.
    const score = usual === null ? (unitUs === 1e6 ? 4 : 2) : rateScore(1e6 / (usual * unitUs));
    if (score > 0) found.push({ ...one, score: score + bonus });
  };
  for (const one of UNITS) {
    if (usPerUnit !== null && usPerUnit !== one.usPerUnit) continue;
    const seconds = (first * one.usPerUnit) / 1e6;
    const reading = (form: TimeReading["form"]): TimeReading => ({
      form,
      usPerUnit: one.usPerUnit,
      zone: true,
    });
    const mapping: TimeMapping = { unit: one.unit };
    if (within(seconds, EPOCH_S)) {
      const label = `${one.word} since 1970`;
      const bonus = within(seconds, LIKELY_EPOCH_S) ? 2 : -1;
      add({ reading: reading(one.form), label, mapping: { form: one.form } }, one.usPerUnit, bonus);
    } else if (seconds < EPOCH_S[0] && !(one.unit === "s" && usPerUnit === null && looksLikeDays(values))) {
      const label = `${one.word} since a start`;
      const bonus = one.unit === "s" ? pointed : 0;
      const even = usual !== null && EVEN_S.includes((usual * one.usPerUnit) / 1e6) ? 1.5 : 0;
      const long = seconds > LONG_UPTIME_S ? 4 : 0;
      const form = { reading: reading("seconds"), label, mapping: { form: "seconds", ...mapping } as const };
      add(form, one.usPerUnit, bonus + even - long);
    }
  }
  for (const one of LONG_UNITS) {
    if (usPerUnit !== one.usPerUnit) continue;
    const reading: TimeReading = { form: "seconds", usPerUnit, zone: true };
    const label = `${one.word} since a start`;
    add({ reading, label, mapping: { form: "seconds", unit: one.unit } }, usPerUnit, 0);
  }
  if (usPerUnit === null || usPerUnit === DAY_US) {
    const said = DAY_WORDS.some((word) => words.has(word)) ? 2 : 0;
    const roundUs = dayResolutionUs(first, places);
    if (within(first, EXCEL_DAYS) && (places >= 5 || (said > 0 && places > 0))) {
      const reading: TimeReading = { ...days("excel_days", EXCEL_ZERO_US), roundUs };
      add({ reading, label: "days of a spreadsheet", mapping: { form: "excel_days" } }, DAY_US, 2 + said);
    }
    if (within(first, MATLAB_DAYS) && places >= 4) {
      const reading: TimeReading = { ...days("matlab_days", MATLAB_ZERO_US), roundUs };
      add({ reading, label: "days of a MATLAB datenum", mapping: { form: "matlab_days" } }, DAY_US, 2 + said);
    }
    const modified = words.has("mjd") || words.has("modified");
    if ((within(first, JULIAN_DAYS) || (modified && within(first, MODIFIED_JULIAN_DAYS))) && places >= 3) {
      const reading: TimeReading = { ...julianDays(first), roundUs };
      const label = modified ? "modified Julian days" : "Julian days";
      add({ reading, label, mapping: { form: "julian_days" } }, DAY_US, 4);
    }
  }
  return found.sort((a, b) => b.score - a.score);
}

/**
 * Hours after a start, seconds have steps of a millisecond and more: smaller ones are of days (Julian and others). So are
 * steps of whole seconds as shares of a day, which no decimal fraction of a second is.
 */
export function looksLikeDays(values: readonly number[]): boolean {
  const { usual } = stepsOf(values);
  if (Math.abs(values[0] ?? 0) < 10_000 || usual === null) return false;
  const isWholeSeconds = isNearWhole(usual * 86_400, 0.01) && !isNearWhole(usual * 1e4, 0.001);
  return usual < 5e-4 || (usual < 0.05 && isWholeSeconds);
}

function isNearWhole(value: number, within: number): boolean {
  return Math.abs(value - Math.round(value)) < within;
}

/** Seconds are written with a decimal point, and only they with nothing but zeros behind it. */
function pointScore(cells: readonly string[], places: number): number {
  if (places > 0) return 2;
  return cells.some((cell) => /\d[.,]0/.test(cell)) ? 3 : 0;
}

export function days(form: "excel_days" | "matlab_days" | "julian_days", zeroUs: number): TimeReading {
  return { form, usPerUnit: DAY_US, zone: false, zeroUs };
}

/** Julian days, or where they are too few for that, modified ones, whose 0 is a midnight. */
export function julianDays(first: number): TimeReading {
  return days("julian_days", first < 1e6 ? MODIFIED_JULIAN_ZERO_US : JULIAN_ZERO_US);
}

/** Decimal places in use, zeros at the end left out. */
export function decimalPlaces(cells: readonly string[]): number {
  let most = 0;
  for (const cell of cells) {
    const fraction = /[.,](\d+)$/.exec(cell)?.[1]?.replace(/0+$/, "") ?? "";
    most = Math.max(most, fraction.length);
  }
  return most;
}

/** The power of ten, in µs, that days with so many decimal places are worth being rounded to. */
export function dayResolutionUs(day: number, places: number): number {
  const us = Math.max(DAY_US / 10 ** places, day * 2 ** -53 * DAY_US);
  return Math.min(Math.max(1, 10 ** Math.ceil(Math.log10(us))), 1e6);
}

/**
 * Why numbers in scientific notation are no times any more, or null where their digits are all there.
 * A spreadsheet that shows `1.78151E+12` saves just that.
 */
export function lostDigits(column: HeadColumn): string | null {
  const numbers = column.numbers;
  const parts = column.cells.map((cell) => /^[+-]?\d(?:[.,](\d*))?e\+?(\d+)$/i.exec(cell));
  const scientific = parts.filter((part) => part !== null);
  if (numbers === null || scientific.length * 2 < column.cells.length || numbers.length < 2) return null;
  const places = Math.max(...scientific.map((part) => part[1]?.length ?? 0));
  const power = Math.max(...scientific.map((part) => Number(part[2])));
  if (places >= power) return null;
  const resolution = 10 ** (power - places);
  const { usual, equal } = stepsOf(numbers);
  if (usual !== null && equal < 0.3 && usual > 1.5 * resolution) return null;
  return `the file says ${column.cells[0]}, which leaves out all below ${resolution}`;
}

/** Days that only a header could tell apart, as mappings. */
export function dayReadings(first: number): { label: string; mapping: TimeMapping }[] {
  const found: { label: string; mapping: TimeMapping }[] = [];
  if (within(first, MODIFIED_JULIAN_DAYS))
    found.push({ label: "modified Julian days", mapping: { form: "julian_days" } });
  if (first >= EXCEL_DAYS[0] && first < 80_000)
    found.push({ label: "days of a spreadsheet", mapping: { form: "excel_days" } });
  return found;
}

/** Every unit a column may be in, as mappings: for a question where each of them seems absurd. */
export function allReadings(first: number): { label: string; mapping: TimeMapping }[] {
  return UNITS.map(({ unit, usPerUnit, word, form }) => {
    return within(Math.abs(first) * usPerUnit, [EPOCH_S[0] * 1e6, EPOCH_S[1] * 1e6])
      ? { label: `${word} since 1970`, mapping: { form } }
      : { label: `${word} since a start`, mapping: { form: "seconds", unit } };
  });
}

/** A unit by its name in a mapping, as µs. */
export function usPerMappedUnit(unit: NonNullable<TimeMapping["unit"]>): number {
  const units: readonly { readonly unit: string; readonly usPerUnit: number }[] = [...UNITS, ...LONG_UNITS];
  return units.find((one) => one.unit === unit)?.usPerUnit ?? 1e6;
}
