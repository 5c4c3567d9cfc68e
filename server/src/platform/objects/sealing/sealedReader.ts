import { requireRange } from "../byteRange.ts";
import { ObjectDamagedError, ObjectStoreError } from "../errors.ts";
import { readAhead } from "../readAhead.ts";
import type { ObjectReader } from "../types.ts";
import type { KeptSegments, SegmentsOfReader } from "./keptSegments.ts";
import { withSealedBytes } from "./sealedBytes.ts";
import {
  plainSize,
  SegmentCipher,
  sealedSegmentBytes,
  segmentBytes,
  segmentCount,
  segmentsStart,
} from "./sealedSegments.ts";
import { SegmentCutter } from "./segmentCutter.ts";
import type { DataKey, SealedFormat } from "./wrappedKey.ts";

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
  { kept, ...parts }: { format: SealedFormat; dataKey: DataKey; kept: KeptSegments },
): Promise<ObjectReader> {
  const size = plainSize(inner.size, parts.format);
  if (Number.isNaN(size)) throw new ObjectDamagedError(objectKey, "length_altered");
  const reader = new SealedReader({ inner, objectKey, size, kept, ...parts });
  await reader.proveLength();
  return reader;
}

interface SealedReaderParts {
  readonly inner: ObjectReader;
  readonly objectKey: string;
  readonly size: number;
  readonly format: SealedFormat;
  readonly dataKey: DataKey;
  readonly kept: KeptSegments;
}

class SealedReader implements ObjectReader {
  readonly size: number;
  readonly #objectKey: string;
  readonly #inner: ObjectReader;
  readonly #cipher: SegmentCipher;
  readonly #segmentsStart: number;
  readonly #lastIndex: number;
  readonly #kept: SegmentsOfReader;

  constructor({ inner, objectKey, size, format, dataKey, kept }: SealedReaderParts) {
    this.#objectKey = objectKey;
    this.#inner = inner;
    this.size = size;
    this.#cipher = new SegmentCipher(objectKey, dataKey);
    this.#segmentsStart = segmentsStart(format);
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

  /** One range of the store, opened segment by segment as it comes. No byte is handed out before its tag is right. */
  async *stream(start = 0, end = this.size): AsyncGenerator<Uint8Array, undefined> {
    requireRange(start, end - start, this.size);
    if (start === end) return;
    const first = Math.floor(start / segmentBytes);
    const last = Math.floor((end - 1) / segmentBytes);
    const [from, to] = this.#sealedRange(first, last);
    const cutter = new SegmentCutter();
    let index = first;
    const openAll = (segments: Iterable<Uint8Array>): Uint8Array => {
      const opened: Uint8Array[] = [];
      const firstHere = index;
      for (const sealed of segments) {
        opened.push(this.#cipher.open(sealed, index, index === this.#lastIndex));
        index += 1;
      }
      return joinWithin({ opened, at: firstHere * segmentBytes, start, end });
    };
    for await (const sealed of readAhead(this.#inner.stream(from, to))) {
      const plain = openAll(cutter.cut(sealed));
      if (plain.byteLength > 0) yield plain;
    }
    const rest = openAll(cutter.rest());
    if (index !== last + 1)
      throw new ObjectStoreError(this.#objectKey, "The stored file ended before its length.");
    if (rest.byteLength > 0) yield rest;
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
    const [from, to] = this.#sealedRange(first, last);
    await withSealedBytes(this.#inner, from, to - from, (sealed) => {
      for (let index = first; index <= last; index += 1) {
        const at = (index - first) * sealedSegmentBytes;
        const segment = sealed.subarray(at, Math.min(at + sealedSegmentBytes, sealed.byteLength));
        take(index, this.#cipher.open(segment, index, index === this.#lastIndex));
      }
    });
  }

  #sealedRange(first: number, last: number): [from: number, to: number] {
    const from = this.#segmentsStart + first * sealedSegmentBytes;
    return [from, Math.min(this.#segmentsStart + (last + 1) * sealedSegmentBytes, this.#inner.size)];
  }

  #endOfMissingRun(index: number, last: number): number {
    let end = index;
    while (end < last && !this.#kept.has(end + 1)) end += 1;
    return end;
  }
}

/** What of neighbouring segments, the first of which begins at `at`, lies between `start` and `end`. */
function joinWithin(part: {
  opened: readonly Uint8Array[];
  at: number;
  start: number;
  end: number;
}): Uint8Array {
  const length = part.opened.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const start = Math.max(part.start, part.at);
  const end = Math.min(part.end, part.at + length);
  if (end <= start) return new Uint8Array(0);
  // Every byte is written here: zeroing them first would be half the work of copying.
  const { buffer, byteOffset } = Buffer.allocUnsafeSlow(end - start);
  const target = new Uint8Array(buffer, byteOffset, end - start);
  const first = part.at / segmentBytes;
  part.opened.forEach((plain, i) => {
    copySegment({ index: first + i, plain, start, end, target });
  });
  return target;
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
