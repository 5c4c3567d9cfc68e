const TWO_32 = 4294967296;

/** Largest time that is held exactly, µs: 2^53 − 1, the year 2255 counted from 1970. */
export const MAX_TIME_US: number = Number.MAX_SAFE_INTEGER;

/**
 * Writes times as the little-endian int64 an Arrow timestamp column holds.
 *
 * @param timeUs Times, µs, whole numbers, shape (≥ count).
 * @param into At least 8 × count bytes, at a multiple of 4 in its buffer.
 * @throws {RangeError} a time that is NaN, or beyond ±2^53 µs.
 * Cost O(count), and no BigInt: those would take longer than all the rest of a batch.
 */
export function writeMicroseconds(timeUs: Float64Array, count: number, into: Uint8Array): void {
  const words = new Int32Array(into.buffer, into.byteOffset, count * 2);
  for (let i = 0; i < count; i++) {
    const t = timeUs[i];
    if (!(t >= -MAX_TIME_US && t <= MAX_TIME_US)) throw new RangeError(`time out of range: ${t} µs`);
    const high = Math.floor(t / TWO_32);
    words[2 * i] = (t - high * TWO_32) | 0;
    words[2 * i + 1] = high;
  }
}

/**
 * Reads little-endian int64 microseconds as numbers.
 *
 * @param from 8 × count bytes, at a multiple of 4 in its buffer.
 * @param into Shape (≥ count); may share memory with `from` from the same first byte on.
 * Exact within ±2^53 µs. Cost O(count).
 */
export function readMicroseconds(from: Uint8Array, count: number, into: Float64Array): void {
  const words = new Int32Array(from.buffer, from.byteOffset, count * 2);
  for (let i = 0; i < count; i++) into[i] = words[2 * i + 1] * TWO_32 + (words[2 * i] >>> 0);
}
