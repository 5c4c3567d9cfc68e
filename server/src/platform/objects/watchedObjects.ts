import { DelegatingObjects } from "./delegatingObjects.ts";
import { isDamage } from "./errors.ts";
import type { ObjectReader, ObjectStore } from "./types.ts";

/**
 * Tells which objects turn out damaged or missing while people and jobs read them. An object that is deleted at that
 * moment is told, too: whoever is told has to look again.
 */
export class WatchedObjects extends DelegatingObjects {
  readonly #tell: (error: unknown) => void;

  constructor(inner: ObjectStore, onUnreadable: (key: string) => void) {
    super(inner);
    this.#tell = (error) => {
      if (isDamage(error)) onUnreadable(error.key);
    };
  }

  override async open(key: string): Promise<ObjectReader> {
    try {
      return new WatchedReader(await this.inner.open(key), this.#tell);
    } catch (error) {
      this.#tell(error);
      throw error;
    }
  }
}

class WatchedReader implements ObjectReader {
  readonly size: number;
  readonly readSome?: (start: number, length: number) => Promise<Uint8Array>;
  readonly readInto?: (start: number, into: Uint8Array) => Promise<void>;
  readonly #inner: ObjectReader;
  readonly #told: (error: unknown) => never;

  constructor(inner: ObjectReader, tell: (error: unknown) => void) {
    this.#inner = inner;
    this.#told = (error) => {
      tell(error);
      throw error;
    };
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
