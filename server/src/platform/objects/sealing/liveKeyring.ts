import { AppError } from "../../../errors.ts";
import type { ObjectStore } from "../types.ts";
import { markKey, requireMarkedKeys } from "./keyMarks.ts";
import {
  type Keyring,
  loadMasterKeys,
  type MasterKey,
  type MasterKeySource,
  placeOfKeys,
} from "./masterKey.ts";
import { keyFileMark } from "./masterKeyFile.ts";

/**
 * The keys of a running process. The key file is looked at before each object is begun, and whenever a key is met that
 * is not here: a new key is used by every process as soon as its line is in place. Keys in the environment are what
 * they were at the start.
 */
export class LiveKeyring implements Keyring {
  readonly #store: ObjectStore;
  readonly #source: MasterKeySource;
  #keys: Keyring;
  #mark: string | null;
  #reloading: Promise<void> | undefined;
  /** Why the file that lies there now was not taken; null when all is well. */
  fault: string | null = null;

  /** @param mark Of the file that `keys` were read from. */
  constructor(
    store: ObjectStore,
    source: MasterKeySource,
    { keys, mark }: { keys: Keyring; mark: string | null },
  ) {
    this.#store = store;
    this.#source = { ...source, createIfMissing: false };
    this.#keys = keys;
    this.#mark = mark;
  }

  get current(): MasterKey {
    return this.#keys.current;
  }

  get byId(): ReadonlyMap<string, MasterKey> {
    return this.#keys.byId;
  }

  get lookedIn(): string {
    return placeOfKeys(this.#source);
  }

  /** A file that is gone, torn or lacks a needed key changes nothing: what is running goes on with the keys it has. */
  reload(): Promise<void> {
    this.#reloading ??= this.#reload().finally(() => {
      this.#reloading = undefined;
    });
    return this.#reloading;
  }

  async #reload(): Promise<void> {
    if (this.lookedIn === "MAGTRACE_MASTER_KEY") return;
    const mark = await keyFileMark(this.#source.keyFile);
    if (mark === this.#mark) return;
    try {
      const keys = await loadMasterKeys(this.#source);
      this.#requireSame(keys);
      const marked = await requireMarkedKeys(this.#store, keys);
      if (!marked.includes(keys.current.id)) await markKey(this.#store, keys.current);
      this.#keys = keys;
      this.fault = null;
      this.#mark = mark;
    } catch (error) {
      this.fault = error instanceof Error ? error.message : String(error);
      // One that is wrong in itself stays wrong; a store or service that does not answer is asked again.
      if (error instanceof AppError && error.code === "invalid_config") this.#mark = mark;
    }
  }

  #requireSame(keys: Keyring): void {
    for (const { id, key } of keys.byId.values()) {
      const present = this.byId.get(id);
      if (present === undefined || present.key.equals(key)) continue;
      throw new AppError("invalid_config", `Master key ${id} is not the one it was. Restore the right one.`);
    }
  }
}
