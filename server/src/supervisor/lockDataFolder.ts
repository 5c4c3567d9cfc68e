import { randomBytes } from "node:crypto";
import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../errors.ts";
import { processIdentity } from "../platform/processIdentity.ts";

/** A process by number and identity, so that its number's next owner is not taken for it. */
export interface ProcessRecord {
  readonly pid: number;
  readonly identity: string;
}

interface LockContent extends ProcessRecord {
  readonly stopping: boolean;
  /** Processes to end if the owner of the lock dies without ending them. */
  readonly children: readonly ProcessRecord[];
  /** What tells the folder from a copy of it, which has a copy of its lock; empty in locks of earlier versions. */
  readonly folder: string;
}

/** The right to run on a data folder; one process at a time has it. */
export interface FolderLock {
  /** Children of the owner before us, who died without ending them. */
  readonly leftBehind: readonly ProcessRecord[];
  /** Notes our children, for whoever comes after us if we are killed. */
  recordChildren(pids: readonly number[]): void;
  /** From now on another start waits for us rather than refuse. */
  markStopping(): void;
  release(): void;
}

/**
 * Takes the lock of a data folder. A lock whose owner no longer runs is taken over. Waits up to `patienceMs` for
 * an owner that is stopping.
 *
 * @throws {AppError} already_running; conflict: the folder was copied while MagTrace ran on the one it is a copy of.
 */
export async function lockDataFolder(dataDir: string, patienceMs = 30_000): Promise<FolderLock> {
  const path = join(dataDir, "magtrace.lock");
  const identity = processIdentity(process.pid) ?? "unknown";
  const mine: LockContent = {
    pid: process.pid,
    identity,
    stopping: false,
    children: [],
    folder: folderMark(dataDir),
  };
  let leftBehind: readonly ProcessRecord[] = [];
  const deadline = performance.now() + patienceMs;
  while (!createWhole(path, mine)) {
    const owner = read(path);
    const isCopy = owner !== undefined && owner.folder !== "" && owner.folder !== mine.folder;
    if (owner !== undefined && processIdentity(owner.pid) === owner.identity) {
      if (isCopy) throw copiedWhileRunning(owner.pid);
      if (owner.stopping && performance.now() < deadline) {
        await sleep(50);
        continue;
      }
      throw new AppError(
        "already_running",
        `MagTrace already runs on this data folder, as process ${owner.pid}. Stop it first, or set MAGTRACE_DATA_DIR to another folder.`,
        { details: { pid: owner.pid } },
      );
    }
    // Those noted in a copy are the other folder's.
    leftBehind = isCopy ? leftBehind : (owner?.children ?? leftBehind);
    removeStale(path, owner);
  }
  return handleOf(path, mine, leftBehind);
}

function copiedWhileRunning(pid: number): AppError {
  return new AppError(
    "conflict",
    `This data folder is a copy of another one, made while MagTrace ran there (process ${pid}). Such a copy can be torn. Copy the folder anew with MagTrace stopped; to start on this copy all the same, delete magtrace.lock in it.`,
    { details: { pid } },
  );
}

/** Device and number of the folder: they stay when it is moved on its disk, and differ in a copy. */
function folderMark(dataDir: string): string {
  const { dev, ino } = statSync(dataDir, { bigint: true });
  return `${dev}:${ino}`;
}

/** The process that runs on a data folder now, if any. */
export function lockOwner(dataDir: string): number | undefined {
  const owner = read(join(dataDir, "magtrace.lock"));
  if (owner === undefined || processIdentity(owner.pid) !== owner.identity) return undefined;
  return owner.folder === "" || owner.folder === folderMark(dataDir) ? owner.pid : undefined;
}

function handleOf(path: string, initial: LockContent, leftBehind: readonly ProcessRecord[]): FolderLock {
  let content = initial;
  const replace = (next: LockContent) => {
    content = next;
    const partial = temporaryName(path);
    try {
      writeFileSync(partial, JSON.stringify(content), { mode: 0o600 });
      renameSync(partial, path);
    } catch {
      // A full disk must not keep us from starting a child again or from stopping; the lock itself stays.
      rmSync(partial, { force: true });
    }
  };
  return {
    leftBehind,
    recordChildren: (pids) => {
      const children = pids.flatMap((pid) => {
        const identity = processIdentity(pid);
        return identity === null ? [] : [{ pid, identity }];
      });
      replace({ ...content, children });
    },
    markStopping: () => replace({ ...content, stopping: true }),
    release: () => rmSync(path, { force: true }),
  };
}

/** Creates the file with its whole content, or not at all when it exists. */
function createWhole(path: string, content: LockContent): boolean {
  const partial = temporaryName(path);
  writeFileSync(partial, JSON.stringify(content), { mode: 0o600 });
  try {
    linkSync(partial, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(partial, { force: true });
  }
}

/** Moves the stale lock away, and puts it back if it was another starter's fresh one by then. */
function removeStale(path: string, seen: LockContent | undefined): void {
  const aside = temporaryName(path);
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  const moved = read(aside);
  if (moved !== undefined && (moved.pid !== seen?.pid || moved.identity !== seen.identity)) {
    try {
      linkSync(aside, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  rmSync(aside, { force: true });
}

function temporaryName(path: string): string {
  return `${path}.${process.pid}-${randomBytes(4).toString("hex")}`;
}

/** undefined for a lock that is missing or damaged, which counts as nobody's. */
function read(path: string): LockContent | undefined {
  try {
    const { pid, identity, stopping, children, folder } = JSON.parse(
      readFileSync(path, "utf8"),
    ) as Partial<LockContent>;
    if (!Number.isInteger(pid) || typeof identity !== "string") return undefined;
    return {
      pid: Number(pid),
      identity,
      stopping: stopping === true,
      children: Array.isArray(children) ? children : [],
      folder: typeof folder === "string" ? folder : "",
    };
  } catch {
    return undefined;
  }
}
