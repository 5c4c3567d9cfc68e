import type { ColumnMapping, TimeMapping } from "@magtrace/contracts";

const TIME_FORMS: Record<NonNullable<TimeMapping["form"]>, string> = {
  datetime: "dates with time",
  epoch_s: "seconds since 1970",
  epoch_ms: "milliseconds since 1970",
  epoch_us: "microseconds since 1970",
  epoch_ns: "nanoseconds since 1970",
  clock: "times of day",
  minutes: "minutes and seconds",
  hours_minutes: "hours and minutes",
  hhmmss: "times of day without colons",
  seconds: "time since the start",
  excel_days: "spreadsheet days",
  matlab_days: "MATLAB days",
  julian_days: "Julian days",
  gps_week: "GPS week and seconds",
  day_of_year: "year and day of year",
  parts: "in several columns",
  rate: "none, rows come at an even rate",
};
const ORDERS: Record<string, string> = {
  dmy: "day before month",
  mdy: "month before day",
  ymd: "year, month, day",
};

/** What a mapping says, one phrase for each thing; by what it is about, so that two can be compared. */
function phrases(mapping: ColumnMapping): Map<string, string> {
  const said = new Map<string, string>();
  const { unit, factor, time = {}, missing, ignore = [], sensors = {} } = mapping;
  if (unit !== undefined) said.set("unit", `field in ${unit}`);
  if (factor !== undefined) said.set("factor", `one number of the field is ${factor} nT`);
  if (time.form !== undefined) said.set("form", `times are ${TIME_FORMS[time.form]}`);
  if (time.unit !== undefined)
    said.set("time unit", `times counted in ${time.unit === "us" ? "µs" : time.unit}`);
  if (time.zone !== undefined) said.set("zone", `times in ${time.zone === "Z" ? "UTC" : `UTC${time.zone}`}`);
  if (time.date_order !== undefined) said.set("order", `dates with ${ORDERS[time.date_order]}`);
  if (time.rate_hz !== undefined) said.set("rate", `${time.rate_hz} rows a second`);
  if (time.start !== undefined) said.set("start", `first row at ${time.start}`);
  if (missing !== undefined) {
    const codes = missing.join(", ");
    said.set("missing", codes === "" ? "all numbers are values" : `${codes} mean that there is no value`);
  }
  const columns = { ...mapping.columns, ...time.columns };
  for (const [target, name] of Object.entries(columns)) {
    if (name === undefined) continue;
    said.set(
      `column ${target}`,
      target === "label" ? `labels from “${name}”` : `${targetWord(target)} from “${name}”`,
    );
  }
  for (const [sensor, own] of Object.entries(sensors)) {
    said.set(
      `sensor ${sensor}`,
      `sensor ${sensor} from ${Object.values(own)
        .map((name) => `“${name}”`)
        .join(", ")}`,
    );
  }
  if (ignore.length > 0) said.set("ignore", `without ${ignore.map((name) => `“${name}”`).join(", ")}`);
  if (mapping.header_line !== undefined) {
    said.set("header", mapping.header_line === 0 ? "no header" : `header on line ${mapping.header_line}`);
  }
  if (mapping.member !== undefined) said.set("member", `file “${mapping.member}” of the archive`);
  if (mapping.encoding !== undefined) said.set("encoding", `text in ${mapping.encoding}`);
  if (mapping.delimiter !== undefined)
    said.set("delimiter", `columns parted by ${delimiterWord(mapping.delimiter)}`);
  if (mapping.decimal !== undefined)
    said.set("decimal", `decimal ${mapping.decimal === "," ? "comma" : "point"}`);
  return said;
}

export function targetWord(target: string): string {
  return target === "timestamp_pc" ? "time" : target === "sensor_id" ? "sensors" : target;
}

export function delimiterWord(delimiter: string): string {
  const words: Record<string, string> = {
    ",": "commas",
    ";": "semicolons",
    "\t": "tabs",
    "|": "bars",
    " ": "blanks",
  };
  return words[delimiter] ?? delimiter;
}

/** All that a mapping says, in words. Empty: it says nothing. */
export function describeMapping(mapping: ColumnMapping): string[] {
  return [...phrases(mapping).values()];
}

/** What a mapping says that the one before did not, and what it no longer says. */
export function describeChange(before: ColumnMapping | null, after: ColumnMapping | null): string[] {
  if (after === null) return ["as the file itself says"];
  const [was, is] = [phrases(before ?? {}), phrases(after)];
  const added = [...is].filter(([about, phrase]) => was.get(about) !== phrase).map(([, phrase]) => phrase);
  const dropped = [...was].filter(([about]) => !is.has(about)).map(([, phrase]) => `no longer: ${phrase}`);
  const all = [...added, ...dropped];
  return all.length > 0 ? all : ["the same again"];
}
