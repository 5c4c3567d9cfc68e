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
    await this.readInto(start, bytes);
    return bytes;
  }

  async readInto(start: number, into: Uint8Array): Promise<void> {
    requireRange(start, into.byteLength, this.size);
    for (let at = 0; at < into.byteLength; ) {
      const bytesRead = await this.#readSome(into, at, start + at);
      if (bytesRead === 0) throw new ObjectStoreError(this.#key, "The stored file ended before its length.");
      at += bytesRead;
    }
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
