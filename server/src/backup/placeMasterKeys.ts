import { existsSync } from "node:fs";
import { appendFile, mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { ObjectStore } from "../platform/objects/types.ts";
import { fileOf, type Manifest, streamOf } from "./backupStore.ts";
import { opened } from "./sealedStream.ts";

export interface MasterKeyRestore {
  readonly store: ObjectStore;
  readonly manifest: Manifest;
  readonly identities: readonly string[];
  /** Of the file of master keys. */
  readonly path: string;
}

/**
 * Puts the master keys of a backup where they belong: as they were where there is no such file, else those that are not
 * in it behind the others, so that they only open. Returns the ids of what it added.
 */
export async function placeMasterKeys({
  store,
  manifest,
  identities,
  path,
}: MasterKeyRestore): Promise<string[]> {
  const pieces: Uint8Array[] = [];
  const file = streamOf(store, fileOf(manifest.id, "master.key.age"));
  for await (const piece of opened(file, identities)) pieces.push(piece);
  const text = Buffer.concat(pieces).toString("utf8");
  const keys = linesOfKeys(text);
  if (!existsSync(path)) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const made = await open(path, "wx", 0o600);
    try {
      await made.writeFile(text);
      await made.sync();
    } finally {
      await made.close();
    }
    return [...keys.keys()];
  }
  const there = linesOfKeys(await readFile(path, "utf8"));
  const added = [...keys].filter(([id]) => !there.has(id));
  if (added.length > 0)
    await appendFile(path, `# of backup ${manifest.id}\n${added.map(([, line]) => `${line}\n`).join("")}`);
  return added.map(([id]) => id);
}

/** By their ids. */
function linesOfKeys(text: string): Map<string, string> {
  const lines = text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.split(":")[0] ?? "", line]));
}
