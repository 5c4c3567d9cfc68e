import type { ObjectReader } from "../types.ts";

/** Four of them at most, 4 MiB: as many reads as are mostly under way at once. */
const keptBuffers = 4;
const bufferBytes = 17 * 65_536;

const free: Uint8Array[] = [];

/**
 * Lends the bytes of a range for as long as `use` runs. New memory for every read of sealed bytes, which are dropped as
 * soon as they are opened, made the garbage collector stop everything at every twelfth window.
 */
export async function withSealedBytes(
  inner: ObjectReader,
  start: number,
  length: number,
  use: (sealed: Uint8Array) => void,
): Promise<void> {
  if (inner.readInto === undefined || length > bufferBytes) {
    use(await inner.read(start, length));
    return;
  }
  const buffer = free.pop() ?? new Uint8Array(bufferBytes);
  // Given back only after a read that has ended: a failed one may still be written into.
  await inner.readInto(start, buffer.subarray(0, length));
  try {
    use(buffer.subarray(0, length));
  } finally {
    if (free.length < keptBuffers) free.push(buffer);
  }
}
