import type { ColumnName } from "../cells/columnNames.ts";
import { microsecondsPer } from "../cells/units.ts";
import type { PartKind } from "./timeParts.ts";

/** Words of a name: `rtcDate`, `TimeUS`, `Time since boot [ms]` → what stands in them, lower case, units included. */
export function wordsOf(text: string): string[] {
  return text
    .slice(0, 200)
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, "$1 $2")
    .replace(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, "$1 $2")
    .normalize("NFC")
    .toLowerCase()
    .split(/[^\p{L}\p{N}µμ]+/u)
    .filter((word) => word !== "");
}

const TIME_WORDS = new Set(
  (
    "time times timestamp timestamps tstamp stamp ts datetime epoch epoc unix unixtime utc gmt clock wallclock " +
    "millis micros nanos milliseconds microseconds nanoseconds millisecond elapsed uptime monotonic seconds secs " +
    "second sec doy datenum serial date day datum data fecha rtc tow sod hhmmss hhmm hms zeit zeitstempel uhrzeit " +
    "met jd mjd julian zeitpunkt messzeit temps heure horodatage tiempo hora marca tempo ora orario temps_s rtctime rtcdate " +
    "gpstime systime logtime localtime loggingtime sampletime timeus timems boottime tid czas cas"
  ).split(" "),
);
/** Names with a time's word in them that are none. */
const NOT_TIME = new Set(
  (
    "zone timezone accuracy error sync offset delta diff interval integration exposure lifetime drift jitter " +
    "latency fix period covariance status quality temp temperature"
  ).split(" "),
);

/** A name that is nothing but a unit of time. */
const BARE_UNIT = /^(?:us|µs|μs|usec|ms|msec|ns|nsec|secs?)$/i;

/** Whether a name speaks of time. */
export function speaksOfTime(name: ColumnName): boolean {
  // Its own unit is one of flux density: `bx_nT`.
  if (name.fieldUnit !== null) return false;
  if (name.key === "t" || BARE_UNIT.test(name.text)) return true;
  const words = wordsOf(name.text);
  if (words.some((word) => NOT_TIME.has(word))) return false;
  return words.some((word) => TIME_WORDS.has(word) || /(timestamp|datetime|zeitstempel)/.test(word));
}

/** µs in one, by what the name says; null where it says nothing. */
export function unitOf(name: ColumnName): number | null {
  if (name.usPerUnit !== null) return name.usPerUnit;
  const words = wordsOf(name.text);
  if (BARE_UNIT.test(name.text)) {
    const bare = name.text.toLowerCase();
    return microsecondsPer(bare) ?? SHORT_UNITS[bare] ?? LONG_UNITS[bare] ?? null;
  }
  if (words.some((word) => word.startsWith("milli"))) return 1e3;
  if (words.some((word) => word.startsWith("micro"))) return 1;
  if (words.some((word) => word.startsWith("nano"))) return 1e-3;
  if (words.includes("hhmmss") || words.includes("hhmm")) return null;
  const last = words.at(-1) ?? "";
  if (words.length > 1 || last.length > 2) {
    const unit = LONG_UNITS[last] ?? (words.length > 1 ? microsecondsPer(last) : null);
    if (unit !== null && unit !== undefined) return unit;
    const glued = /^(?:time|timestamp|elapsed|uptime|boot|t)(us|usec|ms|msec|ns|nsec|sec)$/.exec(last);
    if (glued !== null) return microsecondsPer(glued[1]) ?? SHORT_UNITS[glued[1]] ?? null;
  }
  if (words.some((word) => word === "seconds" || word === "secs")) return 1e6;
  return null;
}

const SHORT_UNITS: Readonly<Record<string, number>> = { usec: 1, nsec: 1e-3, msec: 1e3 };
const LONG_UNITS: Readonly<Record<string, number>> = {
  usec: 1,
  nsec: 1e-3,
  min: 60e6,
  mins: 60e6,
  minutes: 60e6,
  hours: 3600e6,
  hrs: 3600e6,
};

