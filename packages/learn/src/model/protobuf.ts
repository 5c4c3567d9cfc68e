/** A field of a protocol buffer, encoded. Source: protobuf.dev, Encoding. */
export type Field = Uint8Array;

const VARINT = 0;
const BYTES = 2;
const utf8 = new TextEncoder();

export function integer(number: number, value: number): Field {
  return join([varint(number * 8 + VARINT), varint(value)]);
}

function bytes(number: number, content: Uint8Array): Field {
  return join([varint(number * 8 + BYTES), varint(content.length), content]);
}

export function text(number: number, content: string): Field {
  return bytes(number, utf8.encode(content));
}

export function message(number: number, fields: readonly Field[]): Field {
  return bytes(number, join(fields));
}

/** Packed. */
export function integers(number: number, values: ArrayLike<number>): Field {
  let length = 0;
  for (let i = 0; i < values.length; i++) length += varintLength(values[i]!);
  const packed = new Uint8Array(length);
  let at = 0;
  for (let i = 0; i < values.length; i++) at = putVarint(packed, at, values[i]!);
  return bytes(number, packed);
}

/** Packed. Written as this machine has them, least byte first: Node runs on no other. */
export function floats(number: number, values: Float32Array): Field {
  return bytes(number, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

export function join(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function varint(value: number): Uint8Array {
  const encoded = new Uint8Array(varintLength(value));
  putVarint(encoded, 0, value);
  return encoded;
}

/** @throws {RangeError} a value that is negative, not whole, or beyond what a double counts. */
function varintLength(value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a count: ${value}`);
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length++;
  return length;
}

function putVarint(into: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) into[at++] = (rest % 128) | 128;
  into[at++] = rest;
  return at;
}
