import { findTables } from "./findTables.ts";
import type { Hdf5Library, Hdf5Module } from "./hdf5Library.ts";
import { type Hdf5Cells, type Hdf5Column, Hdf5Refusal, type Hdf5Table } from "./hdf5Table.ts";
import { readCells } from "./readCells.ts";
import { columnsOf } from "./storedColumns.ts";
import type { StoredDataset, StoredGroup } from "./storedObjects.ts";

const READ_ONLY = 0;
const ANY_VERSION = -1;
const MAX_OBJECTS = 5000;
const MAX_DEPTH = 10;
const MAX_TEXTS = 2000;
const MAX_ATTRIBUTE_BYTES = 64 * 1024;

/** An open HDF5 file. Everything is done while the caller waits; only in a thread of its own that can be ended. */
export class Hdf5File {
  readonly #library: Hdf5Library;
  readonly #module: Hdf5Module;
  readonly #id: bigint;
  #objects = 0;

  /** @throws {Hdf5Refusal} it cannot be opened. */
  constructor(library: Hdf5Library, module: Hdf5Module, path: string) {
    this.#library = library;
    this.#module = module;
    this.#id = module.open(path, READ_ONLY, false, ANY_VERSION, ANY_VERSION);
    if (this.#id < 0n) throw new Hdf5Refusal("it cannot be opened");
  }

  tables(): Hdf5Table[] {
    return findTables(this.#group("/", 0));
  }

  read(columns: readonly Hdf5Column[], from: number, rows: number): Hdf5Cells[] {
    return readCells(this.#module, this.#id, columns, { from, rows });
  }

  /** Compressions of a column's dataset that the library does not have. */
  unknownFilters({ path }: Hdf5Column): string[] {
    const filters = this.#module.get_dataset_filters(this.#id, path);
    return filters
      .filter(({ id }) => id > 6 || id === 4)
      .map(({ id, name }) => name.slice(0, 60) || `filter ${id}`);
  }

  close(): void {
    this.#module.close_file(this.#id);
  }

  #group(path: string, depth: number): StoredGroup {
    const datasets: StoredDataset[] = [];
    const groups: StoredGroup[] = [];
    for (const name of this.#module.get_names(this.#id, path, false)) {
      if (++this.#objects > MAX_OBJECTS) {
        throw new Hdf5Refusal(
          `it has more than ${MAX_OBJECTS} objects; a file with the magnetometer's alone would do`,
        );
      }
      // MATLAB's own bookkeeping.
      if (name.startsWith("#")) continue;
      const own = path === "/" ? `/${name}` : `${path}/${name}`;
      const kind = this.#module.get_type(this.#id, own);
      if (kind === this.#module.H5G_DATASET) datasets.push(this.#dataset(own, name));
      else if (kind === this.#module.H5G_GROUP && depth < MAX_DEPTH) groups.push(this.#group(own, depth + 1));
    }
    return { path, datasets, groups, attribute: (name) => this.#attribute(path, name) };
  }

  #dataset(path: string, name: string): StoredDataset {
    const type = this.#module.get_dataset_metadata(this.#id, path);
    const dataset: StoredDataset = {
      path,
      name,
      type,
      attribute: (wanted) => this.#attribute(path, wanted),
      texts: () => this.#texts(dataset),
    };
    return dataset;
  }

  #texts(dataset: StoredDataset): readonly string[] {
    const found = columnsOf(dataset, null);
    if (found === null || found.rows > MAX_TEXTS) return [];
    const [cells] = this.read(found.columns.slice(0, 1), 0, found.rows);
    return Array.isArray(cells) ? cells : [];
  }

  /** null where there is none, or none that can be read. */
  #attribute(path: string, name: string): unknown {
    try {
      if (!this.#module.get_attribute_names(this.#id, path).includes(name)) return null;
      const { size, total_size: count } = this.#module.get_attribute_metadata(this.#id, path, name);
      if (size * count > MAX_ATTRIBUTE_BYTES) return null;
      return new this.#library.Dataset(this.#id, path).get_attribute(name, true);
    } catch {
      return null;
    }
  }
}
