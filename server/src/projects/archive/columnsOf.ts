import type { ArchivedColumn, ArchivedTable, ObjectColumn } from "../../platform/archive/declaration.ts";

export type StoredColumn = Exclude<ArchivedColumn, { role: "omitted" }>;
type Named<Column> = readonly (readonly [name: string, column: Column])[];

const stored = new WeakMap<ArchivedTable, Named<StoredColumn>>();
const objects = new WeakMap<ArchivedTable, Named<ObjectColumn>>();

/** Columns that are in a file, in the order declared. Listed once: rows come by the million. */
export function columnsOf(table: ArchivedTable): Named<StoredColumn> {
  const known = stored.get(table);
  if (known) return known;
  const columns = Object.entries(table.columns).flatMap(([name, column]) =>
    column.role === "omitted" ? [] : [[name, column] as const],
  );
  stored.set(table, columns);
  return columns;
}

export function objectColumnsOf(table: ArchivedTable): Named<ObjectColumn> {
  const known = objects.get(table);
  if (known) return known;
  const columns = columnsOf(table).flatMap(([name, column]) =>
    column.role === "object" ? [[name, column] as const] : [],
  );
  objects.set(table, columns);
  return columns;
}
