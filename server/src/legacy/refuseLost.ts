import { type Bringing, rowsOf } from "./bring.ts";
import { type LegacyTable, tables } from "./tables.ts";

/** Rows of a damaged database whose parent is gone: each table with the column that names it. */
const parents: readonly (readonly [table: LegacyTable, column: string, parent: LegacyTable])[] = [
  [tables.dataset, "project_id", tables.project],
  [tables.category, "project_id", tables.project],
  [tables.model, "project_id", tables.project],
  [tables.annotation, "dataset_id", tables.dataset],
  [tables.label, "dataset_id", tables.dataset],
  [tables.reading, "dataset_id", tables.dataset],
  [tables.session, "model_id", tables.model],
  [tables.prediction, "model_id", tables.model],
  [tables.inference, "model_id", tables.oldModel],
];

/** Refuses what nothing else came across: rows of nobody, and suggestions, which are made anew. */
export function refuseLost(bringing: Bringing): void {
  const { report } = bringing;
  for (const [table, column, parent] of parents) {
    const lost = `${column} IS NOT NULL AND ${column} NOT IN (SELECT id FROM ${parent})`;
    for (const { row, cells } of rowsOf(bringing, table, lost)) {
      report.refused(
        table,
        cells.id,
        `There is no row ${String(row[column])} in ${parent} to which it belongs.`,
      );
    }
  }
  for (const { cells } of rowsOf(bringing, tables.suggestion)) {
    report.refused(cells.table, cells.id, "Suggestions are made anew, by a model that is trained here.");
  }
}
