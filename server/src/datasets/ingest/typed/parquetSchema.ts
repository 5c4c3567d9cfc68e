import type { FileMetaData, SchemaElement } from "hyparquet";
import type { TimeReading } from "../cells/parseTime.ts";

export type Column = Pick<
  SchemaElement,
  "name" | "type" | "converted_type" | "logical_type" | "num_children" | "repetition_type"
>;

/** The top-level columns; null for nested and repeated ones, which are left out. */
export function flatColumns(metadata: FileMetaData): (Column | null)[] {
  const [root, ...rest] = metadata.schema;
  const columns: (Column | null)[] = [];
  for (let i = 0; i < rest.length && columns.length < (root.num_children ?? 0); ) {
    const end = afterElement(rest, i);
    const flat = end === i + 1 && !rest[i].num_children && rest[i].repetition_type !== "REPEATED";
    columns.push(flat ? rest[i] : null);
    i = end;
  }
  return columns;
}

/** Position behind an element and all below it. */
function afterElement(elements: readonly Column[], at: number): number {
  let end = at + 1;
  for (let child = 0; child < (elements[at].num_children ?? 0) && end < elements.length; child++) {
    end = afterElement(elements, end);
  }
  return end;
}

export function isNumber(column: Column | null): boolean {
  if (column === null || timeReadingOf(column) !== null) return false;
  return (
    column.type === "DOUBLE" || column.type === "FLOAT" || column.type === "INT32" || column.type === "INT64"
  );
}

export function timeReadingOf(column: Column): TimeReading | null {
  const logical = column.logical_type;
  if (logical?.type === "TIMESTAMP") return { form: "datetime", usPerUnit: 1, zone: logical.isAdjustedToUTC };
  if (column.converted_type?.startsWith("TIMESTAMP")) return { form: "datetime", usPerUnit: 1, zone: true };
  if (column.type === "INT96") return { form: "datetime", usPerUnit: 1, zone: false };
  if (logical?.type === "DATE" || column.converted_type === "DATE")
    return { form: "datetime", usPerUnit: 1, zone: false };
  if (logical?.type === "TIME" || column.converted_type?.startsWith("TIME_")) {
    return { form: "clock", usPerUnit: 1, zone: true };
  }
  return null;
}

/** µs in one of what a time-of-day column counts; the other kinds are µs already. */
export function timeOfDayScale(column: Column): number {
  const logical = column.logical_type;
  const unit =
    logical?.type === "TIME" ? logical.unit : column.converted_type === "TIME_MILLIS" ? "MILLIS" : "MICROS";
  if (unit === "MILLIS") return 1e3;
  return unit === "NANOS" ? 1e-3 : 1;
}
