import { formatDuration } from "./formatMoment.ts";

/** How long one has to wait, on a button: "45 s", "14 min 05 s". */
export function waitWords(seconds: number): string {
  return seconds < 60 ? `${seconds} s` : formatDuration(seconds);
}
