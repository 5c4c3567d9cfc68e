import { scaleLinear, scaleUtc } from "d3-scale";
import { digitsFor, formatClock, formatDay, type TimeKind } from "./formatTime.ts";
import type { Viewport } from "./viewport.ts";

export interface Tick {
  /** In rows. */
  readonly x: number;
  readonly text: string;
}

/** How far apart ticks should be, CSS pixels. The nearest step that is round may make it √5 times closer or wider. */
const TICK_PX = 150;
/** The widest digit of the axis's font, and what is left free between two texts, CSS pixels. */
const DIGIT_PX = 6.5;
const LEAST_SPACE_PX = 6;
const HALF_DAY = 43_200;
const DAY = 86_400;

function ticksWanted(widthPx: number): number {
  return Math.max(2, widthPx / TICK_PX);
}

/** Round row numbers: what is left when the times of a view do not ascend. */
export function rowTicks(view: Viewport, widthPx: number): Tick[] {
  return scaleLinear()
    .domain([view.start, view.end])
    .ticks(ticksWanted(widthPx))
    .filter((x) => Number.isInteger(x) && x >= 0)
    .map((x) => ({ x, text: `#${x.toLocaleString("en")}` }));
}

/** About `count` round times from `first` to `last`, seconds. */
function roundTimes(first: number, last: number, kind: TimeKind, count: number): number[] {
  const step = (last - first) / count;
  // Dates are whole milliseconds.
  if (step < 1) return scaleLinear().domain([first, last]).ticks(count);
  if (kind === "relative" && step > HALF_DAY) {
    // There are no months since a zero that has no date.
    const days = scaleLinear()
      .domain([first / DAY, last / DAY])
      .ticks(count);
    return days.map((day) => day * DAY);
  }
  const dates = scaleUtc()
    .domain([first * 1000, last * 1000])
    .ticks(count);
  return dates.map((date) => date.getTime() / 1000);
}

/**
 * Ticks at round times for an axis that counts rows. Rows are not evenly spaced in time, so each round time is looked
 * up between the two points around it; where the time does not ascend (several sensors, clocks set back) the ticks
 * are row numbers. A text that would lie over the one before it, as inside a gap in time, is left out.
 *
 * @param x Places of the points, rows, ascending, shape (points).
 * @param seconds Their times, shape (points). NaN counts as not ascending.
 * @param widthPx How wide the view is, CSS pixels.
 * Cost O(points).
 */
export function timeTicks(
  view: Viewport,
  { row: x, seconds }: { row: Float64Array; seconds: Float64Array },
  kind: TimeKind,
  widthPx: number,
): Tick[] {
  let from = 0;
  while (from + 1 < x.length && (x[from + 1] as number) <= view.start) from += 1;
  let to = from;
  while (to + 1 < x.length && (x[to] as number) < view.end) to += 1;
  if (to - from < 1) return rowTicks(view, widthPx);
  for (let i = from; i < to; i += 1) {
    if (!((seconds[i + 1] as number) >= (seconds[i] as number))) return rowTicks(view, widthPx);
  }
  const first = seconds[from] as number;
  const last = seconds[to] as number;
  if (!(last > first)) return rowTicks(view, widthPx);

  const count = ticksWanted(widthPx);
  const few = roundTimes(first, last, kind, count);
  const times = few.length > 1 ? few : roundTimes(first, last, kind, 2 * count);
  const step = times.length > 1 ? (times[1] as number) - (times[0] as number) : (last - first) / count;
  const digits = digitsFor(step);
  const perRow = widthPx / (view.end - view.start);
  const ticks: Tick[] = [];
  let day = "";
  let i = from;
  let freeFromPx = Number.NEGATIVE_INFINITY;
  for (const at of times) {
    while (i + 1 < to && (seconds[i + 1] as number) < at) i += 1;
    const before = seconds[i] as number;
    const after = seconds[i + 1] as number;
    const share = after > before ? Math.min(Math.max((at - before) / (after - before), 0), 1) : 0;
    const place = (x[i] as number) + share * ((x[i + 1] as number) - (x[i] as number));
    if (place < view.start || place > view.end) continue;
    const today = kind === "absolute" ? formatDay(at) : "";
    const clock = formatClock(at, kind, digits);
    const text = today === day ? clock : step >= DAY ? today : `${clock}\n${today}`;
    const halfPx = (Math.max(...text.split("\n").map((line) => line.length)) * DIGIT_PX) / 2;
    const placePx = (place - view.start) * perRow;
    if (placePx - halfPx < freeFromPx) continue;
    freeFromPx = placePx + halfPx + LEAST_SPACE_PX;
    ticks.push({ x: place, text });
    if (step < DAY) day = today;
  }
  return ticks;
}
