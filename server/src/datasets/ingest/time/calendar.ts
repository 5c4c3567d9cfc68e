/** 1899-12-30: day 1 of a spreadsheet is 1899-12-31, for Lotus 1-2-3 took 1900 for a leap year. */
export const EXCEL_ZERO_US = Date.UTC(1899, 11, 30) * 1000;
/** Day 719529 of a datenum is 1970-01-01. */
export const MATLAB_ZERO_US = -719_529 * 86400e6;
/** Julian day 2440587.5 is the midnight of 1970-01-01; so is modified day 40587. */
export const JULIAN_ZERO_US = -2_440_587.5 * 86400e6;
export const MODIFIED_JULIAN_ZERO_US = -40_587 * 86400e6;

/** Nanoseconds as whole µs, half a µs to the later: a double does not hold those since 1970. */
export function usOfNanoseconds(ns: bigint): number {
  const us = ns / 1000n;
  const rest = Number(ns - us * 1000n);
  return Number(us) + Math.round(rest / 1000);
}

/** Two digits, or NaN. */
export function two(bytes: Uint8Array, at: number, end: number): number {
  if (at + 2 > end) return Number.NaN;
  const tens = bytes[at] - 48;
  const ones = bytes[at + 1] - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

let lastDate = -1;
let lastDateUs = Number.NaN;

/** Midnight UTC of a date, µs; NaN where the calendar has no such day. The last one is remembered. */
export function dateUs(year: number, month: number, day: number): number {
  const date = year * 10000 + month * 100 + day;
  if (date === lastDate) return lastDateUs;
  const ms = Date.UTC(year, month - 1, day);
  const back = new Date(ms);
  const real =
    back.getUTCMonth() === month - 1 && back.getUTCDate() === day && back.getUTCFullYear() === year;
  lastDate = date;
  lastDateUs = real ? ms * 1000 : Number.NaN;
  return lastDateUs;
}

/** Midnight UTC of the day `day` of a year (1: 1 January), µs; NaN where the year has no such day. */
export function dayOfYearUs(year: number, day: number): number {
  const first = dateUs(year, 1, 1);
  const days = (dateUs(year + 1, 1, 1) - first) / 86400e6;
  return Number.isInteger(day) && day >= 1 && day <= days ? first + (day - 1) * 86400e6 : Number.NaN;
}

/** Years of two digits: 1970 to 2069. */
export function fullYear(year: number, digits: number): number {
  if (digits !== 2) return digits === 4 ? year : Number.NaN;
  return year < 70 ? 2000 + year : 1900 + year;
}

/** Short and long names without accents: English, German, Spanish, French, Italian, and Roman numerals. */
const MONTH_NAMES: readonly string[] = [
  "i jan janv gen ene january januar janner enero janvier gennaio",
  "ii feb fev fevr february februar febrero fevrier febbraio",
  "iii mar mrz mars march marz maerz marzo",
  "iv apr avr abr april abril avril aprile",
  "v may mai mag mayo maggio",
  "vi jun juin giu june juni junio giugno",
  "vii jul juil lug july juli julio juillet luglio",
  "viii aug ago aou aout august agosto",
  "ix sep sept set september septiembre septembre settembre",
  "x oct okt ott october oktober octubre octobre ottobre",
  "xi nov november noviembre novembre",
  "xii dec dez dic december dezember diciembre decembre dicembre",
];
const MONTHS = new Map(MONTH_NAMES.flatMap((names, i) => names.split(" ").map((name) => [name, i + 1])));

/** 1 to 12, or NaN. */
export function monthNamed(name: string): number {
  const plain = name
    .normalize("NFD")
    .replace(/\p{M}|\.$/gu, "")
    .toLowerCase();
  return MONTHS.get(plain) ?? Number.NaN;
}

/**
 * Days on whose midnight GPS time gained a second on UTC, and by how many it was ahead from then on.
 * Source: IERS Bulletin C; RINEX 3.05 §4.1 gives the same table.
 */
const LEAP_SECONDS: readonly (readonly [number, number])[] = [
  [Date.UTC(1981, 6, 1), 1],
  [Date.UTC(1982, 6, 1), 2],
  [Date.UTC(1983, 6, 1), 3],
  [Date.UTC(1985, 6, 1), 4],
  [Date.UTC(1988, 0, 1), 5],
  [Date.UTC(1990, 0, 1), 6],
  [Date.UTC(1991, 0, 1), 7],
  [Date.UTC(1992, 6, 1), 8],
  [Date.UTC(1993, 6, 1), 9],
  [Date.UTC(1994, 6, 1), 10],
  [Date.UTC(1996, 0, 1), 11],
  [Date.UTC(1997, 6, 1), 12],
  [Date.UTC(1999, 0, 1), 13],
  [Date.UTC(2006, 0, 1), 14],
  [Date.UTC(2009, 0, 1), 15],
  [Date.UTC(2012, 6, 1), 16],
  [Date.UTC(2015, 6, 1), 17],
  [Date.UTC(2017, 0, 1), 18],
];
const GPS_EPOCH_US = Date.UTC(1980, 0, 6) * 1000;

/** UTC of a GPS week (counted on since 1980, not within its 1024) and the µs in it. */
export function gpsUs(week: number, usOfWeek: number): number {
  const gps = GPS_EPOCH_US + week * 7 * 86400e6 + usOfWeek;
  let leap = 0;
  for (const [fromMs, seconds] of LEAP_SECONDS) if (gps >= fromMs * 1000 + seconds * 1e6) leap = seconds;
  return gps - leap * 1e6;
}
