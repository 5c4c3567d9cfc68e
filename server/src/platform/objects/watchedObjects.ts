import { isDamage } from "./errors.ts";
import type { ObjectEntry, ObjectReader, ObjectStore, ObjectWriter, PutOptions } from "./types.ts";

/**
 * Tells which objects turn out damaged or missing while people and jobs read them. An object that is deleted at that
 * moment is told, too: whoever is told has to look again.
 */
export class WatchedObjects implements ObjectStore {
  readonly #inner: ObjectStore;
  readonly #tell: (error: unknown) => void;

  constructor(inner: ObjectStore, onUnreadable: (key: string) => void) {
    this.#inner = inner;
    this.#tell = (error) => {
      if (isDamage(error)) onUnreadable(error.key);
    };
  }

  async open(key: string): Promise<ObjectReader> {
    try {
      return new WatchedReader(await this.#inner.open(key), this.#tell);
    } catch (error) {
      this.#tell(error);
      throw error;
    }
  }

  put(key: string, source: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<{ size: number }> {
    return this.#inner.put(key, source, options);
  }

  createWriter(key: string, options: PutOptions = {}): Promise<ObjectWriter> {
    return this.#inner.createWriter(key, options);
  }

  exists(key: string): Promise<boolean> {
    return this.#inner.exists(key);
  }

  delete(key: string): Promise<void> {
    return this.#inner.delete(key);
  }

  deletePrefix(prefix: string): Promise<{ deleted: number }> {
    return this.#inner.deletePrefix(prefix);
  }

  list(prefix: string): AsyncIterable<ObjectEntry> {
    return this.#inner.list(prefix);
  }

  async probeWriting(): Promise<void> {
    await this.#inner.probeWriting?.();
  }
}

class WatchedReader implements ObjectReader {
  readonly size: number;
  readonly readSome?: (start: number, length: number) => Promise<Uint8Array>;
  readonly readInto?: (start: number, into: Uint8Array) => Promise<void>;
  readonly #inner: ObjectReader;
  readonly #tell: (error: unknown) => void;
  readonly #told = (error: unknown): never => {
    this.#tell(error);
    throw error;
  };

  constructor(inner: ObjectReader, tell: (error: unknown) => void) {
    this.#inner = inner;
    this.#tell = tell;
    this.size = inner.size;
    if (inner.readSome) this.readSome = (start, length) => inner.readSome!(start, length).catch(this.#told);
    if (inner.readInto) this.readInto = (start, into) => inner.readInto!(start, into).catch(this.#told);
  }

  read(start: number, length: number): Promise<Uint8Array> {
    return this.#inner.read(start, length).catch(this.#told);
  }

  async *stream(start?: number, end?: number): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#inner.stream(start, end);
    } catch (error) {
      this.#told(error);
    }
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
