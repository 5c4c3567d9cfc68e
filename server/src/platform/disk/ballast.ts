import { randomBytes } from "node:crypto";
import { rmSync, statfsSync } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { MIB, type ReserveOptions, stateOfDisk } from "./diskSpace.ts";

/**
 * Less is not enough for the embedded database to recover: two files of its log are 32 MiB, and recovery may write as
 * much again.
 */
const NEEDED_BYTES = 48 * MIB;
const PIECE_BYTES = MIB;

function ballastPath(folder: string): string {
  return join(folder, "ballast");
}

/**
 * Deletes the file that keeps room for the embedded database, if the disk has little left.
 *
 * @returns whether there was one to give up.
 */
export function giveUpBallast(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    if (bavail * bsize >= NEEDED_BYTES) return false;
    rmSync(ballastPath(folder));
    return true;
  } catch {
    // Neither folder nor ballast, or a disk that nothing can be changed on.
    return false;
  }
}

/**
 * Puts the ballast back where the disk keeps its reserve with it.
 *
 * @returns whether it was put there now.
 */
export async function restoreBallast(
  folder: string,
  { bytes, reserve }: { bytes: number; reserve: ReserveOptions },
): Promise<boolean> {
  const path = ballastPath(folder);
  const present = await stat(path).catch(() => null);
  if (bytes === 0 || present !== null) return false;
  const disk = await stateOfDisk(folder, reserve);
  if (disk === undefined || disk.freeBytes - bytes < Math.max(disk.reserveBytes, NEEDED_BYTES)) return false;
  const partial = `${path}.partial`;
  try {
    await writeBytes(partial, bytes);
    await rename(partial, path);
    return true;
  } catch {
    await rm(partial, { force: true }).catch(() => undefined);
    return false;
  }
}

/** Random, so that no file system that packs or shares blocks makes nothing of it. */
async function writeBytes(path: string, bytes: number): Promise<void> {
  const file = await open(path, "w", 0o600);
  try {
    const piece = randomBytes(PIECE_BYTES);
    for (let left = bytes; left > 0; left -= PIECE_BYTES) {
      // Each piece another, or it could be shared.
      piece.writeDoubleLE(left, 0);
      await file.write(piece, 0, Math.min(left, PIECE_BYTES));
    }
    await file.sync();
  } finally {
    await file.close();
  }
}
