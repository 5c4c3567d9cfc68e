import type { FileHandle } from "node:fs/promises";
import { requireRange, streamRange } from "../byteRange.ts";
import { fromSystemError, ObjectStoreError } from "../errors.ts";
import { readAhead } from "../readAhead.ts";
import type { ObjectReader } from "../types.ts";

/** Reads ranges of one open file. */
export class FileReader implements ObjectReader {
  readonly size: number;
  readonly #key: string;
  readonly #file: FileHandle;

  constructor(key: string, file: FileHandle, size: number) {
    this.#key = key;
    this.#file = file;
    this.size = size;
  }

  async read(start: number, length: number): Promise<Uint8Array> {
    requireRange(start, length, this.size);
    const bytes = new Uint8Array(new ArrayBuffer(length));
    for (let at = 0; at < length; ) {
      const bytesRead = await this.#readSome(bytes, at, start + at);
      if (bytesRead === 0) throw new ObjectStoreError(this.#key, "The stored file ended before its length.");
      at += bytesRead;
    }
    return bytes;
  }

  stream(start?: number, end?: number): AsyncIterable<Uint8Array> {
    return readAhead(streamRange(this, start, end));
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #readSome(bytes: Uint8Array, offset: number, position: number): Promise<number> {
    try {
      return (await this.#file.read(bytes, offset, bytes.byteLength - offset, position)).bytesRead;
    } catch (error) {
      throw fromSystemError(this.#key, error);
    }
  }
}
