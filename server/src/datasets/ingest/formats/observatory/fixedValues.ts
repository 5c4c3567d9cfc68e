/** From here on a number is the format's word for "missing" (99999) or "not recorded" (88888), however many digits. */
const FIRST_SENTINEL = 88_888;

/** A value of an observatory's file, nT or minutes of arc; null where it holds none; NaN where it is no number. */
export function observatoryValue(text: string, scale: number, firstSentinel = FIRST_SENTINEL): number | null {
  if (!/^[+-]?\d+(\.\d*)?$/.test(text)) return Number.NaN;
  const value = Number(text);
  return Math.abs(value) >= firstSentinel ? null : value * scale;
}
