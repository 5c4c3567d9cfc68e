/** Bytes a stream hands out, and asks for, at a time. */
export const streamPieceBytes = 1 << 20;

/** @throws {RangeError} unless the range lies inside `size`. */
export function requireRange(start: number, length: number, size: number): void {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(length) || start < 0 || length < 0) {
    throw new RangeError(`range from ${start} of ${length} bytes is not one of whole, non-negative numbers`);
  }
  if (start + length > size) {
    throw new RangeError(`range from ${start} of ${length} bytes goes beyond the object's ${size}`);
  }
}

/** Reads `start` up to, not including, `end` piece by piece, for stores that have the bytes at hand. */
export async function* streamRange(
  reader: { readonly size: number; read(start: number, length: number): Promise<Uint8Array> },
  start = 0,
  end = reader.size,
): AsyncGenerator<Uint8Array> {
  requireRange(start, end - start, reader.size);
  for (let at = start; at < end; at += streamPieceBytes) {
    yield await reader.read(at, Math.min(streamPieceBytes, end - at));
  }
}
