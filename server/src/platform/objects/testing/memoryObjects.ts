import { requireRange, streamRange } from "../byteRange.ts";
import { ObjectExistsError, ObjectMissingError } from "../errors.ts";
import { requireObjectKey, requireObjectPrefix } from "../objectKey.ts";
import { putObject } from "../putObject.ts";
import type { ObjectEntry, ObjectReader, ObjectStore, ObjectWriter } from "../types.ts";

/** A store for tests, whose bytes can be reached past the interface to damage them. */
export class MemoryObjects implements ObjectStore {
  readonly bytesByKey = new Map<string, Uint8Array>();

  put(key: string, source: AsyncIterable<Uint8Array>): Promise<{ size: number }> {
    return putObject(this, key, source);
  }

  async createWriter(key: string): Promise<ObjectWriter> {
    requireObjectKey(key);
    const requireFree = () => {
      if (this.bytesByKey.has(key)) throw new ObjectExistsError(key);
    };
    requireFree();
    const pieces: Uint8Array[] = [];
    return {
      write: async (bytes) => void pieces.push(Uint8Array.from(bytes)),
      close: async () => {
        requireFree();
        this.bytesByKey.set(key, joinBytes(pieces));
      },
      abort: async () => void pieces.splice(0),
    };
  }

  async open(key: string): Promise<ObjectReader> {
    return readerOf(this.#bytes(key));
  }

  async exists(key: string): Promise<boolean> {
    requireObjectKey(key);
    return this.bytesByKey.has(key);
  }

  async delete(key: string): Promise<void> {
    requireObjectKey(key);
    this.bytesByKey.delete(key);
  }

  async deletePrefix(prefix: string): Promise<{ deleted: number }> {
    if (prefix === "") throw new RangeError("refusing to delete every object: the prefix is empty");
    let deleted = 0;
    for await (const { key } of this.list(prefix)) {
      this.bytesByKey.delete(key);
      deleted += 1;
    }
    return { deleted };
  }

  async *list(prefix: string): AsyncGenerator<ObjectEntry> {
    requireObjectPrefix(prefix);
    for (const key of [...this.bytesByKey.keys()].sort()) {
      const bytes = this.bytesByKey.get(key);
      if (!key.startsWith(prefix) || bytes === undefined) continue;
      yield { key, size: bytes.byteLength, modifiedAt: new Date(0) };
    }
  }

  #bytes(key: string): Uint8Array {
    requireObjectKey(key);
    const bytes = this.bytesByKey.get(key);
    if (bytes === undefined) throw new ObjectMissingError(key);
    return bytes;
  }
}

export function readerOf(bytes: Uint8Array): ObjectReader {
  const reader: ObjectReader = {
    size: bytes.byteLength,
    read: async (start, length) => {
      requireRange(start, length, bytes.byteLength);
      return bytes.slice(start, start + length);
    },
    stream: (start, end) => streamRange(reader, start, end),
    close: async () => undefined,
  };
  return reader;
}

export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(pieces));
}

export async function* inPieces(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

export async function readAll(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  return joinBytes(await Array.fromAsync(pieces));
}
