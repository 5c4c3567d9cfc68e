import type { ColumnMapping, TimeMapping } from "@magtrace/contracts";

type TimeForm = NonNullable<TimeMapping["form"]>;
type FieldUnit = NonNullable<ColumnMapping["unit"]>;

const ALL_UNITS: Record<FieldUnit, true> = {
  nT: true,
  µT: true,
  mT: true,
  T: true,
  pT: true,
  G: true,
  mG: true,
  Oe: true,
  "A/m": true,
  "kA/m": true,
};
/** Those of the contract, whose own list would bring the validator along. */
export const UNITS = Object.keys(ALL_UNITS) as FieldUnit[];

type TimeWay = readonly [way: string, words: string, time: TimeMapping];
const since = (unit: NonNullable<TimeMapping["unit"]>, words: string): TimeWay => [
  `seconds ${unit}`,
  `${words} since start`,
  { form: "seconds", unit },
];
const form = (one: TimeForm, words: string): TimeWay => [one, words, { form: one }];

/** How one column can hold times: the value it is chosen by, its words, and how a mapping says it. */
export const TIME_WAYS: readonly TimeWay[] = [
  form("datetime", "date and time"),
  form("epoch_s", "s since 1970"),
  form("epoch_ms", "ms since 1970"),
  form("epoch_us", "µs since 1970"),
  form("epoch_ns", "ns since 1970"),
  since("s", "s"),
  since("ms", "ms"),
  since("us", "µs"),
  since("ns", "ns"),
  since("min", "minutes"),
  since("h", "hours"),
  since("d", "days"),
  form("clock", "time of day"),
  form("hours_minutes", "hours and minutes"),
  form("minutes", "minutes and seconds"),
  form("hhmmss", "HHMMSS"),
  form("excel_days", "spreadsheet days"),
  form("matlab_days", "MATLAB days"),
  form("julian_days", "Julian days"),
];

/** The way a mapping says, or null where it is not one of a single column. */
export function timeWayOf({ form: one, unit }: TimeMapping): string | null {
  const way = one === "seconds" ? `seconds ${unit ?? "s"}` : one;
  return TIME_WAYS.some(([known]) => known === way) ? (way ?? null) : null;
}

export const CERTAINTY_WORDS = { certain: "certain", likely: "likely", guess: "a guess" } as const;

export const DELIMITER_WORDS: readonly (readonly [NonNullable<ColumnMapping["delimiter"]>, string])[] = [
  [",", "comma"],
  [";", "semicolon"],
  ["\t", "tab"],
  ["|", "bar |"],
  [" ", "blanks"],
];

export const ENCODING_WORDS: readonly (readonly [NonNullable<ColumnMapping["encoding"]>, string])[] = [
  ["utf-8", "UTF-8"],
  ["utf-16le", "UTF-16 LE"],
  ["utf-16be", "UTF-16 BE"],
  ["windows-1252", "Windows-1252"],
];