/** What a name says of the zone: µs to the east, a name only people know, or nothing. */
export function zoneOf(text: string): number | string | null {
  const offset = /(?:[([{]\s*|utc\s*|gmt\s*)([+-])\s*(\d{1,2}):?(\d{2})?\s*(?:h|hours)?\s*(?:[)\]}]|$)/i.exec(
    text.slice(0, 200),
  );
  if (offset !== null) {
    const us = Number(offset[2]) * 3600e6 + Number(offset[3] ?? 0) * 60e6;
    if (us <= 18 * 3600e6) return offset[1] === "-" ? -us : us;
  }
  const words = wordsOf(text);
  if (words.some((word) => word === "utc" || word === "gmt" || word === "zulu")) return 0;
  if (/[([{]\s*z\s*[)\]}]$/i.test(text)) return 0;
  const named =
    /[([{_\s](CES?T|MES?Z|MET|EES?T|WES?T|BST|[PMCE][SD]T|AK[SD]T|HST|JST|IST|MSK|A[EWC][SD]T|NZ[SD]T)[)\]}]?$/;
  return named.exec(text)?.[1] ?? null;
}

/** Order of day and month that a name spells out: `dd/mm/yyyy`, `ddmmyy`. */
export function spelledOrder(text: string): "dmy" | "mdy" | "ymd" | null {
  const plain = text.toLowerCase();
  if (/d{1,2}[^a-z]?m{1,3}[^a-z]?y{2,4}/.test(plain)) return "dmy";
  if (/m{1,2}[^a-z]?d{1,2}[^a-z]?y{2,4}/.test(plain)) return "mdy";
  return /y{2,4}[^a-z]?m{1,2}[^a-z]?d{1,2}/.test(plain) ? "ymd" : null;
}

const PART_NAMES: Readonly<Record<string, PartKind>> = {
  year: "year",
  yyyy: "year",
  yr: "year",
  jahr: "year",
  annee: "year",
  anno: "year",
  ano: "year",
  yy: "year",
  month: "month",
  mon: "month",
  mo: "month",
  monat: "month",
  mois: "month",
  mes: "month",
  mese: "month",
  day: "day",
  dd: "day",
  dom: "day",
  tag: "day",
  jour: "day",
  dia: "day",
  giorno: "day",
  mday: "day",
  doy: "day_of_year",
  ddd: "day_of_year",
  yday: "day_of_year",
  jday: "day_of_year",
  dayofyear: "day_of_year",
  day_of_year: "day_of_year",
  julian_day: "day_of_year",
  hour: "hour",
  hours: "hour",
  hh: "hour",
  hr: "hour",
  hrs: "hour",
  h: "hour",
  stunde: "hour",
  heure: "hour",
  hora: "hour",
  ora: "hour",
  minute: "minute",
  minutes: "minute",
  min: "minute",
  mins: "minute",
  mi: "minute",
  minuten: "minute",
  minuto: "minute",
  second: "second",
  seconds: "second",
  sec: "second",
  secs: "second",
  ss: "second",
  s: "second",
  sekunde: "second",
  seconde: "second",
  segundo: "second",
  gps_week: "gps_week",
  gpsweek: "gps_week",
  gwk: "gps_week",
  week: "gps_week",
  week_number: "gps_week",
  wn: "gps_week",
  tow: "gps_seconds",
  itow: "gps_seconds",
  gps_tow: "gps_seconds",
  gps_seconds: "gps_seconds",
  gps_sec: "gps_seconds",
  gpsseconds: "gps_seconds",
  gps_sow: "gps_seconds",
  sow: "gps_seconds",
  seconds_of_week: "gps_seconds",
  time_of_week: "gps_seconds",
  gms: "gps_seconds",
  sod: "clock",
  seconds_of_day: "clock",
  second_of_day: "clock",
};

const FRACTION =
  /^(ms|msecs?|millis|milli|milliseconds?|us|usecs?|micros|microseconds?|ns|nsecs?|nanosecs?|nanoseconds?)$/;

/** The part of a time that a column is by its name alone. */
export function partNamed(name: ColumnName): PartKind | "fraction" | null {
  if (name.text === "MM") return "month";
  if (name.text === "mm") return "minute";
  const plain = name.text
    .replace(/\s*[([{].*$/, "")
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .replace(/^(utc|gmt|local|date|time|rtc)_(?=[a-z])/, "");
  const last = plain.slice(plain.lastIndexOf("_") + 1);
  if (FRACTION.test(plain) || /^(nsecs?|nanosecs?|usecs?|microsecs?)$/.test(last)) return "fraction";
  return Object.hasOwn(PART_NAMES, plain) ? PART_NAMES[plain] : null;
}
