import { availableParallelism } from "node:os";
import type { IngestLimits } from "./ingest/types.ts";
import type { InspectInProject } from "./inspectInProject.ts";
import type { InspectThreads } from "./inspectThreads.ts";

const ROWS = 2_000;
/** What is compiled after each is kept for good: six rounds cost an idle installation 38 MB more than one. */
const ROUNDS = 2;
const MOST_THREADS = 4;

/** At least two, so that no one file keeps everybody waiting; the event loop has a processor of its own beyond that. */
export function inspectThreadCount(): number {
  return Math.min(Math.max(availableParallelism() - 1, 2), MOST_THREADS);
}

/**
 * Has a thread read a file that nobody sent, so that the first one that somebody sends finds it loaded: 1 s of processor
 * time, and the memory of a thread, which it keeps. Begun before the api waits for its database, most of it is done when
 * the api listens.
 *
 * @returns what went wrong, or null.
 */
export async function warmInspection(threads: InspectThreads, limits: IngestLimits): Promise<unknown> {
  try {
    await threads.warm(sample(limits), ROUNDS);
    return null;
  } catch (error) {
    return error;
  }
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
