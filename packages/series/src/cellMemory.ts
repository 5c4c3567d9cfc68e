/** Buffers kept for the next window, and how large one may be to be kept: 8 MiB in all, whatever is open. */
const KEPT_BUFFERS = 4;
const KEPT_BYTES = 2 * 1024 * 1024;
const SMALLEST_BYTES = 64 * 1024;

const free: ArrayBuffer[] = [];

/**
 * Memory for cells that live only while one window is folded. New megabytes for every window would keep the garbage
 * collector busy for as long as all the folding takes, and put its pauses into the slowest percent.
 */
export class CellMemory {
  readonly #taken: ArrayBuffer[] = [];

  /** At least `bytes` long, with anything in it. */
  take(bytes: number): ArrayBuffer {
    const fitting = free.findIndex((buffer) => buffer.byteLength >= bytes);
    const length = Math.max(SMALLEST_BYTES, 2 ** Math.ceil(Math.log2(Math.max(bytes, 1))));
    const buffer = fitting >= 0 ? free.splice(fitting, 1)[0] : new ArrayBuffer(length);
    this.#taken.push(buffer);
    return buffer;
  }

  /** Gives all of it back. Nothing read into it may be used afterwards. */
  release(): void {
    for (const buffer of this.#taken.splice(0)) {
      if (free.length < KEPT_BUFFERS && buffer.byteLength <= KEPT_BYTES) free.push(buffer);
    }
  }
}
