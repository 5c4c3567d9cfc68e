import type { TimeKind } from "./types.ts";

/**
 * Writes a time for people and scripts: ISO 8601 in UTC when absolute, seconds since the recording's zero when
 * relative; as many decimals as it has, at least three of them for absolute times. Reading it back gives the same µs.
 *
 * @param timeUs µs, whole. @throws {RangeError} an absolute time no calendar has.
 */
export function formatTime(timeUs: number, kind: TimeKind): string {
  if (kind === "relative") return formatSeconds(timeUs);
  const ms = Math.floor(timeUs / 1000);
  const us = timeUs - ms * 1000;
  const iso = new Date(ms).toISOString();
  return us === 0 ? iso : `${iso.slice(0, -1)}${String(us).padStart(3, "0")}Z`;
}

function formatSeconds(timeUs: number): string {
  const size = Math.abs(timeUs);
  const whole = Math.floor(size / 1e6);
  const rest = size - whole * 1e6;
  const decimals = rest === 0 ? "" : `.${String(rest).padStart(6, "0").replace(/0+$/, "")}`;
  return `${timeUs < 0 ? "-" : ""}${whole}${decimals}`;
}
