import type { ByteSource } from "./types.ts";

/** Bytes wanted, and where they go. */
export interface RangeRead {
  readonly offset: number;
  readonly into: Uint8Array;
}

/**
 * Ranges closer than this are read as one: half a segment of a sealed object, which is opened whole anyway, and far
 * less than a round trip to S3 is worth.
 */
const JOIN_GAP_BYTES = 32768;

/** Reads exactly `into.length` bytes. @throws {RangeError} the source ends before. */
export async function readExactly(source: ByteSource, offset: number, into: Uint8Array): Promise<void> {
  let done = 0;
  while (done < into.length) {
    const bytes = await source.read(offset + done, into.length - done);
    if (bytes.length === 0) throw new RangeError(`file ends at byte ${offset + done}`);
    // Copied before anything else is awaited: the source may reuse the array.
    into.set(bytes.length > into.length - done ? bytes.subarray(0, into.length - done) : bytes, done);
    done += bytes.length;
  }
}

/** Fills every range, neighbours in one read, all reads in flight together. */
export async function readRanges(source: ByteSource, ranges: readonly RangeRead[]): Promise<void> {
  const sorted = ranges.filter((range) => range.into.length > 0).sort((a, b) => a.offset - b.offset);
  const reads: Promise<void>[] = [];
  for (let from = 0; from < sorted.length; ) {
    let to = from + 1;
    let end = sorted[from].offset + sorted[from].into.length;
    while (to < sorted.length && sorted[to].offset - end <= JOIN_GAP_BYTES) {
      end = Math.max(end, sorted[to].offset + sorted[to].into.length);
      to++;
    }
    reads.push(readGroup(source, sorted.slice(from, to), end));
    from = to;
  }
  await Promise.all(reads);
}

/** Reads from the first range's start to `end`, scattering each answer at once: a buffer between costs more than it. */
async function readGroup(source: ByteSource, group: readonly RangeRead[], end: number): Promise<void> {
  let position = group[0].offset;
  let first = 0;
  while (position < end) {
    const bytes = await source.read(position, end - position);
    if (bytes.length === 0) throw new RangeError(`file ends at byte ${position}`);
    const reached = Math.min(position + bytes.length, end);
    for (let i = first; i < group.length && group[i].offset < reached; i++) {
      const { offset, into } = group[i];
      const from = Math.max(offset, position);
      const to = Math.min(offset + into.length, reached);
      if (from < to) into.set(bytes.subarray(from - position, to - position), from - offset);
      if (i === first && offset + into.length <= reached) first++;
    }
    position = reached;
  }
}
