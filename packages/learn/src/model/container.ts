import { crc32 } from "./crc32.ts";

export type NumberArray = Int16Array | Int32Array | Uint8Array | Float32Array | Float64Array;
type ArrayKind = "int16" | "int32" | "uint8" | "float32" | "float64";

export interface ContainerContent {
  /** Anything JSON can hold; keys are written in the order they have. */
  header: unknown;
  arrays: readonly NumberArray[];
}

/** Fixed part: magic (8 bytes), version, bytes of JSON, CRC-32 of everything after it (u32 each). */
const FIXED_BYTES = 20;
const BYTES: Record<ArrayKind, number> = { int16: 2, int32: 4, uint8: 1, float32: 4, float64: 8 };

/**
 * Packs a JSON header and number arrays into one file: magic, version, length of the header, checksum, header,
 * arrays. Each array starts at a multiple of eight bytes. Little-endian throughout. The same content always gives
 * the same bytes.
 *
 * @param magic Exactly eight ASCII characters.
 */
export function encodeContainer(
  magic: string,
  version: number,
  { header, arrays }: ContainerContent,
): Uint8Array {
  if (!/^[\x20-\x7e]{8}$/.test(magic))
    throw new RangeError(`magic must be 8 ASCII characters, not "${magic}"`);
  const shapes = arrays.map((array) => [kindOf(array), array.length]);
  const json = new TextEncoder().encode(JSON.stringify({ header, arrays: shapes }));
  let size = aligned(FIXED_BYTES + json.length);
  for (const array of arrays) size = aligned(size + array.byteLength);

  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < 8; i++) bytes[i] = magic.charCodeAt(i);
  view.setUint32(8, version, true);
  view.setUint32(12, json.length, true);
  bytes.set(json, FIXED_BYTES);
  let at = aligned(FIXED_BYTES + json.length);
  for (const array of arrays) {
    bytes.set(littleEndian(array), at);
    at = aligned(at + array.byteLength);
  }
  view.setUint32(16, checksum(bytes), true);
  return bytes;
}

/**
 * Unpacks what `encodeContainer` packed.
 *
 * @throws {RangeError} Not such a file, another version, cut short, or any byte changed.
 */
export function decodeContainer(magic: string, version: number, bytes: Uint8Array): ContainerContent {
  if (bytes.length < FIXED_BYTES) throw new RangeError(`file of ${bytes.length} bytes is too short`);
  for (let i = 0; i < 8; i++) {
    if (bytes[i] !== magic.charCodeAt(i)) throw new RangeError(`file does not begin with "${magic}"`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = view.getUint32(8, true);
  if (found !== version) throw new RangeError(`file has version ${found}, this program reads ${version}`);
  if (view.getUint32(16, true) !== checksum(bytes))
    throw new RangeError("file is damaged: its checksum is wrong");
  const jsonLength = view.getUint32(12, true);
  if (FIXED_BYTES + jsonLength > bytes.length)
    throw new RangeError("file is damaged: its header is cut short");
  const { header, shapes } = parseHeader(bytes.subarray(FIXED_BYTES, FIXED_BYTES + jsonLength));

  const arrays: NumberArray[] = [];
  let at = aligned(FIXED_BYTES + jsonLength);
  for (const [kind, length] of shapes) {
    const size = length * BYTES[kind];
    if (at + size > bytes.length) throw new RangeError("file is damaged: an array is cut short");
    arrays.push(readArray(kind, bytes.slice(at, at + size)));
    at = aligned(at + size);
  }
  if (at !== bytes.length) throw new RangeError("file is damaged: it has more bytes than its header says");
  return { header, arrays };
}

function parseHeader(json: Uint8Array): { header: unknown; shapes: [ArrayKind, number][] } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json));
  } catch (cause) {
    throw new RangeError("file is damaged: its header is not JSON", { cause });
  }
  if (typeof parsed !== "object" || parsed === null || !("header" in parsed) || !("arrays" in parsed)) {
    throw new RangeError("file is damaged: its header is incomplete");
  }
  const { header, arrays } = parsed;
  if (!Array.isArray(arrays)) throw new RangeError("file is damaged: its header lists no arrays");
  const shapes = arrays.map((shape: unknown): [ArrayKind, number] => {
    const [kind, length]: unknown[] = Array.isArray(shape) ? shape : [];
    if (!isKind(kind) || typeof length !== "number" || !Number.isSafeInteger(length) || length < 0) {
      throw new RangeError("file is damaged: its header has an array of no known shape");
    }
    return [kind, length];
  });
  return { header, shapes };
}

function isKind(kind: unknown): kind is ArrayKind {
  return typeof kind === "string" && Object.hasOwn(BYTES, kind);
}

function kindOf(array: NumberArray): ArrayKind {
  if (array instanceof Int16Array) return "int16";
  if (array instanceof Int32Array) return "int32";
  if (array instanceof Uint8Array) return "uint8";
  return array instanceof Float32Array ? "float32" : "float64";
}

function readArray(kind: ArrayKind, own: Uint8Array): NumberArray {
  if (!hostIsLittleEndian) swapBytesInPlace(own, BYTES[kind]);
  if (kind === "int16") return new Int16Array(own.buffer);
  if (kind === "int32") return new Int32Array(own.buffer);
  if (kind === "uint8") return own;
  return kind === "float32" ? new Float32Array(own.buffer) : new Float64Array(own.buffer);
}

const hostIsLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function littleEndian(array: NumberArray): Uint8Array {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  if (hostIsLittleEndian) return bytes;
  const copy = bytes.slice();
  swapBytesInPlace(copy, array.BYTES_PER_ELEMENT);
  return copy;
}

function swapBytesInPlace(bytes: Uint8Array, width: number): void {
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}

function aligned(size: number): number {
  return Math.ceil(size / 8) * 8;
}

/** Over everything but the checksum itself. */
function checksum(bytes: Uint8Array): number {
  return crc32(bytes.subarray(20), crc32(bytes.subarray(0, 16)));
}
