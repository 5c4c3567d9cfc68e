import { constants, createGunzip, createZstdDecompress } from "node:zlib";
import { contentKind, HEAD_BYTES } from "../contentKind.ts";
import { lastLineEnd } from "./headText.ts";

/** Of a text this much is looked at, unpacked; a browser need send no more of it. */
export const TEXT_HEAD_BYTES = 1024 * 1024;
/** A file that is read from its end is looked at where all of it has come, and is no larger. */
export const WHOLE_FILE_BYTES = 16 * 1024 * 1024;

/** The part of a file that was sent. */
export interface GivenHead {
  readonly bytes: Uint8Array;
  /** Whether there is no more. */
  readonly complete: boolean;
}

/** What can be read of it as if it were a file. */
export interface ReadableHead {
  readonly bytes: Uint8Array;
  readonly complete: boolean;
  readonly compression: "gzip" | "zstd" | null;
  /** Bytes of the file as it was sent that these are made of; what a size is estimated by. */
  readonly sentBytes: number;
}

/** How much of a file is worth taking, going by its first bytes. */
export function worthTaking(head: Uint8Array): number {
  const { kind } = contentKind(head.subarray(0, HEAD_BYTES));
  return kind === "gzip" || kind === "zstd" || looksLikeText(head) ? TEXT_HEAD_BYTES : WHOLE_FILE_BYTES;
}

/**
 * Makes the beginning of a file readable by itself: unpacked, and cut behind its last whole line.
 *
 * @returns null where it is of no use without its end.
 */
export async function readableHead({ bytes, complete }: GivenHead): Promise<ReadableHead | null> {
  const { kind } = contentKind(bytes.subarray(0, HEAD_BYTES));
  if (kind !== "gzip" && kind !== "zstd") {
    if (complete) return { bytes, complete, compression: null, sentBytes: bytes.length };
    return looksLikeText(bytes) ? cut(bytes, bytes.length, null) : null;
  }
  const unpacked = await unpackHead({ bytes, complete }, kind);
  if (complete && unpacked.ended) {
    return { bytes: unpacked.bytes, complete, compression: kind, sentBytes: bytes.length };
  }
  // A packed file that was sent whole and is damaged within its first part: its upload will say so.
  if (!looksLikeText(unpacked.bytes)) return null;
  return cut(unpacked.bytes, unpacked.taken, kind);
}

function cut(bytes: Uint8Array, sentBytes: number, compression: ReadableHead["compression"]): ReadableHead {
  const head = bytes.subarray(0, TEXT_HEAD_BYTES);
  const end = lastLineEnd(head);
  const share = head.length / Math.max(bytes.length, 1);
  return {
    bytes: head.subarray(0, end || head.length),
    complete: false,
    compression,
    sentBytes: sentBytes * share,
  };
}

/** NULs stand in text only where characters are two bytes wide, and then a mark stands before them. */
function looksLikeText(bytes: Uint8Array): boolean {
  const wide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return wide || !bytes.subarray(0, 4096).includes(0);
}

interface UnpackedHead {
  readonly bytes: Uint8Array;
  /** Whether all of it has been unpacked. */
  readonly ended: boolean;
  readonly taken: number;
}

/** Unpacks until there is enough, or no more, or what there is cannot be unpacked. */
async function unpackHead({ bytes, complete }: GivenHead, kind: "gzip" | "zstd"): Promise<UnpackedHead> {
  if (complete) {
    // Flushed, the input may break off anywhere, also where it says to be whole.
    const whole = await unpack(bytes, kind, {});
    if (whole.ended || whole.bytes.length >= TEXT_HEAD_BYTES) return whole;
  }
  const finishFlush = kind === "gzip" ? constants.Z_SYNC_FLUSH : constants.ZSTD_e_flush;
  const part = await unpack(bytes, kind, { finishFlush });
  return { ...part, ended: false };
}

async function unpack(
  bytes: Uint8Array,
  kind: "gzip" | "zstd",
  flush: { readonly finishFlush?: number },
): Promise<UnpackedHead> {
  const options = { chunkSize: 64 * 1024, ...flush };
  const decoder = kind === "gzip" ? createGunzip(options) : createZstdDecompress(options);
  const pieces: Uint8Array[] = [];
  let length = 0;
  let ended = true;
  decoder.end(bytes);
  try {
    for await (const piece of decoder as AsyncIterable<Uint8Array>) {
      pieces.push(piece);
      length += piece.length;
      if (length < TEXT_HEAD_BYTES) continue;
      ended = false;
      break;
    }
  } catch {
    ended = false;
  } finally {
    decoder.destroy();
  }
  return { bytes: Buffer.concat(pieces), ended, taken: Math.max(decoder.bytesWritten, 1) };
}
