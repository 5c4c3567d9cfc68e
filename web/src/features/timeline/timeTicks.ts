import { digitsFor, formatClock, formatDay, type TimeKind } from "./formatTime.ts";
import type { Viewport } from "./viewport.ts";

export interface Tick {
  /** In rows. */
  readonly x: number;
  readonly text: string;
}

const LONG_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200];
const DAY = 86_400;

/** The smallest round step (1-2-5 below a second, clock steps above, then days) of at least `seconds`. */
export function roundStep(seconds: number): number {
  if (seconds > 43_200) {
    const days = seconds / DAY;
    const power = 10 ** Math.floor(Math.log10(Math.max(days, 1)));
    return ([1, 2, 5, 10].find((factor) => factor * power >= days - 1e-9) ?? 10) * power * DAY;
  }
  const long = LONG_STEPS.find((step) => step >= seconds - 1e-9);
  if (seconds > 0.5 && long !== undefined) return long;
  const power = 10 ** Math.floor(Math.log10(Math.max(seconds, 1e-6)) + 1e-9);
  return ([1, 2, 5, 10].find((factor) => factor * power >= seconds - power * 1e-9) ?? 10) * power;
}

/** Round row numbers: what is left when the times of a view do not ascend. */
export function rowTicks(view: Viewport, most: number): Tick[] {
  const raw = Math.max((view.end - view.start) / Math.max(most, 1), 1);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= raw - 1e-9) ?? 10) * power;
  const ticks: Tick[] = [];
  for (let x = Math.max(Math.ceil(view.start / step) * step, 0); x <= view.end; x += step) {
    ticks.push({ x, text: `#${x.toLocaleString("en")}` });
  }
  return ticks;
}

/**
 * Ticks at round times for an axis that counts rows. Rows are not evenly spaced in time, so each round time is looked
 * up between the two points around it; where the time does not ascend (several sensors, clocks set back) the ticks
 * are row numbers.
 *
 * @param x Places of the points, rows, ascending, shape (points).
 * @param seconds Their times, shape (points). NaN counts as not ascending.
 * @param most How many ticks fit.
 * Cost O(points).
 */
export function timeTicks(
  view: Viewport,
  { row: x, seconds }: { row: Float64Array; seconds: Float64Array },
  kind: TimeKind,
  most: number,
): Tick[] {
  let from = 0;
  while (from + 1 < x.length && (x[from + 1] as number) <= view.start) from += 1;
  let to = from;
  while (to + 1 < x.length && (x[to] as number) < view.end) to += 1;
  if (to - from < 1) return rowTicks(view, most);
  for (let i = from; i < to; i += 1) {
    if (!((seconds[i + 1] as number) >= (seconds[i] as number))) return rowTicks(view, most);
  }
  const first = seconds[from] as number;
  const last = seconds[to] as number;
  if (!(last > first)) return rowTicks(view, most);

  const step = roundStep((last - first) / Math.max(most, 1));
  const digits = digitsFor(step);
  const ticks: Tick[] = [];
  let day = "";
  let i = from;
  // Counted, not summed: a thousand additions of 0.1 are not 100.
  for (let n = Math.ceil(first / step - 1e-9); n * step <= last; n += 1) {
    const at = n * step;
    while (i + 1 < to && (seconds[i + 1] as number) < at) i += 1;
    const before = seconds[i] as number;
    const after = seconds[i + 1] as number;
    const share = after > before ? Math.min(Math.max((at - before) / (after - before), 0), 1) : 0;
    const place = (x[i] as number) + share * ((x[i + 1] as number) - (x[i] as number));
    if (place < view.start || place > view.end) continue;
    const today = kind === "absolute" ? formatDay(at) : "";
    const clock = formatClock(at, kind, digits);
    ticks.push({ x: place, text: today === day ? clock : step >= DAY ? today : `${clock}\n${today}` });
    if (step < DAY) day = today;
  }
  return ticks;
}
