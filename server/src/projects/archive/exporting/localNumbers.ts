import type { References } from "../../../platform/archive/declaration.ts";

/**
 * Rows by the numbers they have in a file: 1, 2, 3 … in the order of their ids. Rows that are gone, and that others
 * still name, follow after the last in the order in which they are met. Eight bytes a row.
 */
export class LocalNumbers implements References {
  readonly #ids: ReadonlyMap<string, Float64Array>;
  readonly #gone = new Map<string, Map<number, number>>();
  readonly #places = new Map<string, string>();

  /** @param ids Of each table, ascending. */
  constructor(ids: ReadonlyMap<string, Float64Array>) {
    this.#ids = ids;
  }

  /** @throws {Error} the row is not part of the file, which its reference does not allow. */
  firm(table: string, id: number): number {
    const number = this.#find(table, id);
    if (number === undefined) throw new Error(`a row refers to ${table} ${id}, which is not exported`);
    return number;
  }

  id(table: string, id: number): number {
    const number = this.#find(table, id);
    if (number !== undefined) return number;
    const gone = this.#gone.get(table) ?? new Map<number, number>();
    this.#gone.set(table, gone);
    const known = gone.get(id) ?? this.#idsOf(table).length + gone.size + 1;
    gone.set(id, known);
    return known;
  }

  place(place: string | null): string | null {
    return place === null ? null : (this.#places.get(place) ?? null);
  }

  setPlace(key: string, name: string): void {
    this.#places.set(key, name);
  }

  #idsOf(table: string): Float64Array {
    const ids = this.#ids.get(table);
    if (!ids) throw new Error(`no table ${table} is exported`);
    return ids;
  }

  #find(table: string, id: number): number | undefined {
    const ids = this.#idsOf(table);
    let low = 0;
    let high = ids.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ids[middle]! < id) low = middle + 1;
      else high = middle;
    }
    return ids[low] === id ? low + 1 : undefined;
  }
}
