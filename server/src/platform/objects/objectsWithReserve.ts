import type { DiskSpace } from "../disk/diskSpace.ts";
import { putObject } from "./putObject.ts";
import type { ObjectEntry, ObjectReader, ObjectStore, ObjectWriter, PutOptions } from "./types.ts";

/**
 * Stops writing before the disk is full, so that the database beside it can go on. Reading and deleting never ask.
 */
export class ObjectsWithReserve implements ObjectStore {
  readonly #inner: ObjectStore;
  readonly #disk: DiskSpace;

  constructor(inner: ObjectStore, disk: DiskSpace) {
    this.#inner = inner;
    this.#disk = disk;
  }

  put(key: string, source: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<{ size: number }> {
    return putObject(this, key, source, options);
  }

  async createWriter(key: string, options: PutOptions = {}): Promise<ObjectWriter> {
    await this.#disk.requireRoom();
    const writer = await this.#inner.createWriter(key, options);
    return {
      write: async (bytes) => {
        await this.#disk.requireRoomToGoOn(bytes.byteLength);
        await writer.write(bytes);
      },
      close: () => writer.close(),
      abort: () => writer.abort(),
    };
  }

  open(key: string): Promise<ObjectReader> {
    return this.#inner.open(key);
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
