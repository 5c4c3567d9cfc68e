import type { ByteSink } from "@magtrace/series";
import type { Scratch } from "../types.ts";

/** Keeps in memory what an ingest would put aside: of a file's first part that is little. */
export function memoryScratch(): Scratch {
  const files = new Map<string, Uint8Array>();
  return {
    openSink: async (name): Promise<ByteSink> => {
      const pieces: Uint8Array[] = [];
      return {
        write: async (bytes) => {
          pieces.push(bytes.slice());
        },
        close: async () => {
          files.set(name, Buffer.concat(pieces));
        },
        abort: async () => undefined,
      };
    },
    openSource: async (name) => {
      const bytes = files.get(name);
      if (bytes === undefined) throw new Error(`nothing was put aside as ${name}`);
      return { size: bytes.length, read: async (start, length) => bytes.slice(start, start + length) };
    },
  };
}
