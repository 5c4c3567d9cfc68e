import { MONTHS, type partsOf, type WrittenTimes } from "./writtenTimes.ts";

const DAY_US = 86_400e6;
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

type More = Partial<WrittenTimes>;

interface Forms {
  one(family: string, names: readonly string[], cell: (row: number) => string, more?: More): WrittenTimes;
  several(
    family: string,
    names: readonly string[],
    cells: (row: number) => string[],
    more?: More,
  ): WrittenTimes;
  partsOf(row: number): ReturnType<typeof partsOf>;
  /** `HH:MM:SS.fff`. */
  clock(row: number): string;
  /** `YYYY-MM-DD`. */
  isoDate(row: number): string;
  /** µs since 1970. */
  at(row: number): number;
  /** µs since the first row. */
  since(row: number): number;
  readonly stepUs: number;
}

/** Forms of time of single programs: C, JavaScript, Arduino's clocks, spreadsheets of Asia, timers. */
export function unusualForms(forms: Forms): (() => WrittenTimes)[] {
  const { one, several, partsOf, clock, isoDate, at, since } = forms;
  const times = ["time", "Time", "timestamp", "datetime"];
  const relative: More = { absolute: false, us: since };
  const weekday = (row: number) => DAYS[new Date(at(row) / 1e3).getUTCDay()]!;
  const named = (row: number) => `${weekday(row)} ${MONTHS[partsOf(row).month - 1]} ${partsOf(row).day}`;
  const ms = (row: number) => String(partsOf(row).ms);
  const seconds = (row: number) => clock(row).slice(0, 8);
  return [
    () => one("ctime", times, (row) => `${named(row)} ${clock(row)} ${partsOf(row).year}`),
    () =>
      one(
        "JavaScript Date",
        times,
        (row) => `${named(row)} ${partsOf(row).year} ${clock(row)} GMT+0000 (Coordinated Universal Time)`,
      ),
    () => one("dashes", times, (row) => `${isoDate(row)}-${clock(row).replace(/[:.]/g, "-")}`),
    () =>
      one("not padded", times, (row) => {
        const p = partsOf(row);
        return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}:${p.second}.${ms(row).padStart(3, "0")}`;
      }),
    () =>
      one(
        "clock not padded",
        ["time", "Time"],
        (row) => {
          const p = partsOf(row);
          return `${p.hour}:${p.minute}:${p.second}.${ms(row).padStart(3, "0")}`;
        },
        relative,
      ),
    () =>
      one("dotted clock behind a date", times, (row) => `${isoDate(row)} ${clock(row).replaceAll(":", ".")}`),
    () =>
      one("IRIG", ["time", "timestamp"], (row) => {
        const p = partsOf(row);
        return `${p.year}:${String(p.dayOfYear).padStart(3, "0")}:${clock(row)}`;
      }),
    () =>
      one("年月日", ["时间", "日時", "time"], (row) => {
        const p = partsOf(row);
        return `${p.year}年${p.month}月${p.day}日 ${clock(row)}`;
      }),
    () =>
      one("duration in s", ["time", "elapsed", "t"], (row) => `${(since(row) / 1e6).toFixed(3)} s`, relative),
    () => one("duration in ms", ["time", "elapsed", "t"], (row) => `${since(row) / 1e3}ms`, relative),
    () => one("T+", ["time", "MET"], (row) => `T+${(since(row) / 1e6).toFixed(3)}`, relative),
    () => one("PT", ["time", "elapsed"], (row) => `PT${(since(row) / 1e6).toFixed(3)}S`, relative),
    () => one("bare unit", ["us", "usec", "µs"], (row) => String(since(row) + 5e6), relative),
    () =>
      one("Julian days", ["JD", "Julian Date"], (row) => (at(row) / DAY_US + 2_440_587.5).toFixed(9), {
        us: (row) => at(row),
      }),
    () => one("modified Julian days", ["MJD", "mjd"], (row) => (at(row) / DAY_US + 40_587).toFixed(11)),
    () =>
      several(
        "hours without a date",
        ["hour", "minute", "second"],
        (row) => {
          const p = partsOf(row);
          return [String(p.hour), String(p.minute), `${p.second}.${ms(row).padStart(3, "0")}`];
        },
        relative,
      ),
    () => several("ms in a column", ["Date", "Time", "ms"], (row) => [isoDate(row), seconds(row), ms(row)]),
    () =>
      several("date and time beside ms", ["datetime", "ms"], (row) => [
        `${isoDate(row)} ${seconds(row)}`,
        ms(row),
      ]),
    () =>
      several("AM and PM in a column", ["Date", "Time", "AM/PM"], (row) => {
        const { hour } = partsOf(row);
        const half = `${hour % 12 === 0 ? 12 : hour % 12}${clock(row).slice(2)}`;
        return [isoDate(row), half, hour < 12 ? "AM" : "PM"];
      }),
    () => several("time before date", ["time", "date"], (row) => [clock(row), isoDate(row)]),
  ];
}
