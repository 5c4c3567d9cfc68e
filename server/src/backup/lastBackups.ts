import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** When backups were last made from this data folder. */
export interface LastBackups {
  /** Begin of the last good one. */
  readonly succeeded_at: string | null;
  readonly failed_at: string | null;
}

const NONE: LastBackups = { succeeded_at: null, failed_at: null };

/** Beside the data, so that a process without the keys of the backups' place can tell how old the last one is. */
function fileIn(dataDir: string): string {
  return join(dataDir, "backups.json");
}

export function readLastBackups(dataDir: string): LastBackups {
  try {
    return { ...NONE, ...(JSON.parse(readFileSync(fileIn(dataDir), "utf8")) as Partial<LastBackups>) };
  } catch {
    return NONE;
  }
}

/** Whatever keeps it from being written says nothing against the backup. */
export function noteBackup(dataDir: string, news: Partial<LastBackups>): void {
  try {
    const path = fileIn(dataDir);
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.new`, `${JSON.stringify({ ...readLastBackups(dataDir), ...news })}\n`, {
      mode: 0o600,
    });
    renameSync(`${path}.new`, path);
  } catch {
    // A full disk must not make a good backup a failed one.
  }
}
