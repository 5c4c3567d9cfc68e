import { copyFileSync, statSync, truncateSync } from "node:fs";

const MOST_BYTES = 10 * 1024 * 1024;

/**
 * Keeps a log that another process appends to below a size: the text so far becomes `PATH.1` and the file starts
 * anew. The writer keeps its descriptor (opened for appending), so it needs no signal.
 */
export function boundLog(path: string, mostBytes = MOST_BYTES): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || stats.size <= mostBytes) return;
  copyFileSync(path, `${path}.1`);
  truncateSync(path);
}
