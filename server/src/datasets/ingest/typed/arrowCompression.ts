import { AsyncLocalStorage } from "node:async_hooks";
import { zstdDecompressSync } from "node:zlib";
import { CompressionType, compressionRegistry } from "apache-arrow";
import type { UnpackingLimit } from "../unpackingLimit.ts";
import { MAX_BATCH_BYTES, tooLarge } from "./arrowBounds.ts";
import { unpackLz4Frame } from "./lz4.ts";

/** Unpacked bytes of one batch: it is in memory as a whole. */
const MAX_UNPACKED_BATCH_BYTES = 4 * MAX_BATCH_BYTES;

interface Unpacking {
  readonly limit: UnpackingLimit;
  /** Bytes this batch may still unpack to. */
  left: number;
}

/** Whose batch is being unpacked: the library's codecs are everybody's, and are told nothing but bytes. */
const current = new AsyncLocalStorage<Unpacking>();

/** Reads one batch; what its buffers unpack to counts against the file's limit. */
export function unpackingBatch<T>(limit: UnpackingLimit, read: () => Promise<T>): Promise<T> {
  return current.run({ limit, left: MAX_UNPACKED_BATCH_BYTES }, read);
}

function counted(unpack: (bytes: Uint8Array, most: number) => Uint8Array) {
  return (bytes: Uint8Array): Uint8Array => {
    const unpacking = current.getStore();
    if (unpacking === undefined) return unpack(bytes, MAX_BATCH_BYTES);
    // One byte more than may be: a buffer that needs it is told from one that is damaged.
    const most = Math.min(MAX_BATCH_BYTES, unpacking.left, unpacking.limit.bytesLeft) + 1;
    let unpacked: Uint8Array;
    try {
      unpacked = unpack(bytes, most);
    } catch (error) {
      if (isTooLong(error)) refuse(unpacking, most);
      throw error;
    }
    refuse(unpacking, unpacked.length);
    return unpacked;
  };
}

function refuse(unpacking: Unpacking, bytes: number): void {
  unpacking.limit.addBytes(bytes);
  unpacking.left -= bytes;
  if (unpacking.left < 0 || bytes > MAX_BATCH_BYTES) throw tooLarge();
}

function isTooLong(error: unknown): boolean {
  return error instanceof RangeError && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
}

compressionRegistry.set(CompressionType.ZSTD, {
  decode: counted((bytes, most) => zstdDecompressSync(bytes, { maxOutputLength: most })),
});
compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: counted(unpackLz4Frame) });
