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
};

export function describeReading(time: TimeReading): string {
  const zone = time.form !== "datetime" ? "" : time.zone ? " with a zone" : " without a zone";
  return FORMS[time.form] + zone;
}
