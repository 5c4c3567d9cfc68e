import type { TimePart } from "../time/timeParts.ts";
import type { TimeReading } from "./parseTime.ts";

const FORMS: Readonly<Record<TimeReading["form"], string>> = {
  datetime: "a date and time (2025-06-05T11:24:40.5)",
  epoch_s: "seconds since 1970",
  epoch_ms: "milliseconds since 1970",
  epoch_us: "microseconds since 1970",
  epoch_ns: "nanoseconds since 1970",
  clock: "a time of day (HH:MM:SS.f)",
  minutes: "minutes and seconds (mm:ss.f)",
  seconds: "a number counted from a start",
  hours_minutes: "H:MM",
  hhmmss: "HHMMSS.f",
  excel_days: "days of a spreadsheet since 1899-12-30",
  matlab_days: "days of a MATLAB datenum",
  julian_days: "Julian days",
  gps_week: "GPS week and seconds",
  day_of_year: "year and day of the year",
  parts: "a date and a time in columns of their own",
  rate: "no times",
};

export function describeReading(time: TimeReading): string {
  const zone = time.form !== "datetime" ? "" : time.zone ? " with a zone" : " without a zone";
  return FORMS[time.form] + zone;
}

export function describePart({ kind, written }: TimePart): string {
  if (kind === "meridiem") return "AM or PM";
  if (kind === "clock") return written === undefined ? "a time of day as a number" : "a time of day";
  return kind === "date" ? "a date" : `the ${kind.replaceAll("_", " ")} as a number`;
}
