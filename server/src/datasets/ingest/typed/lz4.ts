/**
 * Unpacks an LZ4 block.
 *
 * @param into Written from `at` on; what stands before `at` may be repeated by the block.
 * @returns Bytes written.
 * @throws {RangeError} the block is damaged or longer than `into`. Never writes outside of it.
 * Source: LZ4 Block Format Description, lz4/doc/lz4_Block_format.md.
 */
export function unpackLz4Block(block: Uint8Array, into: Uint8Array, at = 0): number {
  let from = 0;
  let to = at;
  const more = (length: number): number => {
    let total = length;
    for (let byte = 255; byte === 255; total += byte) {
      if (from >= block.length) throw new RangeError("LZ4 block ends within a length");
      byte = block[from++];
    }
    return total;
  };
  while (from < block.length) {
    const token = block[from++];
    const literals = token >> 4 === 15 ? more(15) : token >> 4;
    if (from + literals > block.length || to + literals > into.length)
      throw new RangeError("LZ4 literals too long");
    into.set(block.subarray(from, from + literals), to);
    from += literals;
    to += literals;
    if (from === block.length) break;
    if (from + 2 > block.length) throw new RangeError("LZ4 block ends within an offset");
    const offset = block[from] | (block[from + 1] << 8);
    from += 2;
    const length = ((token & 15) === 15 ? more(15) : token & 15) + 4;
    if (offset === 0 || offset > to || to + length > into.length)
      throw new RangeError("LZ4 match out of range");
    // Byte by byte: a match may overlap what it writes, which is how LZ4 repeats.
    for (let end = to + length; to < end; to++) into[to] = into[to - offset];
  }
  return to - at;
}

const FRAME_MAGIC = 0x184d2204;

/** Sizes of a frame's blocks by the code in its descriptor. */
const BLOCK_BYTES = [0, 0, 0, 0, 65536, 262144, 1048576, 4194304];

/**
 * Unpacks an LZ4 frame (Arrow's LZ4_FRAME). Checksums are not looked at.
 *
 * @param limit The most bytes it may unpack to.
 * @throws {RangeError} damaged; with Node's code ERR_BUFFER_TOO_LARGE where it is beyond the limit. Source: LZ4 Frame Format Description, v1.6.
 */
export function unpackLz4Frame(frame: Uint8Array, limit: number): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 7 || view.getUint32(0, true) !== FRAME_MAGIC) throw new RangeError("not an LZ4 frame");
  const flags = frame[4];
  if (flags >> 6 !== 1 || (flags & 1) !== 0) throw new RangeError("LZ4 frame of an unknown kind");
  const blockBytes = BLOCK_BYTES[(frame[5] >> 4) & 7];
  const checksum = (flags & 0x10) !== 0 ? 4 : 0;
  let from = 7 + ((flags & 8) !== 0 ? 8 : 0);
  let into = new Uint8Array(Math.min(limit, 4 * frame.length + blockBytes));
  let to = 0;
  for (;;) {
    if (from + 4 > frame.length) throw new RangeError("LZ4 frame ends early");
    const header = view.getUint32(from, true);
    from += 4;
    if (header === 0) return into.subarray(0, to);
    const length = header & 0x7fffffff;
    if (from + length > frame.length) throw new RangeError("LZ4 frame ends within a block");
    if (into.length - to < blockBytes && into.length < limit) {
      const larger = new Uint8Array(Math.min(limit, 2 * into.length + blockBytes));
      larger.set(into.subarray(0, to));
      into = larger;
    }
    const block = frame.subarray(from, from + length);
    try {
      if (header >>> 31 === 0) to += unpackLz4Block(block, into, to);
      else {
        into.set(block, to);
        to += length;
      }
    } catch (error) {
      if (into.length < limit) throw error;
      throw Object.assign(new RangeError(`LZ4 frame of more than ${limit} bytes`), {
        code: "ERR_BUFFER_TOO_LARGE",
      });
    }
    from += length + checksum;
  }
}
