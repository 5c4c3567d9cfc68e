/**
 * Times as some programs write them, in the words of those that are read: only texts whose meaning is certain.
 * `dotted` alone depends on the column: `09.00.05` is a time of day where a cell of it is no date.
 */
export type Rewriting = "text" | "dotted" | "duration";

/** Longer than any time somebody would write. */
export const LONGEST_TIME = 80;

const PLAIN_NUMBER = /^[+-]?\d*[.,]?\d*$/;
const WEEKDAYS =
  "(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun|" +
  "(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|mo|di|mi|do|fr|sa|so|lundi|mardi|mercredi|jeudi|vendredi|samedi|" +
  "dimanche|lun|mer|jeu|ven|sam|dim|lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bado|domingo|lunedì|martedì|" +
  "mercoledì|giovedì|venerdì|sabato|domenica";
/** A day of the week before a date of numbers; before a month's name it is read as it is. */
const WEEKDAY = new RegExp(`^(?:${WEEKDAYS})\\.?,?\\s+(?=\\d)`, "i");
/** C's ctime(): `Mon Jun 15 09:00:00 [UTC] 2026`. */
const CTIME =
  /^(?:\p{L}{2,9}\.?,?\s+)?(\p{L}{3,9})\.?\s+(\d{1,2})\s+(\d{1,2}:\d\d:\d\d(?:[.,]\d+)?)\s+(?:([A-Z]{1,5})\s+)?(\d{4})$/u;
/** JavaScript's Date, and Java's zoned times: what stands in brackets behind an offset names it again. */
const NAMED_OFFSET = /^(.*(?:\d ?Z|(?:GMT|UTC|\d ?)[+-]\d\d:?\d\d))\s*[[(][^)\]]*[\])]$/;
const EAST_ASIAN_DATE = /^(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]\s*/;
const EAST_ASIAN_CLOCK =
  /(\d{1,2})\s?[时時点點시]\s?(\d{1,2})\s?[分분](?:\s?(\d{1,2}(?:[.,]\d+)?)\s?[秒초])?$/;
const EAST_ASIAN_HALF = /(上午|下午|오전|오후|午前|午後)\s*(\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?)$/;
/** As names of files have it: `2026-06-15-09-00-00`, `2026_06_15_09_00_00_123`. */
const MARKED =
  /^(\d{4})([-_.])(\d{1,2})\2(\d{1,2})[-_ T](\d{1,2})([-_.h])(\d{1,2})[-_.m](\d{1,2})(?:([-_.,])(\d{1,6}))?s?(Z)?$/;
/** As Italian, Finnish and Oracle's programs have it: `15/06/2026 09.00.00`. */
const DOTTED_BEHIND =
  /^(\d{1,4}[./-][\dA-Za-z]{1,9}[./-]\d{1,4}),?\s+(\d{1,2})\.(\d\d)\.(\d\d)(?:[.,](\d+))?(\s*[AP]\.?M\.?)?$/i;
const DOTTED = /^(\d{1,2})\.(\d\d)\.(\d\d)(?:[.,:](\d+))?$/;
/** IRIG: year, day of the year, time of day. */
const YEAR_DAY = /^(\d{4}):(\d{3}):(\d\d:\d\d:\d\d(?:[.,]\d+)?Z?)$/;
const UNPADDED = /(^|[\sT,_-])(\d{1,2}):(\d{1,2}):(\d{1,2})(?=$|[.,\sZ+-])/;
const CLOCK_OF_LETTERS = /^(\d{1,4})\s?h\s?(\d{1,2})\s?m(?:in)?\s?(\d{1,2}(?:[.,]\d+)?)\s?s$/i;

const two = (text: string): string => text.padStart(2, "0");

/** The same time as a text that is read; null where it is one already, or is none that is known. Cost some µs. */
export function usualTime(text: string, dotted = false): string | null {
  if (text.length > LONGEST_TIME || PLAIN_NUMBER.test(text)) return null;
  const bare = text
    .replace(/^="?(.*?)"?$/, "$1")
    .replace(/^'/, "")
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\s+Uhr$/i, "")
    .replace(/^T\s?\+\s?(?=\d)/i, "")
    .replace(WEEKDAY, "");
  const usual = rewritten(bare, dotted) ?? bare;
  return usual === text ? null : usual;
}

