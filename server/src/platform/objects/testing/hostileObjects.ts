import { requireRange } from "../byteRange.ts";
import { ObjectExistsError, ObjectMissingError } from "../errors.ts";
import { requireObjectKey } from "../objectKey.ts";
import type { ObjectReader, ObjectWriter } from "../types.ts";
import { MemoryObjects } from "./memoryObjects.ts";

/** Lengths a stream is cut to in turn: shorter than a segment, longer, and never a multiple of anything. */
const oddLengths = [1, 4_093, 65_551, 7, 100_003, 65_553];

/** One request as a store would be billed for it. */
export interface StoreRequest {
  readonly kind: "open" | "read" | "stream" | "create" | "delete";
  readonly key: string;
}

/**
 * What S3 may do and a folder does not: a stream comes in pieces of any length, what was deleted cannot be read on by
 * whoever has it open, and a key is taken by the first to finish.
 */
export class HostileObjects extends MemoryObjects {
  readonly requests: StoreRequest[] = [];
  /** Bytes streams have handed out. */
  streamedBytes = 0;

  override async createWriter(key: string): Promise<ObjectWriter> {
    this.requests.push({ kind: "create", key });
    const writer = await super.createWriter(key);
    return {
      ...writer,
      close: async () => {
        if (this.bytesByKey.has(key)) throw new ObjectExistsError(key);
        await writer.close();
      },
    };
  }

  override async open(key: string): Promise<ObjectReader> {
    requireObjectKey(key);
    this.requests.push({ kind: "open", key });
    const { size } = this.#current(key);
    let isOpen = true;
    const range = (start: number, length: number): Uint8Array => {
      if (!isOpen) throw new TypeError(`the reader of ${key} was closed already`);
      requireRange(start, length, size);
      return this.#current(key).bytes.slice(start, start + length);
    };
    return {
      size,
      read: async (start, length) => {
        this.requests.push({ kind: "read", key });
        return range(start, length);
      },
      stream: (start = 0, end = size) => {
        this.requests.push({ kind: "stream", key });
        return this.#inOddPieces(start, end, range);
      },
      close: async () => {
        isOpen = false;
      },
    };
  }

  override async delete(key: string): Promise<void> {
    this.requests.push({ kind: "delete", key });
    await super.delete(key);
  }

  async *#inOddPieces(
    start: number,
    end: number,
    range: (start: number, length: number) => Uint8Array,
  ): AsyncGenerator<Uint8Array> {
    range(start, end - start);
    for (let at = start, turn = 0; at < end; turn += 1) {
      const bytes = range(at, Math.min(oddLengths[turn % oddLengths.length]!, end - at));
      at += bytes.byteLength;
      this.streamedBytes += bytes.byteLength;
      yield bytes;
    }
  }

  #current(key: string): { bytes: Uint8Array; size: number } {
    const bytes = this.bytesByKey.get(key);
    if (bytes === undefined) throw new ObjectMissingError(key);
    return { bytes, size: bytes.byteLength };
  }
}
