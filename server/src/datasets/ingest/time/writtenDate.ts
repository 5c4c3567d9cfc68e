import { dateUs, dayOfYearUs, fullYear, monthNamed } from "./calendar.ts";
import type { WrittenDate } from "./dateStyle.ts";

let source: Uint8Array = new Uint8Array(0);
let position = 0;
let limit = 0;
/** Digits that `number` read: by a function, for the compiler does not see that it changes. */
let digits = 0;

function digitsRead(): number {
  return digits;
}

/** Where the last `scanWritten` stopped. */
export function writtenTo(): number {
  return position;
}

/**
 * Reads a date and time at `at`, as `style` says.
 *
 * @param zone Whether an offset from UTC must stand behind it; else none may.
 * @param comma Whether a comma may stand before a fraction of a second.
 * @returns µs since 1970, in UTC where there is a zone; NaN where the bytes are not written so. Cost some 100 ns.
 */
export function scanWritten(
  bytes: Uint8Array,
  at: number,
  end: number,
  style: WrittenDate,
  zone: boolean,
  comma: boolean,
): number {
  source = bytes;
  position = at;
  limit = end;
  let us = scanDate(style.order);
  if (style.clock === "none") return zone ? Number.NaN : us;
  if (Number.isNaN(us)) return us;
  scanBetween(style.clock);
  us += scanDayTime(style.clock, style.meridiem, comma);
  if (style.zoneName !== null) return takeLetters(style.zoneName) ? us : Number.NaN;
  const before = position;
  const offset = scanOffset();
  if (Number.isNaN(offset)) position = before;
  return zone ? us - offset : Number.isNaN(offset) ? us : Number.NaN;
}

/** A time of day alone: µs since midnight, NaN where there is none. `writtenTo` says where it ends. */
export function scanClockTime(
  bytes: Uint8Array,
  at: number,
  end: number,
  style: Pick<WrittenDate, "clock" | "meridiem">,
  comma: boolean,
): number {
  source = bytes;
  position = at;
  limit = end;
  return style.clock === "none" ? Number.NaN : scanDayTime(style.clock, style.meridiem, comma);
}

function byteAt(at: number): number {
  return at < limit ? source[at] : 0;
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}

function isLetter(byte: number): boolean {
  return (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) || byte >= 128;
}

/** At most `most` digits, NaN where none is there; sets `digits`. */
function number(most: number): number {
  let value = 0;
  digits = 0;
  while (digits < most && isDigit(byteAt(position))) {
    value = value * 10 + source[position++] - 48;
    digits++;
  }
  return digits === 0 ? Number.NaN : value;
}

function word(): string {
  const from = position;
  while (isLetter(byteAt(position))) position++;
  return Buffer.from(source.subarray(from, position)).toString("utf8");
}

function scanDate(order: WrittenDate["order"]): number {
  if (order === "named") return scanNamedDate();
  if (order === "year_day") return scanYearDay();
  if (order.endsWith("_digits")) return scanDigitDate(order);
  const first = number(4);
  const firstDigits = digits;
  const separator = byteAt(position);
  // . / - _ and, as cameras write it, a colon.
  const separates = separator === 46 || separator === 47 || separator === 45 || separator === 95;
  if (!separates && !(separator === 58 && order === "ymd" && firstDigits === 4)) return Number.NaN;
  position++;
  const second = number(2);
  if (byteAt(position++) !== separator) return Number.NaN;
  const third = number(4);
  if (isDigit(byteAt(position))) return Number.NaN;
  return ordered(order, [first, second, third], firstDigits, digits);
}

function ordered(
  order: WrittenDate["order"],
  [a, b, c]: readonly [number, number, number],
  firstDigits: number,
  lastDigits: number,
): number {
  if (order.startsWith("ymd")) return lastDigits <= 2 ? realDate(fullYear(a, firstDigits), b, c) : Number.NaN;
  if (firstDigits > 2) return Number.NaN;
  const year = fullYear(c, lastDigits);
  return order.startsWith("dmy") ? realDate(year, b, a) : realDate(year, a, b);
}

function realDate(year: number, month: number, day: number): number {
  return year >= 1900 && year < 2255 ? dateUs(year, month, day) : Number.NaN;
}

function scanDigitDate(order: WrittenDate["order"]): number {
  const value = number(9);
  if (digits === 8) {
    const [a, b, c] = [Math.floor(value / 1e4), Math.floor(value / 100) % 100, value % 100];
    if (order === "ymd_digits") return realDate(a, b, c);
    const [first, second, year] = [Math.floor(value / 1e6), Math.floor(value / 1e4) % 100, value % 1e4];
    return ordered(order, [first, second, year], 2, 4);
  }
  // Further digits may be the time of day.
  if (digits === 9 && order === "ymd_digits") {
    position--;
    const date = Math.floor(value / 10);
    return realDate(Math.floor(date / 1e4), Math.floor(date / 100) % 100, date % 100);
  }
  // Spreadsheets drop the zero in front.
  if (digits !== 6 && digits !== 5) return Number.NaN;
  return ordered(order, [Math.floor(value / 1e4), Math.floor(value / 100) % 100, value % 100], 2, 2);
}

function scanYearDay(): number {
  const year = number(4);
  if (digits !== 4) return Number.NaN;
  if (!isDigit(byteAt(position))) {
    const separator = byteAt(position);
    if (separator !== 45 && separator !== 47 && separator !== 46 && separator !== 32) return Number.NaN;
    position++;
  }
  const day = number(4);
  return digitsRead() === 3 && year >= 1900 && year < 2255 ? dayOfYearUs(year, day) : Number.NaN;
}

