import type { TimeForm } from "../types.ts";
import { DAY_US, HOUR_US, MINUTE_US } from "./parseTime.ts";

const PLACES_KEPT = 10;

/**
 * Makes times within an hour (`mm:ss.f`) or a day (`HH:MM:SS`, `HH:MM`, `HHMMSS`) into times that go on.
 *
 * A backward jump of more than half the period is a rollover. Each sensor has its own count, for their rows may
 * interleave around the full hour; a sensor's first row falls into the period nearest to the row before it.
 */
export class ClockUnwrapper {
  readonly #periodUs: number;
  readonly #sensors = new Map<number, { offsetUs: number; lastUs: number }>();
  #lastUs = 0;
  count = 0;
  /** Lines of the first rollovers. */
  readonly firstLines: number[] = [];

  constructor(form: TimeForm) {
    this.#periodUs = form === "minutes" ? HOUR_US : DAY_US;
  }

  /** @param timeUs Within the period. @returns µs that may pass it. */
  unwrap(timeUs: number, sensor: number, line: number): number {
    const period = this.#periodUs;
    let state = this.#sensors.get(sensor);
    if (state === undefined) {
      const periods = this.#sensors.size === 0 ? 0 : Math.round((this.#lastUs - timeUs) / period);
      state = { offsetUs: periods * period, lastUs: timeUs };
      this.#sensors.set(sensor, state);
    }
    const jump = timeUs - state.lastUs;
    if (jump < -period / 2) {
      state.offsetUs += period;
      this.count++;
      if (this.firstLines.length < PLACES_KEPT) this.firstLines.push(line);
    } else if (jump > period - MINUTE_US && state.offsetUs >= period) {
      // Just before the full hour again: a backward step within a minute, not a leap of an hour ahead.
      state.offsetUs -= period;
    }
    state.lastUs = timeUs;
    this.#lastUs = timeUs + state.offsetUs;
    return this.#lastUs;
  }
}