function rewritten(text: string, dotted: boolean): string | null {
  const c = CTIME.exec(text);
  if (c !== null) return `${c[2]} ${c[1]} ${c[5]} ${c[3]}${c[4] === undefined ? "" : ` ${c[4]}`}`;
  const named = NAMED_OFFSET.exec(text);
  if (named !== null) return named[1];
  const asian = eastAsian(text);
  if (asian !== null) return asian;
  const marked = MARKED.exec(text);
  if (marked !== null) {
    const [, year, , month, day, hour, , minute, second, mark, digits = "", zone = ""] = marked;
    // Behind a dash stand milliseconds, behind a point a fraction.
    const fraction = mark === "-" || mark === "_" ? digits.padStart(3, "0") : digits;
    const behind = fraction === "" ? "" : `.${fraction}`;
    return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}${behind}${zone}`;
  }
  const behind = DOTTED_BEHIND.exec(text);
  if (behind !== null) {
    const [, date, hour, minute, second, digits, half = ""] = behind;
    return `${date} ${two(hour)}:${minute}:${second}${digits === undefined ? "" : `.${digits}`}${half}`;
  }
  const alone = dotted ? DOTTED.exec(text) : null;
  if (alone !== null)
    return `${two(alone[1])}:${alone[2]}:${alone[3]}${alone[4] === undefined ? "" : `.${alone[4]}`}`;
  const yearDay = YEAR_DAY.exec(text);
  if (yearDay !== null) return `${yearDay[1]}-${yearDay[2]} ${yearDay[3]}`;
  const letters = CLOCK_OF_LETTERS.exec(text);
  if (letters !== null) {
    const [whole, fraction] = letters[3].split(/[.,]/);
    return `${two(letters[1])}:${two(letters[2])}:${two(whole)}${fraction === undefined ? "" : `.${fraction}`}`;
  }
  const unpadded = UNPADDED.exec(text);
  if (unpadded === null || (unpadded[3].length === 2 && unpadded[4].length === 2)) return null;
  const [all, before, hour, minute, second] = unpadded;
  return text.replace(all, `${before}${two(hour)}:${two(minute)}:${two(second)}`);
}

function eastAsian(text: string): string | null {
  if (!/[年년时時点點시上下오午]/.test(text)) return null;
  return text
    .replace(EAST_ASIAN_DATE, (_, year, month, day) => `${year}-${two(month)}-${two(day)} `)
    .replace(
      EAST_ASIAN_CLOCK,
      (_, hour, minute, second = "00") => `${two(hour)}:${two(minute)}:${two(second)}`,
    )
    .replace(EAST_ASIAN_HALF, (_, half, clock) => `${clock} ${/上午|오전|午前/.test(half) ? "AM" : "PM"}`)
    .trim();
}

/** Whether a text of this form is a time of day rather than a date: no month is over 12, or 0. */
export function isDottedClock(text: string): boolean {
  const match = DOTTED.exec(text);
  return match !== null && Number(match[1]) < 25 && (Number(match[2]) > 12 || Number(match[2]) === 0);
}

const UNITS_US: Readonly<Record<string, number>> = {
  ns: 1e-3,
  us: 1,
  µs: 1,
  μs: 1,
  usec: 1,
  ms: 1e3,
  msec: 1e3,
  s: 1e6,
  sec: 1e6,
  secs: 1e6,
  second: 1e6,
  seconds: 1e6,
  min: 60e6,
  h: 3600e6,
};
const ONE_UNIT = /^\+?(-?\d+(?:[.,]\d+)?)\s?([a-zµμ]{1,7})$/i;
const MINUTES_SECONDS = /^(\d+)\s?m(?:in)?\s?(\d{1,2}(?:[.,]\d+)?)\s?s$/i;
const ISO_DURATION = /^P(?:(\d+)D)?T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d+)?)S)?$/i;
/** pandas' Timedelta. */
const DAYS = /^(\d+) days? \+?(\d{1,2}):(\d\d):(\d\d(?:\.\d+)?)$/;

/** A time since a start with its unit (`12.5 s`, `T+12.5`, `PT1.5S`, `0 days 00:00:01.5`), as whole µs; or null. */
export function durationUs(cell: string): string | null {
  if (cell.length > LONGEST_TIME) return null;
  const isMission = /^T\s?\+\s?\d/i.test(cell);
  const text = cell.replace(/^T\s?\+\s?(?=\d)/i, "");
  const number = (digits: string | undefined): number => Number((digits ?? "0").replace(",", "."));
  if (isMission && /^\d+(?:[.,]\d+)?$/.test(text)) return String(Math.round(number(text) * 1e6));
  const one = ONE_UNIT.exec(text);
  const unit = one === null ? undefined : UNITS_US[one[2].toLowerCase()];
  if (one !== null && unit !== undefined) return String(Math.round(number(one[1]) * unit));
  const minutes = MINUTES_SECONDS.exec(text);
  if (minutes !== null) return sumUs(0, 0, number(minutes[1]), number(minutes[2]));
  const parts = ISO_DURATION.exec(text) ?? DAYS.exec(text);
  if (parts === null) return null;
  return sumUs(number(parts[1]), number(parts[2]), number(parts[3]), number(parts[4]));
}

function sumUs(days: number, hours: number, minutes: number, seconds: number): string {
  return String(Math.round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1e6));
}

/** A cell as its column is rewritten, or as it is. */
export function rewrittenCell(cell: string, rewriting: Rewriting): string {
  return (rewriting === "duration" ? durationUs(cell) : usualTime(cell, rewriting === "dotted")) ?? cell;
}
