import { openSeries, type Series } from "@magtrace/series";
import type { ObjectStore } from "../platform/objects/types.ts";

interface Entry {
  readonly series: Promise<Series>;
  users: number;
  evicted: boolean;
}

/** Series kept open between requests, so that a window costs the reading of its own bytes alone. */
export class SeriesCache {
  readonly #objects: ObjectStore;
  readonly #capacity: number;
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry>();

  constructor(objects: ObjectStore, capacity = 64) {
    this.#objects = objects;
    this.#capacity = capacity;
  }

  /** Lends the series under a prefix for as long as `work` runs. */
  async use<T>(prefix: string, work: (series: Series) => Promise<T>): Promise<T> {
    const entry = this.#entries.get(prefix) ?? this.#open(prefix);
    this.#entries.delete(prefix);
    this.#entries.set(prefix, entry);
    entry.users++;
    try {
      return await work(await entry.series);
    } finally {
      entry.users--;
      this.#closeIfUnused(entry);
    }
  }

  async close(): Promise<void> {
    for (const prefix of [...this.#entries.keys()]) this.#evict(prefix);
  }

  #open(prefix: string): Entry {
    const series = openSeries({ open: (name) => this.#objects.open(prefix + name) });
    series.catch(() => this.#entries.delete(prefix));
    const oldest = this.#entries.keys().next().value;
    if (this.#entries.size >= this.#capacity && oldest !== undefined) this.#evict(oldest);
    return { series, users: 0, evicted: false };
  }

  #evict(prefix: string): void {
    const entry = this.#entries.get(prefix);
    this.#entries.delete(prefix);
    if (!entry) return;
    entry.evicted = true;
    this.#closeIfUnused(entry);
  }

  #closeIfUnused(entry: Entry): void {
    if (!entry.evicted || entry.users > 0) return;
    entry.series.then((series) => series.close()).catch(() => undefined);
  }
}
