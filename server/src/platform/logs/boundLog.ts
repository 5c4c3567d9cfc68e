import { copyFileSync, existsSync, renameSync, rmSync, statSync, truncateSync } from "node:fs";

const MOST_BYTES = 15 * 1024 * 1024;
const KEPT = 10;

/**
 * Keeps a log that another process appends to below a size: the text so far becomes `PATH.1`, older ones move up
 * to `PATH.10`, and the file starts anew. The writer keeps its descriptor (opened for appending), so it needs no
 * signal.
 */
export function boundLog(path: string, mostBytes = MOST_BYTES, kept = KEPT): void {
  const copy = `${path}.partial`;
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined || stats.size <= mostBytes) return;
    copyFileSync(path, copy);
    for (let age = kept - 1; age >= 1; age--) {
      if (existsSync(`${path}.${age}`)) renameSync(`${path}.${age}`, `${path}.${age + 1}`);
    }
    renameSync(copy, `${path}.1`);
    truncateSync(path);
  } catch {
    // A full disk, or one that cannot be written: nobody ends for a log, and it is looked at again later.
    forget(copy);
  }
}

function forget(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Then it is in the way of nothing.
  }
}
