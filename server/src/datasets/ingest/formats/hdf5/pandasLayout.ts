import { timeUnitOf } from "./cfTime.ts";
import type { Hdf5Column } from "./hdf5Table.ts";
import { columnsOf, type StoredColumns, textOf, textsOf } from "./storedColumns.ts";
import type { StoredDataset, StoredGroup } from "./storedObjects.ts";

const MAX_BLOCKS = 100;

/**
 * A frame as pandas' `to_hdf` writes it by default: its index in `axis1`, its columns in blocks of one type each.
 *
 * @returns null where the group is none. Source: pandas, io/pytables.py, class BlockManagerFixed.
 */
export function pandasFixed(group: StoredGroup): StoredColumns | null {
  if (textOf(group.attribute("pandas_type")) !== "frame") return null;
  const byName = new Map(group.datasets.map((dataset) => [dataset.name, dataset]));
  const index = byName.get("axis1");
  const found = index === undefined ? null : columnsOf(index, null);
  if (index === undefined || found === null) return null;
  const columns: Hdf5Column[] = [indexColumn(index, found.columns[0])];
  for (let i = 0; i < MAX_BLOCKS; i++) {
    const values = byName.get(`block${i}_values`);
    const items = byName.get(`block${i}_items`);
    if (values === undefined || items === undefined) break;
    const block = columnsOf(values, null);
    if (block === null || block.rows !== found.rows) continue;
    const names = items.texts();
    columns.push(...block.columns.map((column, k) => ({ ...column, name: names[k] ?? column.name })));
  }
  return { rows: found.rows, columns };
}

function indexColumn(index: StoredDataset, column: Hdf5Column): Hdf5Column {
  const time = timeUnitOf(textOf(index.attribute("kind")));
  const name = textOf(index.attribute("name")) ?? (time === null ? "index" : "timestamp");
  const zone = time !== null && (time.zone || textOf(index.attribute("tz")) !== null);
  return { ...column, name, units: null, time: time && { ...time, zone } };
}

/**
 * Names of the columns in each block of a frame in pandas' table format, by the block. They are stored as pickled lists
 * of texts, of which only texts are taken.
 */
export function pandasNames(dataset: StoredDataset): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, readonly string[]>();
  for (const { name } of dataset.type.compound_type?.members ?? []) {
    if (!name.startsWith("values_block_")) continue;
    const [pickled = ""] = textsOf(dataset.attribute(`${name}_kind`)) ?? [];
    const own = [...pickled.matchAll(/^\(?a?V(.*)$/gm)].map(([, text]) =>
      text.replace(/\\u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    );
    names.set(name, own);
  }
  return names;
}
