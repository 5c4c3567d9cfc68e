/** Absolute times are seconds since 1970 UTC, relative ones seconds since a zero that has no date. */
export type TimeKind = "absolute" | "relative";

const DAY = 86_400;

/** Digits after the point that tell two times `stepSeconds` apart. */
export function digitsFor(stepSeconds: number): number {
  return Math.min(6, Math.max(0, Math.ceil(-Math.log10(stepSeconds) - 1e-9)));
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** Splits after rounding to the digits shown, so that 59.9996 s never shows as 60. */
function clockParts(seconds: number, digits: number) {
  const scale = 10 ** digits;
  const units = Math.round(seconds * scale);
  const whole = Math.floor(units / scale);
  const fraction = digits === 0 ? "" : `.${String(units - whole * scale).padStart(digits, "0")}`;
  return { whole, fraction };
}

/** Time of day, "12:00:05.250"; for relative times "0:05.250" or "1:00:05". */
export function formatClock(seconds: number, kind: TimeKind, digits: number): string {
  if (!Number.isFinite(seconds)) return "–";
  if (kind === "relative") {
    const { whole, fraction } = clockParts(Math.abs(seconds), digits);
    const hours = Math.floor(whole / 3600);
    const minutes = Math.floor((whole % 3600) / 60);
    const sign = seconds < 0 ? "−" : "";
    const rest = `${two(whole % 60)}${fraction}`;
    return hours > 0 ? `${sign}${hours}:${two(minutes)}:${rest}` : `${sign}${minutes}:${rest}`;
  }
  const { whole, fraction } = clockParts(seconds, digits);
  const ofDay = ((whole % DAY) + DAY) % DAY;
  return `${two(Math.floor(ofDay / 3600))}:${two(Math.floor((ofDay % 3600) / 60))}:${two(ofDay % 60)}${fraction}`;
}

/** The calendar day in UTC, "2025-11-06". */
export function formatDay(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? "–" : date.toISOString().slice(0, 10);
}

/** A whole moment: "2025-11-06 12:00:05.250 UTC", or for relative times what `formatClock` says. */
export function formatInstant(seconds: number, kind: TimeKind, digits: number): string {
  if (!Number.isFinite(seconds)) return "–";
  const clock = formatClock(seconds, kind, digits);
  if (kind === "relative") return clock;
  // The day of the rounded time, as the clock beside it is rounded too.
  const { whole } = clockParts(seconds, digits);
  return `${formatDay(whole)} ${clock} UTC`;
}
