import { setTimeout as sleep } from "node:timers/promises";
import { processIdentity } from "../platform/processIdentity.ts";
import type { ProcessRecord } from "./lockDataFolder.ts";

const GRACE_MS = 2_000;

/** Ends processes whose supervisor was killed before it could. A number that belongs to another process now is left alone. */
export async function endLeftBehind(records: readonly ProcessRecord[], graceMs = GRACE_MS): Promise<void> {
  await Promise.all(records.map((record) => endOne(record, graceMs)));
}

async function endOne({ pid, identity }: ProcessRecord, graceMs: number): Promise<void> {
  const isRunning = () => processIdentity(pid) === identity;
  if (!isRunning()) return;
  signal(pid, "SIGTERM");
  const deadline = performance.now() + graceMs;
  while (isRunning() && performance.now() < deadline) await sleep(20);
  if (isRunning()) signal(pid, "SIGKILL");
  while (isRunning() && performance.now() < deadline + GRACE_MS) await sleep(20);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended in between.
  }
}
