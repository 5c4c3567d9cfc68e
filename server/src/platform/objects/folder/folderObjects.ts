import {
  constants,
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  rmdir,
  stat,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { fromSystemError, ObjectExistsError, ObjectMissingError, systemCode } from "../errors.ts";
import { requireObjectKey, requireObjectPrefix } from "../objectKey.ts";
import { putObject } from "../putObject.ts";
import type { ObjectEntry, ObjectReader, ObjectStore, ObjectWriter } from "../types.ts";
import { FileReader } from "./fileReader.ts";
import { FileWriter } from "./fileWriter.ts";
import { incomingName, sweepIncoming } from "./incoming.ts";

/** No key has a segment with a leading dot, so this folder is never in the way of one. */
const incomingFolder = ".incoming";
/** One block: an empty file fits on a full disk. */
const PROBE_BYTES = 4_096;
const withoutLinks = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

/** Objects as files under `root`, readable by this user alone. Removes what writers that died left behind. */
export async function openFolderObjects(root: string, nowMs = Date.now()): Promise<FolderObjects> {
  const incoming = join(root, incomingFolder);
  try {
    await mkdir(incoming, { recursive: true, mode: 0o700 });
    await sweepIncoming(incoming, nowMs);
  } catch (error) {
    throw fromSystemError("", error);
  }
  return new FolderObjects(root);
}

export class FolderObjects implements ObjectStore {
  readonly #root: string;

  /** Use `openFolderObjects`, which makes the folder. */
  constructor(root: string) {
    this.#root = root;
  }

  put(key: string, source: AsyncIterable<Uint8Array>): Promise<{ size: number }> {
    return putObject(this, key, source);
  }

  async createWriter(key: string): Promise<ObjectWriter> {
    requireObjectKey(key);
    // Told at once, before an hour of upload; publishing checks again.
    if (await this.exists(key)) throw new ObjectExistsError(key);
    const temporary = join(this.#root, incomingFolder, incomingName());
    try {
      const file = await open(temporary, "wx", 0o600);
      return new FileWriter({ key, file, temporary, publish: () => this.#publish(key, temporary) });
    } catch (error) {
      throw fromSystemError(key, error);
    }
  }

  async open(key: string): Promise<ObjectReader> {
    requireObjectKey(key);
    let file: FileHandle | undefined;
    try {
      file = await open(this.#path(key), constants.O_RDONLY);
      const found = await file.stat();
      if (!found.isFile()) throw new ObjectMissingError(key);
      return new FileReader(key, file, found.size);
    } catch (error) {
      await file?.close();
      throw isAbsence(error) ? new ObjectMissingError(key, error) : fromSystemError(key, error);
    }
  }

  async exists(key: string): Promise<boolean> {
    requireObjectKey(key);
    try {
      return (await stat(this.#path(key))).isFile();
    } catch (error) {
      if (isAbsence(error)) return false;
      throw fromSystemError(key, error);
    }
  }

  async delete(key: string): Promise<void> {
    requireObjectKey(key);
    try {
      await rm(this.#path(key));
    } catch (error) {
      // A folder of longer keys is not this key.
      if (isAbsence(error) || systemCode(error) === "ERR_FS_EISDIR") return;
      throw fromSystemError(key, error);
    }
    await this.#removeEmptyFolders(dirname(key));
  }

  async deletePrefix(prefix: string): Promise<{ deleted: number }> {
    if (prefix === "") throw new RangeError("refusing to delete every object: the prefix is empty");
    let deleted = 0;
    for await (const entry of this.list(prefix)) {
      await this.delete(entry.key);
      deleted += 1;
    }
    return { deleted };
  }

  async *list(prefix: string): AsyncGenerator<ObjectEntry> {
    requireObjectPrefix(prefix);
    yield* this.#listFolder(prefix);
  }

  async probeWriting(): Promise<void> {
    const probe = join(this.#root, incomingFolder, incomingName());
    try {
      await writeFile(probe, new Uint8Array(PROBE_BYTES), { flag: "wx", mode: 0o600 });
      await rm(probe);
    } catch (error) {
      await rm(probe, { force: true }).catch(() => undefined);
      throw fromSystemError("", error);
    }
  }

  async *#listFolder(prefix: string): AsyncGenerator<ObjectEntry> {
    for (const name of await this.#namesInKeyOrder(prefix)) {
      if (name.endsWith("/")) {
        yield* this.#listFolder(prefix + name);
        continue;
      }
      const key = prefix + name;
      const found = await stat(this.#path(key)).catch((error: unknown) => {
        // Deleted since the folder was read.
        if (isAbsence(error)) return null;
        throw fromSystemError(key, error);
      });
      if (found !== null) yield { key, size: found.size, modifiedAt: found.mtime };
    }
  }

  /** Folders carry their slash into the comparison, so that the walk yields keys in the order of whole keys. */
  async #namesInKeyOrder(prefix: string): Promise<string[]> {
    try {
      const entries = await readdir(join(this.#root, prefix), { withFileTypes: true });
      return entries
        .filter((entry) => !entry.name.startsWith(".") && (entry.isFile() || entry.isDirectory()))
        .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
        .sort((a, b) => (a < b ? -1 : 1));
    } catch (error) {
      if (isAbsence(error)) return [];
      throw fromSystemError(prefix, error);
    }
  }

  async #publish(key: string, temporary: string): Promise<void> {
    const path = this.#path(key);
    // A delete beside this may remove the folder, being empty, between its making and its use.
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#makeFolder(dirname(key));
        await renameToNew(temporary, path);
        break;
      } catch (error) {
        if (systemCode(error) !== "ENOENT" || attempt === 5) throw fromSystemError(key, error);
      }
    }
    await syncFolder(dirname(path));
  }

  /** Each folder made is also entered durably in the one above it. */
  async #makeFolder(folder: string): Promise<void> {
    if (folder === ".") return;
    const path = join(this.#root, folder);
    try {
      await mkdir(path, { mode: 0o700 });
    } catch (error) {
      if (systemCode(error) === "EEXIST") return;
      if (systemCode(error) !== "ENOENT") throw error;
      await this.#makeFolder(dirname(folder));
      await mkdir(path, { mode: 0o700 }).catch((failure: unknown) => {
        if (systemCode(failure) !== "EEXIST") throw failure;
      });
    }
    await syncFolder(dirname(path));
  }

  async #removeEmptyFolders(folder: string): Promise<void> {
    for (let at = folder; at !== "."; at = dirname(at)) {
      try {
        await rmdir(join(this.#root, at));
      } catch {
        // Not empty, or another delete was first: either way there is nothing to do above it.
        return;
      }
    }
  }

  #path(key: string): string {
    return join(this.#root, key);
  }
}

/** A rename that fails on an existing name: a second link to the file, then the first is taken away. */
async function renameToNew(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!withoutLinks.has(systemCode(error) ?? "")) throw error;
    await renameChecked(from, to);
    return;
  }
  await rm(from);
}

/** For disks without hard links (FAT, some network shares): two writers of one key at the same instant can both win. */
async function renameChecked(from: string, to: string): Promise<void> {
  const taken = await stat(to).then(
    () => true,
    () => false,
  );
  if (taken) throw Object.assign(new Error("the name is taken"), { code: "EEXIST" });
  await rename(from, to);
}

async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder for this, and keeps its names in a journal.
  if (process.platform === "win32") return;
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function isAbsence(error: unknown): boolean {
  const code = systemCode(error);
  return code === "ENOENT" || code === "ENOTDIR";
}
