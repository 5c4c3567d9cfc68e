import { availableParallelism } from "node:os";
import type { IngestLimits } from "./ingest/types.ts";
import type { InspectInProject } from "./inspectInProject.ts";
import type { InspectThreads } from "./inspectThreads.ts";

/** The api listens, and whoever waited for that is answered, before it does what only somebody later will want. */
const WAIT_MS = 1_000;
const ROWS = 2_000;
/** What is compiled after each is kept for good: six rounds cost an idle installation 38 MB more than one. */
const ROUNDS = 2;
const MOST_THREADS = 4;

/** At least two, so that no one file keeps everybody waiting; the event loop has a processor of its own beyond that. */
export function inspectThreadCount(): number {
  return Math.min(Math.max(availableParallelism() - 1, 2), MOST_THREADS);
}

export interface Warming {
  readonly limits: IngestLimits;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Has a thread read a file that nobody sent, soon, so that the first one that somebody sends finds it loaded: 1 s of
 * processor time, and the memory of a thread, which it keeps. @returns what calls it off.
 */
export function warmSoon(threads: InspectThreads, { limits, onFailure }: Warming): () => void {
  const timer = setTimeout(() => void warm(threads, limits).catch(onFailure), WAIT_MS);
  timer.unref();
  return () => clearTimeout(timer);
}

async function warm(threads: InspectThreads, limits: IngestLimits): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) await threads.warm(sample(limits));
}

function sample(limits: IngestLimits): InspectInProject {
  const lines = ["timestamp_pc,b_x,b_y,b_z,lat,lon,altitude,sensor_id"];
  for (let row = 0; row < ROWS; row++) {
    const time = new Date(Date.UTC(2026, 0, 1) + 10 * row).toISOString();
    lines.push(`${time},${20_000 + (row % 7)}.25,-1234.5,43210.75,47.3,8.5,450.1,S1`);
  }
  const bytes = Buffer.from(`${lines.join("\n")}\n`);
  return { head: { bytes, complete: true }, limits, profile: null, profiles: [] };
}
