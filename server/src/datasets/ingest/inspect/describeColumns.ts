import type { Assumption, ColumnGuess, ColumnMapping } from "@magtrace/contracts";
import { columnName, fitOf, TARGETS } from "../cells/columnNames.ts";
import { describeReading } from "../cells/describeReading.ts";
import { printable } from "../findings.ts";
import type { TableInput } from "../typed/tableInput.ts";
import type { SourceColumn } from "../types.ts";

/** What each column was taken for, how sure that is, and why. */
export function describeColumns(
  table: TableInput,
  mapping: ColumnMapping | undefined,
  assumptions: readonly Assumption[],
): ColumnGuess[] {
  const assumed = new Map(assumptions.map((one) => [one.column, one.reason]));
  const mapped = new Set(Object.values(mapping?.columns ?? {}).map((name) => name.trim().toLowerCase()));
  return table.columns.columns.map((column, position) => ({
    name: printable(placeName(table.columns.columns, position)),
    becomes: column.becomes,
    unit: column.unit,
    time_form: column.becomes === "timestamp_pc" ? table.time.form : null,
    ...sureness(column, table, { assumed: assumed.get(column.name), isMapped: mapped.has(key(column.name)) }),
  }));
}

/** A column's name where it is the only one of that name, else its place. */
export function placeName(columns: readonly SourceColumn[], position: number): string {
  const { name } = columns[position]!;
  const same = columns.filter((other) => key(other.name) === key(name));
  return name.trim() === "" || same.length > 1 ? `#${position + 1}` : name;
}

function key(name: string): string {
  return name.trim().toLowerCase();
}

function sureness(
  { name, becomes }: SourceColumn,
  { time }: TableInput,
  { assumed, isMapped }: { assumed: string | undefined; isMapped: boolean },
): Pick<ColumnGuess, "certainty" | "reason"> {
  if (isMapped) return { certainty: "certain", reason: "The mapping says so." };
  if (assumed !== undefined) return { certainty: "guess", reason: assumed };
  if (becomes === null)
    return { certainty: "likely", reason: "It holds no numbers, or nothing that is read." };
  const target = TARGETS.find((one) => one === becomes);
  const fit = target === undefined ? null : fitOf(columnName(name), target);
  const written = becomes === "timestamp_pc" ? ` Its cells hold ${describeReading(time)}.` : "";
  if (fit === 0 || fit === 1) return { certainty: "certain", reason: `It is called so.${written}` };
  if (fit === 2) return { certainty: "likely", reason: `${becomes} is often called so.${written}` };
  if (target === undefined)
    return { certainty: "likely", reason: "It holds numbers, which are kept as they are." };
  return { certainty: "guess", reason: `Nothing in the file fits ${becomes} better.${written}` };
}
