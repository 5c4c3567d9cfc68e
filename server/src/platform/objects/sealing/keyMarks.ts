import { randomBytes } from "node:crypto";
import { AppError } from "../../../errors.ts";
import { ObjectDamagedError, ObjectExistsError } from "../errors.ts";
import type { ObjectStore } from "../types.ts";
import { KeptSegments } from "./keptSegments.ts";
import type { Keyring, MasterKey } from "./masterKey.ts";
import { encodeHeader, readHeader } from "./sealedHeader.ts";
import { openSealedReader } from "./sealedReader.ts";
import { noncePrefixBytes } from "./sealedSegments.ts";
import { SealedWriter } from "./sealedWriter.ts";

/**
 * An empty object for each master key that objects are sealed with, from which a wrong key is known at start. Each carries its own
 * wrapped key (sealedHeader.ts), so that it can be looked at before there is a database.
 */
const folder = "master_keys/";

/** @returns The ids of the keys that objects are sealed with. @throws AppError where one is not here, or another one. */
export async function requireMarkedKeys(store: ObjectStore, keyring: Keyring): Promise<string[]> {
  const marked = await markedKeyIds(store);
  for (const id of marked) await requireKey(store, keyring, id);
  return marked;
}

/** Once nothing is sealed with any other key, none of the others is asked for any more. */
export async function removeOtherMarks(store: ObjectStore, { current }: Keyring): Promise<void> {
  for (const id of await markedKeyIds(store)) {
    if (id !== current.id) await store.delete(folder + id);
  }
}

export async function markedKeyIds(store: ObjectStore): Promise<string[]> {
  const ids: string[] = [];
  for await (const entry of store.list(folder)) ids.push(entry.key.slice(folder.length));
  return ids;
}

async function requireKey(store: ObjectStore, keyring: Keyring, id: string): Promise<void> {
  if (!keyring.byId.has(id)) {
    throw new AppError(
      "invalid_config",
      `Stored objects are sealed with master key ${id}, which was not given. It was looked for in ${placeOf(keyring)}. Restore it from your copy and add it after the current one.`,
    );
  }
  try {
    await openMark(store, keyring, folder + id);
  } catch (error) {
    if (!(error instanceof ObjectDamagedError)) throw error;
    throw new AppError(
      "invalid_config",
      `Master key ${id} in ${placeOf(keyring)} is not the one that stored objects were sealed with. Restore the right one from your copy.`,
      { cause: error },
    );
  }
}

async function openMark(store: ObjectStore, keyring: Keyring, key: string): Promise<void> {
  const inner = await store.open(key);
  try {
    const dataKey = await readHeader(inner, key, keyring.byId);
    await openSealedReader(inner, key, { format: 1, dataKey, kept: new KeptSegments() });
  } finally {
    await inner.close();
  }
}

function placeOf({ lookedIn = "this process" }: Keyring): string {
  return lookedIn;
}

/** Sealed with the key it stands for. */
export async function markKey(store: ObjectStore, masterKey: MasterKey): Promise<void> {
  const key = folder + masterKey.id;
  const dataKey = { dataKey: randomBytes(32), noncePrefix: randomBytes(noncePrefixBytes) };
  try {
    const inner = await store.createWriter(key);
    await inner.write(encodeHeader(key, dataKey, masterKey));
    await new SealedWriter(inner, key, dataKey).close();
  } catch (error) {
    // Another process that started at the same moment marked it.
    if (!(error instanceof ObjectExistsError)) throw error;
  }
}
