import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startInstallation } from "../server/src/demo/startInstallation.ts";

export interface BenchInstallation {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  readonly dataDir: string;
  readonly projectId: number;
}

/** What is measured is how fast answers come, not how many one user may ask for. */
const unlimited = {
  RATE_LIMIT_READ: "0",
  RATE_LIMIT_WRITE: "0",
  RATE_LIMIT_UPLOAD: "0",
  RATE_LIMIT_TRAINING: "0",
};

/**
 * Runs `work` against an installation of its own, as users have it, and removes everything afterwards.
 *
 * @param settings Variables of config.ts that are to differ.
 */
export async function withInstallation(
  work: (installation: BenchInstallation) => Promise<void>,
  settings: Readonly<Record<string, string>> = {},
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "magtrace-bench-"));
  // Root runs PostgreSQL under another account, which must be able to pass through.
  if (process.getuid?.() === 0) chmodSync(folder, 0o711);
  const dataDir = join(folder, "data");
  const ending = new AbortController();
  const stop = () => ending.abort();
  process.once("SIGINT", stop);
  const running = await startInstallation(dataDir, ending.signal, { ...unlimited, ...settings });
  try {
    const response = await fetch(new URL("/api/projects/", running.url), {
      method: "POST",
      headers: { Authorization: `Bearer ${running.token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ name: "bench" }),
    });
    const { id } = (await response.json()) as { id: number };
    await work({ ...running, dataDir, projectId: id });
  } finally {
    process.off("SIGINT", stop);
    await running.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
