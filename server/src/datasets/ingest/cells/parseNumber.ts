/** Powers of ten that are exact in a double. */
const POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
const MAX_EXACT = 2 ** 53;
const SPLITTER = 2 ** 27 + 1;

const MINUS = 45;
const PLUS = 43;
const ZERO = 48;
const NINE = 57;

/** Where the last `scanNumber` stopped. A module variable: a result object a cell would be most of the cost. */
let scanEnd = 0;

export function scannedTo(): number {
  return scanEnd;
}

/**
 * Reads a decimal number at `at`: sign, digits with at most one decimal sign, exponent. Correctly rounded, as
 * `Number()` of the same text is.
 *
 * @param decimal Byte of the decimal sign.
 * @returns The number; NaN where none begins there, and then `scannedTo()` is `at`. An overflow is ±Infinity.
 * Cost some 10 ns up to 19 digits; `Number()` on a string beyond that and in the rare case too close to call.
 * Source: up to 15 digits Clinger, "How to read floating point numbers accurately", 1990, §4; 16 to 19 digits by
 * double-double arithmetic (Dekker 1971) with a test that the rounding is certain.
 */
export function scanNumber(bytes: Uint8Array, at: number, end: number, decimal: number): number {
  // Up to nine digits and no exponent is most cells there are, and fits an int32.
  const negative = bytes[at] === MINUS;
  const start = negative ? at + 1 : at;
  const limit = Math.min(end, start + 10);
  let whole = 0;
  let position = start;
  let fraction = 0;
  let digit = 0;
  for (; position < limit; position++) {
    digit = bytes[position] - ZERO;
    if (digit < 0 || digit > 9) break;
    whole = (Math.imul(whole, 10) + digit) | 0;
  }
  let digits = position - start;
  if (position < limit && bytes[position] === decimal) {
    position++;
    const first = position;
    for (; position < limit; position++) {
      digit = bytes[position] - ZERO;
      if (digit < 0 || digit > 9) break;
      whole = (Math.imul(whole, 10) + digit) | 0;
    }
    fraction = position - first;
    digits += fraction;
  }
  const next = position < end ? bytes[position] : 0;
  const more = (next >= ZERO && next <= NINE) || (next | 32) === 101 || next === decimal;
  if (digits === 0 || digits > 9 || more || (negative && whole === 0)) {
    return scanAny(bytes, at, end, decimal);
  }
  scanEnd = position;
  const size = fraction === 0 ? whole : whole / POWERS[fraction];
  return negative ? -size : size;
}

function scanAny(bytes: Uint8Array, at: number, end: number, decimal: number): number {
  let position = at;
  let byte = bytes[position];
  const negative = byte === MINUS;
  if (negative || byte === PLUS) position++;
  let high = 0;
  let low = 0;
  let digits = 0;
  let lowDigits = 0;
  let fraction = 0;
  let seen = 0;
  let point = false;
  for (; position < end; position++) {
    byte = bytes[position];
    if (byte >= ZERO && byte <= NINE) {
      seen++;
      if (point) fraction++;
      if (digits < 15) {
        high = high * 10 + (byte - ZERO);
        if (high > 0) digits++;
      } else {
        low = low * 10 + (byte - ZERO);
        lowDigits++;
      }
    } else if (byte === decimal && !point) point = true;
    else break;
  }
  scanEnd = at;
  if (seen === 0) return Number.NaN;
  let exponent = -fraction;
  if ((byte | 32) === 101 && position < end) {
    let p = position + 1;
    const minus = bytes[p] === MINUS;
    if (minus || bytes[p] === PLUS) p++;
    let power = 0;
    const first = p;
    for (; p < end && bytes[p] >= ZERO && bytes[p] <= NINE; p++)
      power = Math.min(power * 10 + bytes[p] - ZERO, 9999);
    if (p > first) {
      exponent += minus ? -power : power;
      position = p;
    }
  }
  scanEnd = position;
  let value = Number.NaN;
  if (lowDigits === 0) {
    if (high === 0) value = 0;
    else if (exponent >= -22 && exponent <= 22) {
      value = exponent < 0 ? high / POWERS[-exponent] : high * POWERS[exponent];
    }
  } else if (lowDigits <= 4 && exponent >= -22 && exponent <= 0) {
    value = scaled(high, low, lowDigits, -exponent);
  }
  if (Number.isNaN(value)) return slowNumber(bytes, at, position, decimal);
  return negative ? -value : value;
}

/**
 * (high × 10^lowDigits + low) / 10^power, correctly rounded, or NaN where that is too close to call.
 * high < 10^15, low < 10^4, 0 ≤ power ≤ 22.
 */
