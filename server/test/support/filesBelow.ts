import { readdirSync } from "node:fs";
import { join } from "node:path";

const MOST_LOOKS = 100;

/** Paths of all files below a folder in which others may delete files and folders meanwhile. */
export function filesBelow(folder: string): string[] {
  for (let look = 1; ; look++) {
    try {
      return readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name));
    } catch (error) {
      // A folder that was found is gone by the time it is looked into.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || look === MOST_LOOKS) throw error;
    }
  }
}
