import type { References } from "../../../platform/archive/declaration.ts";

/** Numbers of rows that a file may speak of, counted while it is checked. */
export class CheckedNumbers implements References {
  /** Rows in the file, by table. */
  readonly #counts: ReadonlyMap<string, number>;
  readonly #gone = new Map<string, number>();
  readonly #places: ReadonlySet<string>;

  constructor(counts: ReadonlyMap<string, number>, places: ReadonlySet<string>) {
    this.#counts = counts;
    this.#places = places;
  }

  /** Rows that are not in the file and are spoken of all the same. */
  gone(table: string): number {
    return this.#gone.get(table) ?? 0;
  }

  firm(table: string, number: number): number {
    const count = this.#counts.get(table) ?? 0;
    if (Number.isSafeInteger(number) && number >= 1 && number <= count) return number;
    throw new RangeError(`a row of ${table} that is in the file: 1 to ${count}`);
  }

  /** Rows that are gone follow after the last, in the order in which they are met. */
  id(table: string, number: number): number {
    const known = (this.#counts.get(table) ?? 0) + this.gone(table);
    if (number === known + 1) this.#gone.set(table, this.gone(table) + 1);
    else if (!Number.isSafeInteger(number) || number < 1 || number > known) {
      throw new RangeError(`a row of ${table}, in the file or next in line of those that are gone`);
    }
    return number;
  }

  place(place: string | null): string | null {
    if (place === null || this.#places.has(place)) return place;
    throw new RangeError("objects that are in the file, or null");
  }
}

/** The ids a file's rows get. Of a file that was checked. */
export class NewIds implements References {
  readonly #ids: ReadonlyMap<string, Float64Array>;
  readonly #places: ReadonlyMap<string, string>;

  constructor(ids: ReadonlyMap<string, Float64Array>, places: ReadonlyMap<string, string>) {
    this.#ids = ids;
    this.#places = places;
  }

  firm(table: string, number: number): number {
    return this.id(table, number);
  }

  id(table: string, number: number): number {
    const id = this.#ids.get(table)?.[number - 1];
    if (id === undefined) throw new Error(`no id was reserved for ${table} ${number}`);
    return id;
  }

  place(place: string | null): string | null {
    return place === null ? null : (this.#places.get(place) ?? null);
  }
}
