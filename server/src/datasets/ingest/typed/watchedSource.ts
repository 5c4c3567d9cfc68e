import { type ByteSource, readExactly } from "@magtrace/series";

/** A source that remembers whether it was the source that failed. */
export class WatchedSource {
  readonly size: number;
  readonly #source: ByteSource;
  failed = false;
  failure: unknown;

  constructor(source: ByteSource) {
    this.#source = source;
    this.size = source.size;
  }

  /** @throws {RangeError} outside of the source. */
  async read(start: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    if (!(start >= 0 && length >= 0 && start + length <= this.size))
      throw new RangeError(`${length} bytes at ${start} of ${this.size}`);
    const bytes = new Uint8Array(length);
    try {
      await readExactly(this.#source, start, bytes);
    } catch (error) {
      this.failed = true;
      this.failure = error;
      throw error;
    }
    return bytes;
  }
}
