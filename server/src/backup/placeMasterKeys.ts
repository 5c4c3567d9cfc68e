import { idOfEntry } from "../platform/objects/sealing/masterKey.ts";
import { keyLines, readKeyFile, replaceKeyLines } from "../platform/objects/sealing/masterKeyFile.ts";
import { streamOf } from "../platform/objects/streamOf.ts";
import type { ObjectStore } from "../platform/objects/types.ts";
import { fileOf, type Manifest } from "./backupStore.ts";
import { opened } from "./sealedStream.ts";

export interface MasterKeyRestore {
  readonly store: ObjectStore;
  readonly manifest: Manifest;
  readonly identities: readonly string[];
  /** Of the file of master keys. */
  readonly path: string;
}

/**
 * Puts the master keys of a backup where they belong, behind those that are there, so that these go on sealing and the
 * others only open. @returns the ids of those it added.
 */
export async function placeMasterKeys({
  store,
  manifest,
  identities,
  path,
}: MasterKeyRestore): Promise<string[]> {
  const file = streamOf(store, fileOf(manifest.id, "master.key.age"));
  const text = Buffer.concat(await Array.fromAsync(opened(file, identities))).toString("utf8");
  const present = keyLines((await readKeyFile(path)) ?? "");
  const there = new Set(present.map(idOfEntry));
  const added = keyLines(text).filter((line) => !there.has(idOfEntry(line)));
  if (added.length > 0) await replaceKeyLines(path, [...present, ...added]);
  return added.map(idOfEntry);
}
