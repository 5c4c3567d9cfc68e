import { putObject } from "./putObject.ts";
import type { ObjectEntry, ObjectReader, ObjectStore, ObjectWriter, PutOptions } from "./types.ts";

/** Hands everything on to another store. What stands before one says only where it differs. */
export class DelegatingObjects implements ObjectStore {
  protected readonly inner: ObjectStore;

  constructor(inner: ObjectStore) {
    this.inner = inner;
  }

  /** By the writer that is made here. */
  put(key: string, source: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<{ size: number }> {
    return putObject(this, key, source, options);
  }

  createWriter(key: string, options: PutOptions = {}): Promise<ObjectWriter> {
    return this.inner.createWriter(key, options);
  }

  open(key: string): Promise<ObjectReader> {
    return this.inner.open(key);
  }

  exists(key: string): Promise<boolean> {
    return this.inner.exists(key);
  }

  delete(key: string): Promise<void> {
    return this.inner.delete(key);
  }

  deletePrefix(prefix: string): Promise<{ deleted: number }> {
    return this.inner.deletePrefix(prefix);
  }

  list(prefix: string): AsyncIterable<ObjectEntry> {
    return this.inner.list(prefix);
  }

  async probeWriting(): Promise<void> {
    await this.inner.probeWriting?.();
  }
}
