import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../errors.ts";

/**
 * Makes the data folder when missing and proves that it can be written. A new folder is closed to others; root's
 * can be passed through, because the embedded PostgreSQL runs under another account inside it.
 *
 * @throws {AppError} cannot_write.
 */
export function prepareDataFolder(dataDir: string): void {
  const probe = join(dataDir, `.probe-${process.pid}`);
  try {
    if (!existsSync(dataDir)) {
      mkdirSync(dataDir, { recursive: true });
      chmodSync(dataDir, process.getuid?.() === 0 ? 0o711 : 0o700);
    }
    try {
      // One block: an empty file fits on a full disk.
      writeFileSync(probe, new Uint8Array(4_096));
    } finally {
      rmSync(probe, { force: true });
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new AppError(
      "cannot_write",
      `The data folder ${dataDir} cannot be written${reason(code)}. Make it writable or set MAGTRACE_DATA_DIR to another folder.`,
      { cause },
    );
  }
}

function reason(code: string | undefined): string {
  if (code === "ENOTDIR" || code === "EEXIST") return ": a file stands in its place";
  if (code === "EROFS") return ": the file system is read-only";
  if (code === "ENOSPC") return ": the disk is full";
  return " by this account";
}
