import type { ObjectStore } from "../types.ts";
import { markedKeyIds, markKey, requireMarkedKeys } from "./keyMarks.ts";
import { LiveKeyring } from "./liveKeyring.ts";
import { loadMasterKeys, type MasterKeySource } from "./masterKey.ts";
import { keyFileMark } from "./masterKeyFile.ts";

/**
 * The master keys, once they are proven to be those that the objects of `store` were sealed with. A key is made only
 * where nothing was ever sealed.
 * @throws AppError invalid_config on a missing, wrong or corrupted key, before anything is written.
 */
export async function proveMasterKeys(
  store: ObjectStore,
  source: Omit<MasterKeySource, "createIfMissing" | "needed" | "opened">,
): Promise<LiveKeyring> {
  const needed = await markedKeyIds(store);
  const whole = { ...source, needed, createIfMissing: needed.length === 0, opened: new Map() };
  // Before it is read: of a file that is replaced meanwhile, one look too many is made.
  const before = await keyFileMark(source.keyFile);
  const keys = await loadMasterKeys(whole);
  const mark = before ?? (await keyFileMark(source.keyFile));
  const marked = await requireMarkedKeys(store, keys);
  // An older one was marked while it was the current one, and is not again once a rotation has removed its mark.
  if (!marked.includes(keys.current.id)) await markKey(store, keys.current);
  return new LiveKeyring(store, whole, { keys, mark });
}
