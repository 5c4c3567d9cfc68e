import { RefusedFile } from "./findings.ts";
import type { IngestLimits } from "./types.ts";

/** Small files may grow as they like: a header and a few rows compress well. */
const FREE_BYTES = 1024 * 1024;
const BYTES_PER_CELL = 8;

/**
 * Counts what a file grows to while it is read, and refuses it where that is more than its size allows. Bytes that a
 * codec makes and cells that rows make count apart: either may be the one that grows.
 */
export class UnpackingLimit {
  readonly #packedBytes: number;
  readonly #limits: IngestLimits;
  readonly #allowed: number;
  #bytes = 0;
  #rows = 0;
  #cells = 0;

  constructor(packedBytes: number, limits: IngestLimits) {
    this.#packedBytes = packedBytes;
    this.#limits = limits;
    this.#allowed = Math.min(limits.maxDecompressedBytes, FREE_BYTES + packedBytes * limits.maxRatio);
  }

  /** Most bytes that may still be unpacked. */
  get bytesLeft(): number {
    return this.#allowed - this.#bytes;
  }

  /** @throws {RefusedFile} that is more than may be unpacked. */
  addBytes(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes <= this.#allowed) return;
    throw this.#refusal(`${this.#packedBytes} bytes unpack to more than ${this.#bytes}`, this.#bytes);
  }

  /** @throws {RefusedFile} with these rows there are more cells than may be unpacked. */
  addRows(rows: number, columns: number): void {
    this.#rows += rows;
    this.#cells += rows * columns;
    const bytes = this.#cells * BYTES_PER_CELL;
    if (bytes <= this.#allowed) return;
    const found = `${this.#packedBytes} bytes hold ${this.#rows} rows × ${columns} columns or more`;
    throw this.#refusal(`${found}: ${bytes} bytes`, bytes);
  }

  #refusal(value: string, bytes: number): RefusedFile {
    const { maxDecompressedBytes, maxRatio } = this.#limits;
    const expected =
      bytes > maxDecompressedBytes
        ? `at most ${maxDecompressedBytes} bytes when unpacked`
        : `at most ${maxRatio} unpacked bytes for each packed one`;
    return new RefusedFile({ code: "decompression_limit", value, expected });
  }
}
