import { type ByteSource, openSeries, type Series, type SeriesManifest } from "@magtrace/series";
import { LRUCache } from "lru-cache";
import type { ObjectReader, ObjectStore } from "../platform/objects/types.ts";

/** What all opened series may take together. Their blocks are kept, and bounded, by the object store. */
const MOST_BYTES = 32 * 1024 * 1024;
/** In memory, estimated: objects of JavaScript with their strings; a column stands in the layout of every file. */
const BYTES_A_TRACK = 160;
const BYTES_A_COLUMN = 250;
/** A reader, its open file, its key and the promise of it. */
const BYTES_A_FILE = 4096;
/** Until it is opened. */
const LEAST_BYTES = 1024;

interface Entry {
  readonly series: Promise<Series>;
  users: number;
  evicted: boolean;
}

/** The cache takes a new size for a new value alone. */
interface Kept {
  readonly entry: Entry;
}

/** Series kept open between requests, bounded in bytes: a window costs the reading of its own bytes alone. */
export class SeriesCache {
  readonly #objects: ObjectStore;
  readonly #mostBytes: number;
  readonly #entries: LRUCache<string, Kept>;

  constructor(objects: ObjectStore, mostBytes: number = MOST_BYTES) {
    this.#objects = objects;
    this.#mostBytes = mostBytes;
    this.#entries = new LRUCache({
      maxSize: mostBytes,
      noDisposeOnSet: true,
      dispose: ({ entry }) => {
        entry.evicted = true;
        closeIfUnused(entry);
      },
    });
  }

  /** Estimated, of all that are kept. */
  get bytes(): number {
    return this.#entries.calculatedSize;
  }

  /** Lends the series under a prefix for as long as `work` runs. */
  async use<T>(prefix: string, work: (series: Series) => Promise<T>): Promise<T> {
    const entry = this.#entries.get(prefix)?.entry ?? this.#open(prefix);
    entry.users++;
    try {
      return await work(await entry.series);
    } finally {
      entry.users--;
      closeIfUnused(entry);
    }
  }

  async close(): Promise<void> {
    this.#entries.clear();
  }

  #open(prefix: string): Entry {
    const series = openSeries({
      open: async (name) => sharedSource(await this.#objects.open(prefix + name)),
    });
    const entry: Entry = { series, users: 0, evicted: false };
    this.#entries.set(prefix, { entry }, { size: LEAST_BYTES });
    series.then(
      (opened) => this.#resize(prefix, entry, estimatedBytes(opened)),
      () => this.#forget(prefix, entry),
    );
    return entry;
  }

  /** One that is larger than everything together is kept alone: opened anew for each window it would cost more. */
  #resize(prefix: string, entry: Entry, bytes: number): void {
    if (this.#entries.peek(prefix)?.entry !== entry) return;
    this.#entries.set(prefix, { entry }, { size: Math.min(bytes, this.#mostBytes) });
  }

  #forget(prefix: string, entry: Entry): void {
    if (this.#entries.peek(prefix)?.entry === entry) this.#entries.delete(prefix);
  }
}

function closeIfUnused(entry: Entry): void {
  if (!entry.evicted || entry.users > 0) return;
  entry.series.then((series) => series.close()).catch(() => undefined);
}

/** Reads without copying where the store can: windows take only cells out of what they read. */
function sharedSource(reader: ObjectReader): ByteSource {
  return {
    size: reader.size,
    read: (start, length) => reader.readSome?.(start, length) ?? reader.read(start, length),
    close: () => reader.close(),
  };
}

/** What a series takes while it is open, by what its manifest says. */
export function estimatedBytes({ channels, tracks, files }: SeriesManifest): number {
  const names = channels.reduce((sum, name) => sum + 2 * name.length, 0);
  const sensors = tracks.reduce((sum, { sensorId }) => sum + BYTES_A_TRACK + 2 * sensorId.length, 0);
  const columns = files.length * (1 + 4 * channels.length) * BYTES_A_COLUMN;
  return LEAST_BYTES + names + sensors + columns + files.length * BYTES_A_FILE;
}
