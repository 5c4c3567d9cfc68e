import type { Hdf5Column, Hdf5Table } from "./hdf5Table.ts";
import { pandasFixed, pandasNames } from "./pandasLayout.ts";
import { columnsOf, textsOf } from "./storedColumns.ts";
import type { StoredDataset, StoredGroup } from "./storedObjects.ts";

const MAX_TABLES = 200;
const COMPOUND = 6;
const COLUMN_NAMES = ["columns", "column_names", "names", "fields", "channels"];

/** Tables of a file: compound datasets, and the columns of a group that are equally long. */
export function findTables(root: StoredGroup): Hdf5Table[] {
  const tables: Hdf5Table[] = [];
  const loose: Hdf5Column[] = [];
  const rowsOf = new Map<Hdf5Column, number>();
  visit(root);
  // Times and axes may lie in groups of their own: equal length is what speaks for that.
  const gathered = byRows(loose, rowsOf).map(([rows, columns]): Hdf5Table => {
    const named = columns.map((column) => ({ ...column, name: longName(column) }));
    return { path: `all of ${rows} rows`, rows, columns: named, gathered: true };
  });
  const known = new Set(tables.map(({ rows, columns }) => `${rows} ${columns.length}`));
  return [
    ...tables,
    ...gathered.filter(({ rows, columns }) => !known.has(`${rows} ${columns.length}`)),
  ].slice(0, MAX_TABLES);

  function visit(group: StoredGroup): void {
    const frame = pandasFixed(group);
    if (frame !== null) tables.push({ path: group.path, ...frame, gathered: false });
    else visitDatasets(group);
    for (const below of group.groups) visit(below);
  }

  function visitDatasets(group: StoredGroup): void {
    const own: Hdf5Column[] = [];
    for (const dataset of group.datasets) {
      const found = columnsOf(dataset, namesOf(dataset), pandasNames(dataset));
      if (found === null) continue;
      if (dataset.type.type === COMPOUND) {
        tables.push({ path: dataset.path, ...found, gathered: false });
        continue;
      }
      for (const column of found.columns) rowsOf.set(column, found.rows);
      own.push(...found.columns);
      loose.push(...found.columns);
    }
    const lengths = byRows(own, rowsOf);
    for (const [rows, columns] of lengths) {
      const path = lengths.length === 1 ? group.path : `${group.path} (${rows} rows)`;
      tables.push({ path, rows, columns, gathered: false });
    }
  }
}

function namesOf(dataset: StoredDataset): readonly string[] | null {
  for (const name of COLUMN_NAMES) {
    const texts = textsOf(dataset.attribute(name));
    if (texts !== null) return texts;
  }
  return null;
}

/** Lengths that at least two columns have, the longest first. */
function byRows(
  columns: readonly Hdf5Column[],
  rowsOf: ReadonlyMap<Hdf5Column, number>,
): [number, Hdf5Column[]][] {
  return [...Map.groupBy(columns, (column) => rowsOf.get(column) ?? 0)]
    .filter(([rows, some]) => rows > 0 && some.length > 1)
    .sort(([a], [b]) => b - a);
}

/** With the groups it is in, without those that say nothing. */
function longName({ path, name }: Hdf5Column): string {
  const groups = path.split("/").slice(1, -1);
  return [...groups, name].join(".");
}
