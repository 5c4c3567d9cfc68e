import { type ColumnMapping, TARGETS, type TimeMapping } from "@magtrace/contracts";
import type { TimeReading } from "../cells/parseTime.ts";
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
  columns.columns.forEach(({ becomes }, position) => {
    const target = TARGETS.find((one) => one === becomes);
    if (target !== undefined) named[target] ??= placeName(columns.columns, position);
  });
  const isText = source.format === "text" && source.delimiter !== null;
  return {
    ...given,
    columns: named,
    ...unitOf(table),
    time: { ...timeOf(table.time), ...given?.time },
    ...(isText
      ? {
          header_line: headerLine ?? 0,
          ...(source.encoding === null ? {} : { encoding: source.encoding }),
          ...(source.delimiter === null ? {} : { delimiter: source.delimiter }),
          ...(source.decimal === null ? {} : { decimal: source.decimal }),
        }
      : {}),
  };
}

/** Only where it is that of every axis: one said by a mapping goes for all of them. */
function unitOf({ columns }: TableInput): Pick<ColumnMapping, "unit"> {
  const axes = columns.columns.filter(({ becomes }) => /^b(_[xyz])?$/.test(becomes ?? ""));
  return axes.every(({ unit }) => unit === columns.unit) ? { unit: columns.unit } : {};
}

function timeOf({ form, usPerUnit, zone }: TimeReading): TimeMapping {
  const unit = TIME_UNITS.find(([us]) => us === usPerUnit)?.[1];
  const counts = form === "seconds" && unit !== undefined;
  return { form, ...(counts ? { unit } : {}), ...(form === "datetime" && !zone ? { zone: "Z" } : {}) };
}
