import { DAY_US, HOUR_US, type TimeReading } from "../cells/parseTime.ts";

const PLACES_KEPT = 10;
/** A survey over midnight goes back by nearly a day where only its clock went on. */
const NEARLY_A_DAY_US = 20 * HOUR_US;

interface Followed {
  readonly lastUs: number;
  readonly day: number;
  readonly offsetUs: number;
  /** The day was entered by a leap: its date was ahead of the clock, and the clock goes back to it. */
  readonly leapt: boolean;
}

/** Whether a date and a time of day are in columns of their own. */
export function hasClockBesideDate({ parts }: TimeReading): boolean {
  return parts?.some(({ kind }) => kind === "clock") === true && parts.some(({ kind }) => kind === "date");
}

/**
 * Counts on the days of a date that stands still while the clock beside it passes midnight: written once, when the
 * recording began, or behind by some rows.
 */
export class StuckDate {
  readonly #zoneUs: number;
  readonly #sensors = new Map<number, Followed>();
  count = 0;
  /** Lines of the first such midnights. */
  readonly firstLines: number[] = [];

  constructor(zoneUs: number) {
    this.#zoneUs = zoneUs;
  }

  /** @param us As date and clock say. @returns µs with the days that the date left out. */
  placed(us: number, sensor: number, line: number): number {
    const day = Math.floor((us + this.#zoneUs) / DAY_US);
    const before = this.#sensors.get(sensor);
    let offsetUs = before?.offsetUs ?? 0;
    let leapt = before?.leapt ?? false;
    if (before !== undefined && day !== before.day) {
      // The date has caught up.
      offsetUs = Math.max(0, offsetUs - Math.max(0, day - before.day) * DAY_US);
      leapt = us - before.lastUs > NEARLY_A_DAY_US;
    } else if (before !== undefined && us - before.lastUs < -NEARLY_A_DAY_US && !leapt) {
      offsetUs += DAY_US;
      this.count++;
      if (this.firstLines.length < PLACES_KEPT) this.firstLines.push(line);
    }
    this.#sensors.set(sensor, { lastUs: us, day, offsetUs, leapt });
    return us + offsetUs;
  }
}
