import { requireRange, streamRange } from "../byteRange.ts";
import { ObjectDamagedError } from "../errors.ts";
import type { ObjectReader } from "../types.ts";
import type { KeptSegments, SegmentsOfReader } from "./keptSegments.ts";
import { withSealedBytes } from "./sealedBytes.ts";
import { headerBytes, type SealedHeader } from "./sealedHeader.ts";
import {
  plainSize,
  SegmentCipher,
  sealedSegmentBytes,
  segmentBytes,
  segmentCount,
} from "./sealedSegments.ts";

/** Longer runs of `read` pass by the kept segments: a stream would only push out what is worth keeping. */
const longestKeptRun = 4;
/** Missing segments that `readSome` opens in one turn, 1 MiB: more would keep others waiting. */
const longestOpenedRun = 16;

/**
 * Opens a sealed object. The last segment is read and opened here, which proves the length: it opens only under
 * its own number and as the last one, so that a cut or lengthened object fails before any of it is used.
 */
export async function openSealedReader(
  inner: ObjectReader,
  objectKey: string,
  { header, kept }: { readonly header: SealedHeader; readonly kept: KeptSegments },
): Promise<ObjectReader> {
  const size = plainSize(inner.size);
  if (Number.isNaN(size)) throw new ObjectDamagedError(objectKey, "length_altered");
  const reader = new SealedReader(inner, size, { cipher: new SegmentCipher(objectKey, header), kept });
  await reader.proveLength();
  return reader;
}

class SealedReader implements ObjectReader {
  readonly size: number;
  readonly #inner: ObjectReader;
  readonly #cipher: SegmentCipher;
  readonly #lastIndex: number;
  readonly #kept: SegmentsOfReader;

  constructor(
    inner: ObjectReader,
    size: number,
    { cipher, kept }: { readonly cipher: SegmentCipher; readonly kept: KeptSegments },
  ) {
    this.#inner = inner;
    this.size = size;
    this.#cipher = cipher;
    this.#kept = kept.ofReader();
    this.#lastIndex = segmentCount(size) - 1;
  }

  async proveLength(): Promise<void> {
    await this.#openRun(this.#lastIndex, this.#lastIndex, (index, plain) => this.#kept.set(index, plain));
  }

  async readSome(start: number, length: number): Promise<Uint8Array> {
    requireRange(start, length, this.size);
    if (length === 0) return new Uint8Array(0);
    const index = Math.floor(start / segmentBytes);
    let plain = this.#kept.get(index);
    if (plain === undefined) {
      const last = Math.min(Math.floor((start + length - 1) / segmentBytes), index + longestOpenedRun - 1);
      await this.#openRun(index, this.#endOfMissingRun(index, last), (at, opened) => {
        this.#kept.set(at, opened);
        if (at === index) plain = opened;
      });
    }
    const from = start - index * segmentBytes;
    return plain!.subarray(from, from + length);
  }

  async read(start: number, length: number): Promise<Uint8Array> {
    requireRange(start, length, this.size);
    const target = new Uint8Array(length);
    if (length === 0) return target;
    const end = start + length;
    const take = (index: number, plain: Uint8Array) => copySegment({ index, plain, start, end, target });
    const first = Math.floor(start / segmentBytes);
    const last = Math.floor((end - 1) / segmentBytes);
    if (last - first >= longestKeptRun) {
      await this.#openRun(first, last, take);
      return target;
    }
    for (let index = first; index <= last; index += 1) {
      const kept = this.#kept.get(index);
      if (kept !== undefined) {
        take(index, kept);
        continue;
      }
      const runEnd = this.#endOfMissingRun(index, last);
      await this.#openRun(index, runEnd, (at, plain) => {
        this.#kept.set(at, plain);
        take(at, plain);
      });
      index = runEnd;
    }
    return target;
  }

  stream(start?: number, end?: number): AsyncIterable<Uint8Array> {
    return streamRange(this, start, end);
  }

  async close(): Promise<void> {
    this.#kept.clear();
    await this.#inner.close();
  }

  /** Reads neighbouring segments at once and hands out each one opened. */
  async #openRun(
    first: number,
    last: number,
    take: (index: number, plain: Uint8Array) => void,
  ): Promise<void> {
    const from = headerBytes + first * sealedSegmentBytes;
    const to = Math.min(headerBytes + (last + 1) * sealedSegmentBytes, this.#inner.size);
    await withSealedBytes(this.#inner, from, to - from, (sealed) => {
      for (let index = first; index <= last; index += 1) {
        const at = (index - first) * sealedSegmentBytes;
        const segment = sealed.subarray(at, Math.min(at + sealedSegmentBytes, sealed.byteLength));
        take(index, this.#cipher.open(segment, index, index === this.#lastIndex));
      }
    });
  }

  #endOfMissingRun(index: number, last: number): number {
    let end = index;
    while (end < last && !this.#kept.has(end + 1)) end += 1;
    return end;
  }
}

function copySegment(part: {
  index: number;
  plain: Uint8Array;
  start: number;
  end: number;
  target: Uint8Array;
}): void {
  const segmentStart = part.index * segmentBytes;
  const from = Math.max(part.start, segmentStart);
  const to = Math.min(part.end, segmentStart + part.plain.byteLength);
  part.target.set(part.plain.subarray(from - segmentStart, to - segmentStart), from - part.start);
}
