import type { ByteSink, ByteSource } from "../src/types.ts";

/** Files in memory behind hostile ports: sinks hold on to nothing, sources scribble over what they gave. */
export interface MemoryFiles {
  readonly files: Map<string, Uint8Array>;
  /** Sinks opened and neither closed nor aborted. */
  readonly open: Set<string>;
  readonly aborted: Set<string>;
  /** Reads and bytes asked for since the last reset. */
  readonly reads: { count: number; bytes: number };
  openSink(name: string): Promise<ByteSink>;
  openSource(name: string): Promise<ByteSource>;
}

/** @param maxReadBytes Reads answer with no more than this: 1 is as odd as it gets. */
export function memoryFiles(maxReadBytes = 4099): MemoryFiles {
  const files = new Map<string, Uint8Array>();
  const open = new Set<string>();
  const aborted = new Set<string>();
  const reads = { count: 0, bytes: 0 };
  return {
    files,
    open,
    aborted,
    reads,
    async openSink(name) {
      const parts: Uint8Array[] = [];
      open.add(name);
      return {
        async write(bytes) {
          await new Promise(setImmediate);
          // Copied as late as allowed: a writer that reuses its buffer too early is caught.
          parts.push(new Uint8Array(bytes));
        },
        async close() {
          open.delete(name);
          files.set(name, new Uint8Array(Buffer.concat(parts)));
        },
        async abort() {
          open.delete(name);
          aborted.add(name);
        },
      };
    },
    async openSource(name) {
      const bytes = files.get(name);
      if (bytes === undefined) throw new Error(`no file ${name}`);
      return {
        size: bytes.length,
        async read(start, length) {
          reads.count++;
          reads.bytes += length;
          const answer = bytes.slice(start, start + Math.min(length, maxReadBytes));
          setImmediate(() => answer.fill(0xaa));
          return answer;
        },
      };
    },
  };
}
