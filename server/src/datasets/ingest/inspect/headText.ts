import { isUtf8 } from "node:buffer";

const LF = 10;
const CR = 13;

/** Behind the last whole line; 0 where there is none. */
export function lastLineEnd(bytes: Uint8Array): number {
  const bigEndian = bytes[0] === 0xfe && bytes[1] === 0xff;
  const littleEndian = bytes[0] === 0xff && bytes[1] === 0xfe;
  if (bigEndian || littleEndian) {
    // Characters are two bytes wide, behind a mark that is, too.
    const low = littleEndian ? 0 : 1;
    for (let at = (bytes.length >> 1) * 2 - 2; at >= 2; at -= 2) {
      if (bytes[at + low] === LF && bytes[at + 1 - low] === 0) return at + 2;
    }
    return 0;
  }
  const end = bytes.lastIndexOf(LF);
  return (end >= 0 ? end : bytes.lastIndexOf(CR)) + 1;
}

/** The text of a head, in the encoding it seems to have. Bytes that are none show as replacements. */
export function headText(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  return new TextDecoder(isUtf8(bytes) ? "utf-8" : "windows-1252").decode(bytes);
}
