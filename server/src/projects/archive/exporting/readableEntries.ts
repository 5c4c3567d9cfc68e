import { createHash } from "node:crypto";
import type { ReadableFile, ReadableFiles, ReadableSource } from "../../../platform/archive/readable.ts";
import type { ObjectStore } from "../../../platform/objects/types.ts";
import { linesOf } from "../archiveLines.ts";
import type { PlannedEntry } from "../importing/spool.ts";

/** Of text that is handed on at once. */
const PIECE_LENGTH = 128 * 1024;

/** The rows and objects of a file that is being made. */
export function readableSource(objects: ObjectStore, entries: readonly PlannedEntry[]): ReadableSource {
  const planned = new Map(entries.map((entry) => [entry.name, entry]));
  const entryOf = (name: string): PlannedEntry => {
    const entry = planned.get(name);
    if (!entry) throw new Error(`the file has no entry ${name}`);
    return entry;
  };
  const parts = {
    entries: planned,
    async read(name: string): Promise<Uint8Array> {
      const { key, start, size } = entryOf(name);
      const reader = await objects.open(key);
      try {
        return await reader.read(start, size);
      } finally {
        await reader.close();
      }
    },
  };
  return {
    async *rows(table) {
      for await (const { text } of linesOf(parts, table)) yield JSON.parse(text);
    },
    async open(name) {
      const { key, start, size } = entryOf(name);
      const reader = await objects.open(key);
      return {
        size,
        read: async (from, length) => reader.read(start + from, Math.max(0, Math.min(length, size - from))),
        close: () => reader.close(),
      };
    },
  };
}

export async function readableFilesOf(
  makers: readonly ReadableFiles[],
  source: ReadableSource,
): Promise<ReadableFile[]> {
  const files: ReadableFile[] = [];
  for (const make of makers) for await (const file of make(source)) files.push(file);
  return files;
}

/** Bytes in pieces worth their handing on. */
export async function* inPieces(
  pieces: AsyncIterable<Uint8Array | string>,
): AsyncGenerator<Uint8Array<ArrayBufferLike>> {
  let text = "";
  for await (const piece of pieces) {
    if (typeof piece === "string") {
      text += piece;
      if (text.length < PIECE_LENGTH) continue;
      yield Buffer.from(text);
      text = "";
    } else yield piece;
  }
  if (text !== "") yield Buffer.from(text);
}

/** Passes bytes on and says their SHA-256 at the end. */
export async function* hashed(
  pieces: AsyncIterable<Uint8Array>,
  done: (sha256: string) => void,
): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
  done(hash.digest("hex"));
}
