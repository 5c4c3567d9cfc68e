/** A tar file is made of blocks: a header, then the content filled up to whole blocks. POSIX.1-1988 (ustar). */
export const BLOCK_BYTES = 512;
/** Two empty blocks. */
export const TAR_END = new Uint8Array(2 * BLOCK_BYTES);

const NAME = [0, 100] as const;
const SIZE = [124, 12] as const;
const CHECKSUM = [148, 8] as const;
const TYPE_AT = 156;
const MAGIC = [257, 8] as const;
const USTAR = "ustar\u000000";
const MOST_OCTAL = 8 ** 11 - 1;
/** First byte of a size in base 256, as GNU tar writes those of 8 GiB and more. */
const BASE_256 = 0x80;

export interface TarEntry {
  readonly name: string;
  /** Bytes of content. */
  readonly size: number;
}

/** @throws {RangeError} a name that is not 1 to 100 printable ASCII characters, or a size that is no count. */
export function encodeTarHeader({ name, size }: TarEntry, modifiedAt: Date): Uint8Array {
  if (!/^[\x21-\x7e]{1,100}$/.test(name)) throw new RangeError(`not a name in a tar file: ${name}`);
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`not a size: ${size}`);
  const block = new Uint8Array(BLOCK_BYTES);
  put(block, NAME[0], name);
  put(block, 100, octal(0o644, 8));
  put(block, 108, octal(0, 8));
  put(block, 116, octal(0, 8));
  putSize(block, size);
  put(block, 136, octal(Math.floor(modifiedAt.getTime() / 1000), 12));
  put(block, TYPE_AT, "0");
  put(block, MAGIC[0], USTAR);
  put(block, CHECKSUM[0], `${octal(checksum(block), 7)} `);
  return block;
}

/**
 * @returns null for an empty block, which ends a tar file.
 * @throws {RangeError} not the header of a plain file; the message says why.
 */
export function decodeTarHeader(block: Uint8Array): TarEntry | null {
  if (block.every((byte) => byte === 0)) return null;
  if (readOctal(block, ...CHECKSUM) !== checksum(block)) throw new RangeError("a header's checksum is wrong");
  if (readText(block, ...MAGIC) !== USTAR) throw new RangeError("it is of another kind of tar");
  if (block[TYPE_AT] !== 0x30) throw new RangeError("it holds something other than plain files");
  const name = readText(block, ...NAME).replace(/\0+$/, "");
  const size = block[SIZE[0]] === BASE_256 ? readBase256(block) : readOctal(block, ...SIZE);
  if (!Number.isSafeInteger(size)) throw new RangeError("a size in it cannot be");
  return { name, size };
}

/** Zeros from the end of the content to the next block. */
export function paddingOf(size: number): number {
  return (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, "0")}\0`;
}

function put(block: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) block[at + i] = text.charCodeAt(i);
}

function putSize(block: Uint8Array, size: number): void {
  if (size <= MOST_OCTAL) {
    put(block, SIZE[0], octal(size, SIZE[1]));
    return;
  }
  block[SIZE[0]] = BASE_256;
  let rest = size;
  for (let at = SIZE[0] + SIZE[1] - 1; at > SIZE[0]; at--) {
    block[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

function readText(block: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...block.subarray(at, at + length));
}

/** NaN where there is none. */
function readOctal(block: Uint8Array, at: number, length: number): number {
  const digits = /^ *([0-7]+)[ \0]*$/.exec(readText(block, at, length))?.[1];
  return digits === undefined ? Number.NaN : Number.parseInt(digits, 8);
}

function readBase256(block: Uint8Array): number {
  let size = 0;
  for (let at = SIZE[0] + 1; at < SIZE[0] + SIZE[1]; at++) size = size * 256 + block[at]!;
  return size;
}

/** Sum of all bytes, those of the checksum itself taken as spaces. */
function checksum(block: Uint8Array): number {
  let sum = 0;
  const [from, length] = CHECKSUM;
  for (let i = 0; i < BLOCK_BYTES; i++) sum += i >= from && i < from + length ? 0x20 : block[i]!;
  return sum;
}
