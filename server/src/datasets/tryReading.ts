import type { Config } from "../config.ts";
import { ingestFile } from "./ingest/ingest.ts";
import { memoryScratch } from "./ingest/inspect/memoryScratch.ts";
import type { IngestOutcome } from "./ingest/types.ts";
import { ingestLimits } from "./ingestLimits.ts";

/** What would come of reading a file that is in memory. Nothing is stored. */
export function tryReading(
  config: Config,
  bytes: Uint8Array,
  { filename, signal }: { filename: string; signal: AbortSignal },
): Promise<IngestOutcome> {
  return ingestFile({
    source: {
      size: bytes.length,
      read: async (start, length) => bytes.subarray(start, start + length),
    },
    filename,
    limits: ingestLimits(config),
    openSink: null,
    scratch: memoryScratch(),
    processors: config.WORKER_THREADS || undefined,
    signal,
  });
}
