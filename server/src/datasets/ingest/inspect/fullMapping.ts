import type { ColumnMapping, TimeMapping } from "@magtrace/contracts";
import { formatTime } from "@magtrace/series/withoutArrow";
import { TARGETS } from "../cells/columnNames.ts";
import type { TimePart } from "../time/timeParts.ts";
import type { TableInput } from "../typed/tableInput.ts";
import { placeName } from "./describeColumns.ts";

const TIME_UNITS: readonly (readonly [usPerUnit: number, unit: TimeMapping["unit"]])[] = [
  [1e6, "s"],
  [1e3, "ms"],
  [1, "us"],
  [1e-3, "ns"],
  [60e6, "min"],
  [3600e6, "h"],
  [86400e6, "d"],
];

/** What the caller said of a file and what was found besides, in one: with it the file is read the same way again. */
export function fullMapping(
  table: TableInput,
  given: ColumnMapping | undefined,
  headerLine: number | null,
): ColumnMapping {
  const { source, columns } = table;
  const named: Record<string, string> = { ...given?.columns };
  // A count that a clock beside it puts in time is found again by what stands in both, and cannot be said.
  const isPlaced = table.time.form === "seconds" && table.time.zeroUs !== undefined;
  columns.columns.forEach(({ becomes }, position) => {
    const target = becomes === "label" ? becomes : TARGETS.find((one) => one === becomes);
    // Several columns that together are the time are named with it.
    if (target === "timestamp_pc" && (isPlaced || table.time.parts !== undefined)) return;
    if (target !== undefined) named[target] ??= placeName(columns.columns, position);
  });
  const isText = source.format === "text" && source.delimiter !== null;
  return {
    ...given,
    columns: named,
    ...sensorsOf(table, given),
    ...unitOf(table),
    time: { ...(isPlaced ? {} : timeOf(table)), ...given?.time },
    ...(isText
      ? {
          header_line: headerLine ?? 0,
          // UTF-8 is what is read anyway; bytes further down may still show that it is something else.
          ...(source.encoding === null || source.encoding === "utf-8" ? {} : { encoding: source.encoding }),
          ...(source.delimiter === null ? {} : { delimiter: source.delimiter }),
          ...(source.decimal === null ? {} : { decimal: source.decimal }),
        }
      : {}),
  };
}

/** The columns of further sensors, by the names their channels have. */
function sensorsOf(
  { columns }: TableInput,
  given: ColumnMapping | undefined,
): Pick<ColumnMapping, "sensors"> {
  if (given?.sensors !== undefined) return {};
  const sensors: Record<string, Record<string, string>> = {};
  columns.columns.forEach(({ becomes }, position) => {
    const channel = /^(b(?:_[xyz])?)@(.+)$/.exec(becomes ?? "");
    if (channel === null) return;
    sensors[channel[2]] = { ...sensors[channel[2]], [channel[1]]: placeName(columns.columns, position) };
  });
  return Object.keys(sensors).length === 0 ? {} : { sensors };
}

/** Only where it is that of every axis: one said by a mapping goes for all of them. */
function unitOf({ columns }: TableInput): Pick<ColumnMapping, "unit"> {
  const axes = columns.columns.filter(({ becomes }) => /^b(_[xyz])?$/.test(becomes ?? ""));
  return axes.every(({ unit }) => unit === columns.unit) ? { unit: columns.unit } : {};
}

function timeOf({ time, columns }: TableInput): TimeMapping {
  const { form, usPerUnit, zone, zoneUs, written, parts, startUs, stepUs } = time;
  const unit = TIME_UNITS.find(([us]) => us === usPerUnit)?.[1];
  const order = /^(ymd|dmy|mdy)/.exec(written?.order ?? "")?.[1] as TimeMapping["date_order"];
  const names = parts && partNames(parts, (position) => placeName(columns.columns, position));
  return {
    form,
    ...(form === "seconds" && unit !== undefined ? { unit } : {}),
    ...(zoneUs !== undefined
      ? { zone: zoneText(zoneUs) }
      : form === "datetime" && !zone
        ? { zone: "Z" }
        : {}),
    ...(order === undefined ? {} : { date_order: order }),
    ...(names === undefined ? {} : { columns: names }),
    ...(stepUs === undefined ? {} : { rate_hz: 1e6 / stepUs }),
    ...(startUs === undefined ? {} : { start: formatTime(startUs, "absolute") }),
  };
}

function partNames(
  parts: readonly TimePart[],
  nameAt: (position: number) => string,
): NonNullable<TimeMapping["columns"]> {
  return Object.fromEntries(
    parts.map(({ kind, position, usPerUnit }) => {
      const isFraction = kind === "second" && usPerUnit !== 1e6;
      return [kind === "clock" ? "time" : isFraction ? "fraction" : kind, nameAt(position)];
    }),
  );
}

/** `+02:00` for two hours to the east. */
function zoneText(zoneUs: number): string {
  const minutes = Math.round(Math.abs(zoneUs) / 60e6);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${zoneUs < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
