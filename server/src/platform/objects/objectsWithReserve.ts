import type { DiskSpace } from "../disk/diskSpace.ts";
import { DelegatingObjects } from "./delegatingObjects.ts";
import type { ObjectStore, ObjectWriter, PutOptions } from "./types.ts";

/**
 * Stops writing before the disk is full, so that the database beside it can go on. Reading and deleting never ask.
 */
export class ObjectsWithReserve extends DelegatingObjects {
  readonly #disk: DiskSpace;

  constructor(inner: ObjectStore, disk: DiskSpace) {
    super(inner);
    this.#disk = disk;
  }

  override async createWriter(key: string, options: PutOptions = {}): Promise<ObjectWriter> {
    await this.#disk.requireRoom();
    const writer = await this.inner.createWriter(key, options);
    return {
      write: async (bytes) => {
        await this.#disk.requireRoomToGoOn(bytes.byteLength);
        await writer.write(bytes);
      },
      close: () => writer.close(),
      abort: () => writer.abort(),
    };
  }
}
