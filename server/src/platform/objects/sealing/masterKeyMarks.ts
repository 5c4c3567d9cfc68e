import { randomBytes } from "node:crypto";
import { AppError } from "../../../errors.ts";
import { ObjectDamagedError, ObjectExistsError } from "../errors.ts";
import type { ObjectStore } from "../types.ts";
import { KeptSegments } from "./keptSegments.ts";
import { type Keyring, loadMasterKeys, type MasterKey, type MasterKeySource } from "./masterKey.ts";
import { encodeHeader, readHeader } from "./sealedHeader.ts";
import { openSealedReader } from "./sealedReader.ts";
import { noncePrefixBytes } from "./sealedSegments.ts";
import { SealedWriter } from "./sealedWriter.ts";

/**
 * An empty object for each master key that objects are sealed with, from which a wrong key is known at start. Each carries its own
 * wrapped key (sealedHeader.ts), so that it can be looked at before there is a database.
 */
const folder = "master_keys/";

/**
 * The master keys, once they are proven to be those that the objects of `store` were sealed with. A key is made only
 * where nothing was ever sealed.
 * @throws AppError invalid_config on a missing, wrong or corrupted key, before anything is written.
 */
export async function proveMasterKeys(
  store: ObjectStore,
  source: Omit<MasterKeySource, "createIfMissing">,
): Promise<Keyring> {
  const marked = await markedKeyIds(store);
  const keyring = await loadMasterKeys({ ...source, createIfMissing: marked.length === 0 });
  for (const id of marked) await requireKey(store, keyring, id);
  // An older one was marked while it was the current one, and is not again once a rotation has removed its mark.
  if (!marked.includes(keyring.current.id)) await markKey(store, keyring.current);
  return keyring;
}

/** Once nothing is sealed with any other key, none of the others is asked for any more. */
export async function removeOtherMarks(store: ObjectStore, { current }: Keyring): Promise<void> {
  for (const id of await markedKeyIds(store)) {
    if (id !== current.id) await store.delete(folder + id);
  }
}

async function markedKeyIds(store: ObjectStore): Promise<string[]> {
  const ids: string[] = [];
  for await (const entry of store.list(folder)) ids.push(entry.key.slice(folder.length));
  return ids;
}

async function requireKey(store: ObjectStore, keyring: Keyring, id: string): Promise<void> {
  if (!keyring.byId.has(id)) {
    throw new AppError(
      "invalid_config",
      `Stored objects are sealed with master key ${id}, which was not given. Restore it from your copy and add it after the current one.`,
    );
  }
  try {
    await openMark(store, keyring, folder + id);
  } catch (error) {
    if (!(error instanceof ObjectDamagedError)) throw error;
    throw new AppError(
      "invalid_config",
      `Master key ${id} is not the one that stored objects were sealed with. Restore the right one from your copy.`,
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

/** Sealed with the key it stands for. */
async function markKey(store: ObjectStore, masterKey: MasterKey): Promise<void> {
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
