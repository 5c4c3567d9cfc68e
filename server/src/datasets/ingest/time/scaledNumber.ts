import { scanNumber, scannedTo } from "../cells/parseNumber.ts";

let scanEnd = 0;

/** Where the last `scanScaled` stopped. */
export function scaledTo(): number {
  return scanEnd;
}

/**
 * A number times `usPerUnit`, rounded to whole µs. Digits before and behind the decimal sign are taken apart: a
 * nanosecond since 1970 has more of them than a double.
 */
export function scanScaled(
  bytes: Uint8Array,
  at: number,
  end: number,
  usPerUnit: number,
  decimal: number,
): number {
  const negative = bytes[at] === 45;
  const from = negative ? at + 1 : at;
  let p = from;
  while (p < end && bytes[p] >= 48 && bytes[p] <= 57) p++;
  const split = usPerUnit < 1 ? Math.max(from, p - 3) : p;
  let high = 0;
  let low = 0;
  for (let i = from; i < split; i++) high = high * 10 + bytes[i] - 48;
  for (let i = split; i < p; i++) low = low * 10 + bytes[i] - 48;
  const whole = p - from;
  let fraction = 0;
  if (p < end && bytes[p] === decimal) {
    let unit = 1;
    const first = ++p;
    for (; p < end && bytes[p] >= 48 && bytes[p] <= 57; p++) {
      if (p - first < 15) fraction = fraction * 10 + bytes[p] - 48;
      if (p - first < 15) unit *= 10;
    }
    fraction /= unit;
  }
  scanEnd = p;
  // Exponents, signs and cells without a digit.
  if (whole === 0 || whole > 19 || (bytes[p] | 32) === 101) {
    const value = scanNumber(bytes, at, end, decimal);
    scanEnd = scannedTo();
    return Math.round(value * usPerUnit);
  }
  const us =
    usPerUnit < 1
      ? high + Math.round((low + fraction) * usPerUnit)
      : high * usPerUnit + Math.round(fraction * usPerUnit);
  // Half a µs is rounded towards later, as Math.round does.
  if (!negative) return us;
  return usPerUnit >= 1 ? 0 - us : 0 - (high + Math.ceil((low + fraction) * usPerUnit - 0.5));
}