/** Blanks, points, commas, dashes and slashes between the parts of a date with a name in it. */
function skipMarks(): void {
  for (;;) {
    const byte = byteAt(position);
    if (byte !== 32 && byte !== 46 && byte !== 44 && byte !== 45 && byte !== 47 && byte !== 95) return;
    position++;
  }
}

/** `15-Jun-2026`, `15. Juni 2026`, `Jun 15, 2026`, `2026-Jun-15`, `Mon, 15 Jun 2026`. */
function scanNamedDate(): number {
  let month = Number.NaN;
  if (isLetter(byteAt(position))) {
    month = monthNamed(word());
    skipMarks();
    // `Mon Jun 15`: the first was a day of the week.
    if (isLetter(byteAt(position))) {
      month = monthNamed(word());
      skipMarks();
    }
  }
  const first = number(4);
  const firstDigits = digits;
  skipMarks();
  if (isLetter(byteAt(position))) {
    month = monthNamed(word());
    skipMarks();
  } else if (Number.isNaN(month)) return Number.NaN;
  const last = number(4);
  if (firstDigits === 4) return digits <= 2 ? realDate(first, month, last) : Number.NaN;
  return realDate(fullYear(last, digits), month, first);
}

function scanBetween(clock: WrittenDate["clock"]): void {
  const byte = byteAt(position);
  // T t _ - : , and blanks; digits may follow digits at once.
  if (byte === 84 || byte === 116 || byte === 95 || byte === 45 || byte === 58) position++;
  else {
    if (byte === 44) position++;
    while (byteAt(position) === 32) position++;
  }
  if (clock === "colons" && byte === 32 && byteAt(position) === 45 && byteAt(position + 1) === 32)
    position += 2;
}

function scanDayTime(clock: WrittenDate["clock"], meridiem: boolean, comma: boolean): number {
  let hour = 0;
  let minute = 0;
  let second = 0;
  let milliseconds = 0;
  if (clock === "digits") {
    let value = number(9);
    // Milliseconds straight behind the seconds.
    if (digits === 9) {
      milliseconds = value % 1000;
      value = Math.floor(value / 1000);
      digits = 6;
    }
    if (digits === 6 || digits === 5) {
      hour = Math.floor(value / 1e4);
      minute = Math.floor(value / 100) % 100;
      second = value % 100;
    } else if (digits === 4 || digits === 3) {
      hour = Math.floor(value / 100);
      minute = value % 100;
    } else return Number.NaN;
  } else {
    hour = number(2);
    if (byteAt(position) !== 58) return Number.NaN;
    position++;
    minute = number(2);
    if (digits !== 2) return Number.NaN;
    if (byteAt(position) === 58) {
      position++;
      second = number(2);
      if (digitsRead() === 0) return Number.NaN;
    }
  }
  // A 60th second is the next minute's first.
  const isEnd = hour === 24 && minute === 0 && second === 0 && !meridiem;
  if (!(hour <= 23 || isEnd) || !(minute <= 59) || !(second <= 60)) return Number.NaN;
  const fraction = scanFraction(comma);
  if (meridiem) hour = halfDay(hour);
  return (hour * 3600 + minute * 60 + second) * 1e6 + milliseconds * 1e3 + fraction;
}

/** Digits behind a point or comma, or three or six behind a colon, as µs. */
function scanFraction(comma: boolean): number {
  const byte = byteAt(position);
  if ((byte !== 46 && byte !== 58 && !(comma && byte === 44)) || !isDigit(byteAt(position + 1))) return 0;
  const from = ++position;
  let us = 0;
  let unit = 1e6;
  for (; isDigit(byteAt(position)); position++) {
    unit /= 10;
    us += (source[position] - 48) * unit;
  }
  const read = position - from;
  return byte === 58 && read !== 3 && read !== 6 ? Number.NaN : Math.round(us);
}

/** The hour of 24 where AM or PM stands behind an hour of 12; NaN where neither does. */
function halfDay(hour: number): number {
  while (byteAt(position) === 32) position++;
  const letter = byteAt(position) | 32;
  let at = position + 1;
  if (byteAt(at) === 46) at++;
  if ((letter !== 97 && letter !== 112) || (byteAt(at) | 32) !== 109 || hour < 1 || hour > 12)
    return Number.NaN;
  position = byteAt(at + 1) === 46 ? at + 2 : at + 1;
  return (hour % 12) + (letter === 112 ? 12 : 0);
}

function takeLetters(name: string): boolean {
  while (byteAt(position) === 32) position++;
  return word() === name;
}

/** `Z`, `UTC`, `GMT`, `±H[H][[:]MM]`, `UTC+2`: µs to the east; NaN where there is none. */
function scanOffset(): number {
  while (byteAt(position) === 32) position++;
  const named = word();
  if (/^z$/i.test(named)) return 0;
  if (named !== "" && !/^(utc|gmt)$/i.test(named)) return Number.NaN;
  const sign = byteAt(position) === 43 ? 1 : byteAt(position) === 45 ? -1 : 0;
  if (sign === 0) return named === "" ? Number.NaN : 0;
  position++;
  let hours = number(4);
  let minutes = 0;
  if (digits > 2) {
    minutes = hours % 100;
    hours = Math.floor(hours / 100);
  } else if (byteAt(position) === 58) {
    position++;
    minutes = number(2);
  }
  return hours <= 18 && minutes <= 59 ? sign * (hours * 3600e6 + minutes * 60e6) : Number.NaN;
}
