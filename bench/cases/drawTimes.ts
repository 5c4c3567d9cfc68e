import type { Draw } from "./draw.ts";
import { unusualForms } from "./drawUnusualTimes.ts";
import { MONTHS, partsOf, two, type WrittenTimes } from "./writtenTimes.ts";

const DAY_US = 86_400e6;
export interface TimeGrid {
  readonly startUs: number;
  readonly stepUs: number;
}

/** Draws one of the forms of time that instruments write. Rows stand on a grid of whole milliseconds. */
export function drawTimes(draw: Draw, { startUs, stepUs }: TimeGrid): WrittenTimes {
  const at = (row: number) => startUs + row * stepUs;
  const since = (row: number) => row * stepUs;
  const ms = (p: { ms: number }) => String(p.ms).padStart(3, "0");
  const clock = (row: number) => {
    const p = partsOf(at(row));
    return `${two(p.hour)}:${two(p.minute)}:${two(p.second)}.${ms(p)}`;
  };
  const isoDate = (row: number) => {
    const p = partsOf(at(row));
    return `${p.year}-${two(p.month)}-${two(p.day)}`;
  };
  const one = (
    family: string,
    names: readonly string[],
    cell: (row: number) => string,
    more: Partial<WrittenTimes> = {},
  ): WrittenTimes => ({
    family,
    names: [draw.pick(names)],
    cells: (row) => [cell(row)],
    known: true,
    absolute: true,
    us: at,
    ...more,
  });
  const several = (
    family: string,
    names: readonly string[],
    cells: (row: number) => string[],
    more: Partial<WrittenTimes> = {},
  ): WrittenTimes => ({ family, names, cells, known: true, absolute: true, us: at, ...more });
  const relative = { absolute: false, us: since };
  const day = partsOf(startUs).day;
  const sure = day > 12;
  const times = ["time", "Time", "timestamp", "Timestamp", "datetime", "DateTime"];
  const counted = ["time", "t", "Time", "timestamp"];
  const offset = draw.pick([-7, -4, 1, 2, 5.5, 9]);
  const zone = `${offset < 0 ? "-" : "+"}${two(Math.trunc(Math.abs(offset)))}:${offset % 1 ? "30" : "00"}`;
  const local = (row: number) => new Date((at(row) + offset * 3600e6) / 1e3).toISOString().slice(0, -1);
  const origin = draw.integer(0, 90_000) * 1e6;

  const forms: (() => WrittenTimes)[] = [
    () => one("ISO with Z", times, (row) => new Date(at(row) / 1e3).toISOString()),
    () => one("ISO with offset", times, (row) => `${local(row)}${zone}`),
    () => one("ISO without zone", times, (row) => new Date(at(row) / 1e3).toISOString().slice(0, -1)),
    () => one("date and time", times, (row) => `${isoDate(row)} ${clock(row)}`),
    () => one("Y/M/D", times, (row) => `${isoDate(row).replaceAll("-", "/")} ${clock(row)}`),
    () =>
      one(
        "zone in the header",
        [`time (${zone.replace(":", "")})`, `timestamp (${zone.replace(":", "")})`],
        (row) => local(row).replace("T", " "),
      ),
    () => one("D.M.Y", times, (row) => `${isoDate(row).split("-").reverse().join(".")} ${clock(row)}`),
    () =>
      one("D/M/Y", times, (row) => `${isoDate(row).split("-").reverse().join("/")} ${clock(row)}`, {
        known: sure,
        either: !sure,
      }),
    () =>
      one(
        "M/D/Y",
        times,
        (row) => {
          const p = partsOf(at(row));
          return `${two(p.month)}/${two(p.day)}/${p.year} ${clock(row)}`;
        },
        { known: sure, either: !sure },
      ),
    () =>
      one("AM/PM", times, (row) => {
        const p = partsOf(at(row));
        const hour = p.hour % 12 === 0 ? 12 : p.hour % 12;
        return `${p.year}-${two(p.month)}-${two(p.day)} ${hour}:${two(p.minute)}:${two(p.second)}.${ms(p)} ${p.hour < 12 ? "AM" : "PM"}`;
      }),
    () =>
      one("month names", times, (row) => {
        const p = partsOf(at(row));
        return `${two(p.day)}-${MONTHS[p.month - 1]}-${p.year} ${clock(row)}`;
      }),
    () => one("epoch s", times, (row) => (at(row) / 1e6).toFixed(3)),
    () => one("epoch ms", times, (row) => String(at(row) / 1e3)),
    () => one("epoch µs", times, (row) => String(at(row))),
    () => one("epoch ns", times, (row) => `${at(row)}${draw.fixed("000")}`),
    () =>
      one(
        "seconds since start",
        [...counted, "seconds_elapsed", "Time (s)", "t [s]", "elapsed"],
        (row) => (since(row) / 1e6).toFixed(3),
        relative,
      ),
    () =>
      one(
        "ms, said so",
        ["time_ms", "t [ms]", "Time (ms)", "millis", "timestamp_ms"],
        (row) => String((origin + since(row)) / 1e3),
        relative,
      ),
    () =>
      one(
        "µs, said so",
        ["time_us", "t [us]", "Time (µs)", "micros"],
        (row) => String(origin + since(row)),
        relative,
      ),
    () =>
      one("ms, not said", counted, (row) => String(since(row) / 1e3), {
        ...relative,
        known: stepUs <= 100e3,
        either: stepUs > 100e3,
      }),
    () =>
      one("µs, not said", counted, (row) => String(origin + 20e6 + since(row)), {
        ...relative,
        known: stepUs <= 100e3,
        either: stepUs > 100e3,
      }),
    () => one("time of day", times.slice(0, 2), clock, relative),
    () =>
      one(
        "minutes and seconds",
        times.slice(0, 3),
        (row) => {
          const p = partsOf(at(row));
          return `${two(p.minute)}:${two(p.second)}.${String(p.ms).padStart(3, "0")}`;
        },
        relative,
      ),
    () =>
      one("HHMMSS", ["time", "UTC", "hhmmss", "gps_time"], (row) => clock(row).replaceAll(":", ""), relative),
    () =>
      one("spreadsheet days", ["time", "Date", "timestamp"], (row) =>
        (at(row) / DAY_US + 25_569).toFixed(10),
      ),
    () => one("datenum", ["time", "datenum", "timestamp"], (row) => (at(row) / DAY_US + 719_529).toFixed(10)),
    () =>
      several(
        "date beside time",
        draw.pick([
          ["Date", "Time"],
          ["date", "time"],
          ["DATE", "UTC_TIME"],
        ]),
        (row) => [isoDate(row), clock(row)],
      ),
    () =>
      several("D.M.Y beside time", ["Date", "Time"], (row) => [
        isoDate(row).split("-").reverse().join("."),
        clock(row),
      ]),
    () =>
      several(
        "M/D/Y beside time",
        ["Date", "Time"],
        (row) => {
          const p = partsOf(at(row));
          return [`${p.month}/${p.day}/${p.year}`, clock(row)];
        },
        { known: sure, either: !sure },
      ),
    () =>
      several(
        "parts",
        draw.pick([
          ["year", "month", "day", "hour", "minute", "second"],
          ["YYYY", "MM", "DD", "hh", "mm", "ss"],
        ]),
        (row) => {
          const p = partsOf(at(row));
          return [p.year, p.month, p.day, p.hour, p.minute, `${p.second}.${ms(p)}`].map(String);
        },
      ),
    () =>
      several("date and hours", ["date", "hour", "minute", "second"], (row) => {
        const p = partsOf(at(row));
        return [isoDate(row), String(p.hour), String(p.minute), `${p.second}.${ms(p)}`];
      }),
    () =>
      several("day of year", ["year", "doy", "hour", "minute", "second"], (row) => {
        const p = partsOf(at(row));
        return [p.year, p.dayOfYear, p.hour, p.minute, `${p.second}.${ms(p)}`].map(String);
      }),
    () =>
      several("GPS week", ["gps_week", "gps_seconds"], (row) => {
        // GPS began on 1980-01-06 and is 18 s ahead of UTC since 2017.
        const us = at(row) - Date.UTC(1980, 0, 6) * 1e3 + 18e6;
        const week = Math.floor(us / (7 * DAY_US));
        return [String(week), ((us - week * 7 * DAY_US) / 1e6).toFixed(3)];
      }),
    ...unusualForms({ one, several, partsOf: (row) => partsOf(at(row)), clock, isoDate, at, since, stepUs }),
    () =>
      one("digits lost", times, (row) => (at(row) / 1e3).toExponential(5).toUpperCase(), {
        known: false,
        unreadable: true,
      }),
    () => several("no time", [], () => [], { known: false, unreadable: true }),
  ];
  return draw.pick(forms)();
}
