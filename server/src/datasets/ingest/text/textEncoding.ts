import { isAscii, isUtf8 } from "node:buffer";
import { type FindingInput, RefusedFile } from "../findings.ts";

export type TextEncodingName = "utf-8" | "utf-16le" | "utf-16be" | "windows-1252";

/** The encoding that a caller names, and the length of the byte order mark that may stand there all the same. */
export function encodingNamed(
  encoding: TextEncodingName,
  head: Uint8Array,
): { encoding: TextEncodingName; markLength: number } {
  const marked = encodingOf(head);
  return { encoding, markLength: marked.encoding === encoding ? marked.markLength : 0 };
}

/** Bytes that Windows-1252 gives no character: a text that has them is in no encoding we read. */
const UNDEFINED_1252 = new Set([0x81, 0x8d, 0x8f, 0x90, 0x9d]);

/**
 * Whether bytes that are no UTF-8 are a text in Windows-1252: all of them characters, and none of them a character of
 * UTF-8, which would be a sign of damage.
 */
export function isWindows1252(head: Uint8Array): boolean {
  const whole = head.subarray(0, head.length - Math.min(3, head.length >> 1));
  if (isUtf8(whole) || isUtf8(head) || head.some((byte) => UNDEFINED_1252.has(byte) || byte === 0))
    return false;
  return !/[\u0080-\uFFFC]/.test(new TextDecoder().decode(head));
}

/** Encoding by byte order mark; without one it is UTF-8 or what the bytes say. */
export function encodingOf(head: Uint8Array): { encoding: TextEncodingName; markLength: number } {
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: "utf-16le", markLength: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: "utf-16be", markLength: 2 };
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: "utf-8", markLength: 3 };
  return { encoding: "utf-8", markLength: 0 };
}

/** What became of bytes that no one had seen when the encoding was told. */
export interface LateEncoding {
  /** Whether some were Windows-1252. */
  windows1252: boolean;
}

/**
 * Text of which nothing but ASCII has been seen so far. Its first other bytes say whether it is UTF-8 or Windows-1252;
 * where they are neither they are passed on, and `textFault` sees to them. Cost: a look at each byte, some 10 GB/s.
 */
export async function* asciiAsUtf8(
  input: AsyncIterable<Uint8Array>,
  late: LateEncoding,
): AsyncGenerator<Uint8Array> {
  let decoder: TextDecoder | null = null;
  let known = false;
  for await (const chunk of input) {
    if (!known && !isAscii(chunk)) {
      known = true;
      if (!isUtf8Beginning(chunk) && isWindows1252(chunk)) {
        decoder = new TextDecoder("windows-1252");
        late.windows1252 = true;
      }
    }
    yield decoder === null ? chunk : Buffer.from(decoder.decode(chunk, { stream: true }));
  }
}

/** Whether bytes are UTF-8 but for a last character that is cut off. */
function isUtf8Beginning(bytes: Uint8Array): boolean {
  return [0, 1, 2, 3].some((less) => isUtf8(bytes.subarray(0, Math.max(0, bytes.length - less))));
}

/** The text's bytes as UTF-8 without a byte order mark. UTF-8 itself is passed on unseen: `textFault` sees to it. */
export async function* asUtf8(
  input: AsyncIterable<Uint8Array>,
  encoding: TextEncodingName,
  markLength: number,
): AsyncGenerator<Uint8Array> {
  let skip = markLength;
  let position = markLength;
  const decoder = encoding === "utf-8" ? null : new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  for await (const chunk of input) {
    const bytes = chunk.subarray(Math.min(skip, chunk.length));
    skip -= chunk.length - bytes.length;
    if (decoder === null) yield bytes;
    else yield transcoded(decoder, bytes, true, position, encoding);
    position += bytes.length;
  }
  if (decoder !== null) yield transcoded(decoder, new Uint8Array(0), false, position, encoding);
}

function transcoded(
  decoder: TextDecoder,
  bytes: Uint8Array,
  stream: boolean,
  position: number,
  encoding: string,
): Uint8Array {
  try {
    return Buffer.from(decoder.decode(bytes, { stream }));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new RefusedFile({
      code: "wrong_encoding",
      value: `bytes ${position} to ${position + bytes.length}`,
      expected: `${encoding.toUpperCase()} text to the end, as its byte order mark announces`,
    });
  }
}

/**
 * What stops bytes from being text: NULs, or bytes that are not UTF-8; null when nothing does. `bytes` begins and
 * ends between characters.
 *
 * @param offset Where `bytes` begins in the file (in its UTF-8 form), for the report.
 */
export function textFault(
  bytes: Uint8Array,
  offset: number,
): (FindingInput & { readonly at: number }) | null {
  // As a Buffer: of a Uint8Array in shared memory the engine's own search takes six times as long.
  const nul = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(0);
  if (nul >= 0) {
    return {
      code: "binary_content",
      at: nul,
      value: `byte 0x00 at offset ${offset + nul}`,
      expected: "text without NUL bytes (UTF-16 needs its byte order mark)",
    };
  }
  if (isUtf8(bytes)) return null;
  const at = firstInvalid(bytes);
  const byte = bytes[at].toString(16).padStart(2, "0");
  return {
    code: "wrong_encoding",
    at,
    value: `byte 0x${byte} at offset ${offset + at}`,
    expected: "UTF-8 text, or UTF-16 with a byte order mark; save the file as UTF-8 (it may be Windows-1252)",
  };
}

/** Position of the first character that is not UTF-8. */
function firstInvalid(bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at];
    const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (lead >= 0x80 && !isUtf8(bytes.subarray(at, at + length))) return at;
    at += length;
  }
  return bytes.length - 1;
}
