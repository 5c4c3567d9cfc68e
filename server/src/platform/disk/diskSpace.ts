import { realpath, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Config } from "../../config.ts";
import { AppError } from "../../errors.ts";

/** Of the disk that is nearest to its reserve, where several are watched. */
export interface DiskState {
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** Below so much free space what fills the disk is refused. */
  readonly reserveBytes: number;
  /** low: below the reserve; full: below a quarter of it. */
  readonly level: "ok" | "low" | "full";
}

export interface DiskSpace {
  /**
   * For what fills the disk: uploads, trainings, exports, imports.
   *
   * @param bytes What is about to be written, as far as that is known.
   * @throws AppError insufficient_storage, where the disk would be left with less than its reserve.
   */
  requireRoom(bytes?: number): Promise<void>;
  /** For small changes, which go on in most of the reserve. @throws AppError insufficient_storage */
  requireRoomForChange(): Promise<void>;
  /** For a writer in the middle of its work: so many bytes more. @throws AppError insufficient_storage */
  requireRoomToGoOn(bytes: number): Promise<void>;
  /** Looks now. */
  look(): Promise<DiskState>;
}

export interface ReserveOptions {
  readonly reserveBytes: number;
  /** Of the whole disk; the lesser of the two counts. */
  readonly reservePercent: number;
}

export interface DiskSpaceOptions extends ReserveOptions {
  /** Folders on the disks to watch. One that is not there is left out. */
  readonly folders: readonly string[];
  /** Whether what is uploaded lies on one of them, and not in S3. */
  readonly holdsObjects: boolean;
}

export const MIB = 1024 * 1024;
/** Asking costs tens of microseconds: an answer is good for so long, or for so many bytes of one process. */
const GOOD_FOR_MS = 1_000;
const GOOD_FOR_BYTES = 16 * MIB;
/** The last part of the reserve is for deleting and for the database itself. */
const FULL_PART = 1 / 4;

const ADVICE =
  "Reading and deleting go on. Delete what is no longer needed, or have room made on the disk, then try again.";

export function openDiskSpace(options: DiskSpaceOptions): DiskSpace {
  let known: DiskState | undefined;
  let knownSince = 0;
  let writtenSince = 0;
  let looking: Promise<DiskState> | undefined;

  function look(): Promise<DiskState> {
    looking ??= stateOf(options)
      .then((state) => {
        known = state;
        knownSince = performance.now();
        writtenSince = 0;
        return state;
      })
      .finally(() => {
        looking = undefined;
      });
    return looking;
  }

  async function recent(): Promise<DiskState> {
    const isGood = performance.now() - knownSince < GOOD_FOR_MS && writtenSince < GOOD_FOR_BYTES;
    return known && isGood ? known : look();
  }

  const { holdsObjects } = options;
  return {
    look,
    async requireRoom(bytes = 0) {
      const { freeBytes, reserveBytes, level } = await recent();
      if (level !== "ok") {
        throw insufficient(
          "The disk of this installation is nearly full, so uploads, trainings, exports and imports are refused.",
        );
      }
      if (holdsObjects && freeBytes - bytes < reserveBytes) {
        throw insufficient("The disk of this installation has no room for so much.");
      }
    },
    async requireRoomForChange() {
      const { level } = await recent();
      if (level === "full") {
        throw insufficient("The disk of this installation is full, so nothing can be added or changed.");
      }
    },
    async requireRoomToGoOn(bytes) {
      writtenSince += bytes;
      const { level } = await recent();
      if (level !== "ok") throw insufficient("The disk of this installation became nearly full.");
    },
  };
}

/** What is watched of an installation: the data folder's disk, the embedded database's and those of folders of objects. */
export async function watchedFolders(config: Config): Promise<string[]> {
  const dataDir = config.MAGTRACE_DATA_DIR;
  const places = config.MAGTRACE_OBJECTS.flatMap((place) =>
    place.kind === "folder" && place.path !== null ? [place.path] : [],
  );
  return [...new Set([dataDir, await clusterHome(dataDir), ...places])];
}

/** The folder that the embedded database lies in: the data folder, or where its link leads. */
export async function clusterHome(dataDir: string): Promise<string> {
  try {
    return dirname(await realpath(join(dataDir, "postgres")));
  } catch {
    return dataDir;
  }
}

export function reserveOf(config: Pick<Config, "DISK_RESERVE_MIB" | "DISK_RESERVE_PERCENT">): ReserveOptions {
  return { reserveBytes: config.DISK_RESERVE_MIB * MIB, reservePercent: config.DISK_RESERVE_PERCENT };
}

async function stateOf({ folders, ...reserve }: DiskSpaceOptions): Promise<DiskState> {
  let tightest: DiskState | undefined;
  for (const folder of folders) {
    const state = await stateOfDisk(folder, reserve);
    if (state && (!tightest || spare(state) < spare(tightest))) tightest = state;
  }
  // Nothing to watch: nothing is refused for it.
  return tightest ?? { freeBytes: Infinity, totalBytes: Infinity, reserveBytes: 0, level: "ok" };
}

function spare({ freeBytes, reserveBytes }: DiskState): number {
  return freeBytes - reserveBytes;
}

/** Undefined where the folder is not there. */
export async function stateOfDisk(
  folder: string,
  { reserveBytes: most, reservePercent }: ReserveOptions,
): Promise<DiskState | undefined> {
  const found = await statfs(folder).catch(() => undefined);
  // Some file systems that are no disks say 0.
  if (found === undefined || found.blocks === 0) return undefined;
  const freeBytes = found.bavail * found.bsize;
  const totalBytes = found.blocks * found.bsize;
  const reserveBytes = Math.min(most, (totalBytes * reservePercent) / 100);
  const level = freeBytes < reserveBytes * FULL_PART ? "full" : freeBytes < reserveBytes ? "low" : "ok";
  return { freeBytes, totalBytes, reserveBytes, level };
}

function insufficient(what: string): AppError {
  return new AppError("insufficient_storage", `${what} ${ADVICE}`);
}
