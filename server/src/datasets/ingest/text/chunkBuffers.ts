/** Buffers for stretches of text, used in turn: to allocate a megabyte anew for each is most of what reading costs. */
export class ChunkBuffers {
  readonly #bytes: number;
  readonly #free: Uint8Array<ArrayBuffer>[] = [];

  /** @param bytes Length of a buffer, unless more is asked for. */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** With anything in it. */
  take(atLeast = 0): Uint8Array<ArrayBuffer> {
    if (atLeast > this.#bytes) return new Uint8Array(atLeast);
    return this.#free.pop() ?? new Uint8Array(this.#bytes);
  }

  /** Takes a chunk's memory back. */
  give(chunk: Uint8Array<ArrayBuffer>): void {
    if (chunk.buffer.byteLength === this.#bytes) this.#free.push(new Uint8Array(chunk.buffer));
  }
}
