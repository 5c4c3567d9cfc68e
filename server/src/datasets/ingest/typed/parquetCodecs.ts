import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { type Compressors, snappyUncompress } from "hyparquet";
import { unpackLz4Block } from "./lz4.ts";

export const MAX_PAGE_BYTES = 256 * 1024 * 1024;

function sized(length: number): number {
  if (!(length >= 0 && length <= MAX_PAGE_BYTES)) throw new RangeError(`a page of ${length} bytes`);
  return length;
}

export const compressors: Compressors = {
  SNAPPY(input, length) {
    const output = new Uint8Array(sized(length));
    snappyUncompress(input, output);
    return output;
  },
  GZIP: (input, length) => gunzipSync(input, { maxOutputLength: Math.max(sized(length), 1) }),
  ZSTD: (input, length) => zstdDecompressSync(input, { maxOutputLength: Math.max(sized(length), 1) }),
  BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: Math.max(sized(length), 1) }),
  LZ4_RAW(input, length) {
    const output = new Uint8Array(sized(length));
    return output.subarray(0, unpackLz4Block(input, output));
  },
};
