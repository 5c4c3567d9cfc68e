import { LRUCache } from "lru-cache";

/** Of all open objects together. The coarse levels of a series, of which wide windows are made, are some megabytes. */
const MOST_BYTES = 48 * 1024 * 1024;

/** What one reader has kept, by the number of the segment. */
export interface SegmentsOfReader {
  get(index: number): Uint8Array | undefined;
  has(index: number): boolean;
  set(index: number, plain: Uint8Array): void;
  clear(): void;
}

/**
 * Opened segments of sealed objects, bounded in bytes; the least recently used go first. Footers, small neighbouring
 * ranges and coarse levels come again and again.
 */
export class KeptSegments {
  readonly #segments: LRUCache<string, Uint8Array>;
  #readers = 0;

  constructor(mostBytes: number = MOST_BYTES) {
    this.#segments = new LRUCache({
      maxSize: mostBytes,
      sizeCalculation: (plain) => Math.max(plain.byteLength, 1),
    });
  }

  get bytes(): number {
    return this.#segments.calculatedSize;
  }

  /** Each reader has its own: an object of the same key may be another one later. */
  ofReader(): SegmentsOfReader {
    const segments = this.#segments;
    const reader = ++this.#readers;
    const keyOf = (index: number) => `${reader}/${index}`;
    const mine = new Set<number>();
    return {
      get: (index) => segments.get(keyOf(index)),
      has: (index) => segments.has(keyOf(index)),
      set(index, plain) {
        mine.add(index);
        segments.set(keyOf(index), plain);
      },
      clear() {
        for (const index of mine) segments.delete(keyOf(index));
        mine.clear();
      },
    };
  }
}
