import { type FindingInput, RefusedFile } from "../findings.ts";
import type { ChunkBuffers } from "./chunkBuffers.ts";
import type { TextChunk } from "./parseLease.ts";
import { lastRecordEnd } from "./splitRecords.ts";

/** A record longer than this is no row of numbers. */
export const MAX_RECORD_BYTES = 4 * 1024 * 1024;
export const CHUNK_BYTES = 1024 * 1024;

interface Cutting {
  /** Byte that the first chunk begins at. */
  readonly start: number;
  readonly lineEnd: number;
  readonly buffers: ChunkBuffers;
  /** The last chunk without a line that is cut off. @param first Whether it is the first, too. */
  withoutCutLine(bytes: Uint8Array, first: boolean): Uint8Array;
}

/** Cuts text into chunks of whole records, each copied once. */
export async function* recordChunks(
  text: AsyncIterable<Uint8Array>,
  { start, lineEnd, buffers, withoutCutLine }: Cutting,
): AsyncGenerator<TextChunk> {
  let buffer = buffers.take();
  let filled = 0;
  let skip = start;
  let offset = start;
  for await (const piece of text) {
    const bytes = piece.subarray(Math.min(skip, piece.length));
    skip -= piece.length - bytes.length;
    if (filled + bytes.length > buffer.length) {
      const larger = buffers.take(2 * (filled + bytes.length));
      larger.set(buffer.subarray(0, filled));
      buffer = larger;
    }
    buffer.set(bytes, filled);
    filled += bytes.length;
    if (filled < CHUNK_BYTES) continue;
    const end = lastRecordEnd(buffer.subarray(0, filled), lineEnd);
    if (end === 0) {
      if (filled > MAX_RECORD_BYTES) throw new RefusedFile(endlessRecord(buffer.subarray(0, filled), 0));
      continue;
    }
    const rest = buffers.take(filled - end);
    rest.set(buffer.subarray(end, filled));
    yield { bytes: buffer.subarray(0, end), offset };
    buffer = rest;
    offset += end;
    filled -= end;
  }
  const last = withoutCutLine(buffer.subarray(0, filled), offset === start);
  if (last.length > 0) yield { bytes: last, offset };
}

export function endlessRecord(bytes: Uint8Array, line: number): FindingInput {
  const value = new TextDecoder().decode(bytes.subarray(0, 400));
  const at = line > 0 ? { line } : {};
  // An odd number of quotes means that one of them swallowed all line ends since.
  const quotes = bytes.reduce((count, byte) => count + (byte === 34 ? 1 : 0), 0);
  if (quotes % 2 === 1)
    return { ...at, code: "unclosed_quote", value, expected: "a closing quote for every quote" };
  return { ...at, code: "field_too_long", value, expected: `rows of at most ${MAX_RECORD_BYTES} bytes` };
}
