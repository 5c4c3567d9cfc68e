import { createHash, randomUUID } from "node:crypto";
import type { ObjectStore } from "../../../platform/objects/types.ts";

/** A range of an object that becomes one entry of a file. */
export interface PlannedEntry {
  readonly name: string;
  readonly size: number;
  readonly key: string;
  readonly start: number;
}

/** Entries made from rows wait here, sealed: a slow client must not hold a transaction open. */
export interface Spool {
  readonly key: string;
  readonly entries: readonly PlannedEntry[];
  /** @returns the content's SHA-256. */
  add(name: string, content: Uint8Array): Promise<string>;
  close(): Promise<void>;
  abort(): Promise<void>;
}

export async function openSpool(objects: ObjectStore): Promise<Spool> {
  const key = `exports/${randomUUID()}`;
  const writer = await objects.createWriter(key);
  const entries: PlannedEntry[] = [];
  let written = 0;
  return {
    key,
    entries,
    async add(name, content) {
      await writer.write(content);
      entries.push({ name, size: content.length, key, start: written });
      written += content.length;
      return createHash("sha256").update(content).digest("hex");
    },
    close: () => writer.close(),
    abort: () => writer.abort(),
  };
}
