import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

const made: string[] = [];

// Not after the test that asked: its own clean-up, which runs later, still needs the folder.
after(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/**
 * A folder that is deleted when the test file has ended. It can be passed through by others, as the embedded
 * PostgreSQL's account must when the tests run as root.
 */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "magtrace-"));
  chmodSync(folder, 0o711);
  made.push(folder);
  return folder;
}