function scaled(high: number, low: number, lowDigits: number, power: number): number {
  // Numerator a + b, exactly.
  const ten = POWERS[lowDigits];
  const product = high * ten;
  const a = product + low;
  const b = productError(high, ten, product) + (low - (a - product));
  if (b === 0 && power === 0 && a < MAX_EXACT) return a;
  const divisor = POWERS[power];
  const quotient = a / divisor;
  const back = quotient * divisor;
  const remainder = a - back - productError(quotient, divisor, back) + b;
  const rest = remainder / divisor;
  const result = quotient + rest;
  const error = rest - (result - quotient);
  // The true quotient is result + error within 2^-100 of it; certain unless error is that near half a unit in the
  // last place, below which the unit may be half as large.
  const bound = Math.abs(result) * 2 ** -90;
  if (result + (error + bound) !== result || result + (error - bound) !== result) return Number.NaN;
  return result;
}

/** x × y − product, exactly, where product is the rounded x × y (Dekker's TwoProduct). */
function productError(x: number, y: number, product: number): number {
  const cx = SPLITTER * x;
  const xHigh = cx - (cx - x);
  const xLow = x - xHigh;
  const cy = SPLITTER * y;
  const yHigh = cy - (cy - y);
  const yLow = y - yHigh;
  return xHigh * yHigh - product + xHigh * yLow + xLow * yHigh + xLow * yLow;
}

function slowNumber(bytes: Uint8Array, start: number, end: number, decimal: number): number {
  let text = "";
  for (let i = start; i < end; i++) text += bytes[i] === decimal ? "." : String.fromCharCode(bytes[i]);
  return Number(text);
}

const LONGEST_GROUPED = 40;

/**
 * A number's text without the signs between its thousands, or null where it has none. Apostrophes and blanks are such
 * signs in every file.
 *
 * @param grouping Byte of the file's own sign; 0 where it has none.
 */
export function ungrouped(text: string, decimal: number, grouping: number): Uint8Array | null {
  if (text.length > LONGEST_GROUPED) return null;
  const match = /^[+-]?\d{1,3}([.,'’ \u00A0\u202F\u2009])\d{3}(?:\1\d{3})*(?:([.,])\d*)?$/.exec(text);
  if (match === null) return null;
  const [, sign, point] = match;
  if (".,".includes(sign) && sign.charCodeAt(0) !== grouping) return null;
  if (point !== undefined && point.charCodeAt(0) !== decimal) return null;
  return Buffer.from(text.replaceAll(sign, ""));
}

/** What stands for "no value" in a cell, lower case. */
const MISSING = new Set([
  "",
  "nan",
  "null",
  "na",
  "n/a",
  "none",
  "nil",
  "-",
  "--",
  "?",
  "#n/a",
  "<na>",
  "-nan",
  "missing",
  "n.a.",
  "nd",
  "n.d.",
  "*",
  "**",
  "***",
  "****",
  "*****",
  "---",
  ".",
  "inf",
  "+inf",
  "-inf",
  "infinity",
  "-infinity",
  "∞",
  "1.#inf",
  "-1.#inf",
  "1.#qnan",
  "-1.#ind",
  "nan(ind)",
  "overflow",
  "ovf",
  "ovrflw",
  "invalid",
  "err",
  "error",
  "#value!",
  "#num!",
  "#div/0!",
  "#ref!",
  "#name?",
  "#null!",
  "#nv",
  "#wert!",
  "#zahl!",
  "#bezug!",
  "#valeur!",
  "#nombre!",
  "#valor!",
  "#núm!",
  "#num",
  "#nan",
  "undefined",
  "undef",
  "notanumber",
  "not a number",
  "no data",
  "no value",
  "no_data",
  "nodata",
  "no reading",
  "missing value",
  "not available",
  "unavailable",
  "<null>",
  "(null)",
  "[null]",
  "\\n",
  "void",
  "blank",
  "empty",
  "—",
  "–",
]);

/** `1.#QNAN` and the like as Windows' C library wrote them, with the zeros of their precision; `nan(snan)`, `---.--`. */
const MISSING_FORMS =
  /^[+-]?(?:\d\.#(?:qnan|snan|ind|inf)\d*|nan\((?:[a-z]*|0x[\da-f]+)\)|-+\.?-*|\*+\.?\**|\?+)$/;

/** Whether a cell says that there is no value. */
export function isMissing(text: string): boolean {
  // None but the forms with # ends with a digit, and most cells do.
  const last = text.charCodeAt(text.length - 1);
  if (last >= ZERO && last <= NINE && !text.includes("#")) return false;
  if (text.length > 30) return false;
  const plain = text.toLowerCase();
  return MISSING.has(plain) || MISSING_FORMS.test(plain);
}
