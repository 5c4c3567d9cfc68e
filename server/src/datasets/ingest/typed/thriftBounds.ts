const [BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, STRUCT] = [3, 4, 5, 6, 7, 8, 9, 10, 12];
const DEEPEST = 32;

/**
 * Length of a struct in Thrift's compact protocol, found without making anything of it: a reader that trusts the
 * lengths in it takes as much memory as they say.
 *
 * @param mostValues How many values there may be in it.
 * @throws {RangeError} it is cut short, too deep, has more values, or types that Parquet does not use.
 * Source: Apache Thrift, thrift-compact-protocol.md.
 */
export function thriftLength(bytes: Uint8Array, from: number, mostValues: number): number {
  let at = from;
  let values = 0;
  const byte = (): number => {
    if (at >= bytes.length) throw new RangeError("its metadata is cut short");
    return bytes[at++];
  };
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const next = byte();
      value += (next & 127) * scale;
      if (next < 128) return value;
      if (scale > 2 ** 63) throw new RangeError("its metadata has a number without end");
    }
  };
  const skip = (length: number): void => {
    if (length > bytes.length - at) throw new RangeError("its metadata is cut short");
    at += length;
  };
  const value = (type: number, depth: number): void => {
    if (++values > mostValues) throw new RangeError(`its metadata has more than ${mostValues} values`);
    if (type === BYTE) skip(1);
    else if (type === I16 || type === I32 || type === I64) varint();
    else if (type === DOUBLE) skip(8);
    else if (type === BINARY) skip(varint());
    else if (type === LIST || type === SET) list(depth + 1);
    else if (type === STRUCT) struct(depth + 1);
    else throw new RangeError(`its metadata has a value of type ${type}`);
  };
  const list = (depth: number): void => {
    const head = byte();
    const type = head & 15;
    const length = head >> 4 === 15 ? varint() : head >> 4;
    // Booleans take a byte in a list, and everything else one at least.
    if (length > bytes.length - at) throw new RangeError("its metadata is cut short");
    for (let i = 0; i < length; i++) value(type <= 2 ? BYTE : type, depth);
  };
  const struct = (depth: number): void => {
    if (depth > DEEPEST) throw new RangeError("its metadata is nested too deep");
    for (;;) {
      const head = byte();
      const type = head & 15;
      if (type === 0) return;
      if (head >> 4 === 0) varint();
      // True and false stand in the type itself.
      if (type > 2) value(type, depth);
    }
  };
  struct(0);
  return at - from;
}
