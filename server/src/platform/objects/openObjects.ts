import { AppError } from "../../errors.ts";
import { ObjectDamagedError, ObjectExistsError } from "./errors.ts";
import { type Keyring, loadMasterKeys, type MasterKeySource } from "./sealing/masterKey.ts";
import { SealedObjects } from "./sealing/sealedObjects.ts";
import type { BackingObjects } from "./types.ts";

/** An empty sealed object for each master key ever used here, from which a wrong key is known at start. */
export const masterKeyMarks = "master_keys/";

/**
 * The sealed store over `inner`, once the master keys are proven to be those that its objects were sealed with.
 * A key is made only where nothing was ever sealed.
 * @throws AppError invalid_config on a missing, wrong or corrupted key, before anything is written.
 */
export async function openSealedObjects(
  inner: BackingObjects,
  source: Omit<MasterKeySource, "createIfMissing">,
): Promise<SealedObjects> {
  const marked = await markedKeyIds(inner);
  const keyring = await loadMasterKeys({ ...source, createIfMissing: marked.length === 0 });
  const objects = new SealedObjects(inner, keyring);
  for (const id of marked) await requireKey(objects, keyring, id);
  for (const id of keyring.byId.keys()) {
    if (!marked.includes(id)) await markKey(inner, keyring, id);
  }
  return objects;
}

async function markedKeyIds(inner: BackingObjects): Promise<string[]> {
  const ids: string[] = [];
  for await (const entry of inner.list(masterKeyMarks)) ids.push(entry.key.slice(masterKeyMarks.length));
  return ids;
}

async function requireKey(objects: SealedObjects, keyring: Keyring, id: string): Promise<void> {
  if (!keyring.byId.has(id)) {
    throw new AppError(
      "invalid_config",
      `Stored objects are sealed with master key ${id}, which was not given. Restore it from your copy and add it after the current one.`,
    );
  }
  try {
    const reader = await objects.open(masterKeyMarks + id);
    await reader.close();
  } catch (error) {
    if (!(error instanceof ObjectDamagedError)) throw error;
    throw new AppError(
      "invalid_config",
      `Master key ${id} is not the one that stored objects were sealed with. Restore the right one from your copy.`,
      { cause: error },
    );
  }
}

/** Each mark is sealed with its own key, whichever is current. */
async function markKey(inner: BackingObjects, keyring: Keyring, id: string): Promise<void> {
  const own = keyring.byId.get(id);
  if (own === undefined) return;
  try {
    const writer = await new SealedObjects(inner, { current: own, byId: keyring.byId }).createWriter(
      masterKeyMarks + id,
    );
    await writer.close();
  } catch (error) {
    // Another process that started at the same moment marked it.
    if (!(error instanceof ObjectExistsError)) throw error;
  }
}
