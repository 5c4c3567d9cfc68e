/** Buffers for stretches of text, used in turn: to allocate a megabyte anew for each is most of what reading costs. */
export class ChunkBuffers {
  readonly #bytes: number;
  readonly #shared: boolean;
  readonly #free: Uint8Array[] = [];

  /** @param bytes Length of a buffer, unless more is asked for. @param shared Whether other threads see it, too. */
  constructor(bytes: number, shared: boolean) {
    this.#bytes = bytes;
    this.#shared = shared;
  }

  /** With anything in it. */
  take(atLeast = 0): Uint8Array {
    if (atLeast > this.#bytes) return this.#made(atLeast);
    return this.#free.pop() ?? this.#made(this.#bytes);
  }

  /** Takes a chunk's memory back. */
  give(chunk: Uint8Array): void {
    if (chunk.buffer.byteLength === this.#bytes) this.#free.push(new Uint8Array(chunk.buffer));
  }

  #made(bytes: number): Uint8Array {
    return new Uint8Array(this.#shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes));
  }
}
