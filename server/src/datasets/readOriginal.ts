import type { Deps } from "../platform/deps.ts";
import { ingestFile } from "./ingest/ingest.ts";
import type { ColumnMapping, IngestOutcome } from "./ingest/types.ts";
import { ingestLimits } from "./ingestLimits.ts";
import type { StoredDataset } from "./queries.ts";

export interface OriginalReading {
  readonly dataset: Pick<StoredDataset, "originalName" | "organizationId"> & { readonly originalKey: string };
  readonly mapping: ColumnMapping | null;
  /** Where the series is to lie. What a refused or failed reading leaves there is deleted. */
  readonly prefix: string;
  readonly onProgress?: (fraction: number) => void;
  readonly signal: AbortSignal;
}

/** Reads a kept file into a series of its own. */
export async function readOriginal(
  deps: Deps,
  { dataset, mapping, prefix, onProgress, signal }: OriginalReading,
): Promise<IngestOutcome> {
  const { objects, config } = deps;
  const { organizationId } = dataset;
  const source = await objects.open(dataset.originalKey);
  let outcome: IngestOutcome;
  try {
    outcome = await ingestFile({
      source,
      filename: dataset.originalName,
      // An empty one says nothing: it is there so that no profile speaks in its stead.
      ...(mapping !== null && Object.keys(mapping).length > 0 ? { mapping } : {}),
      limits: ingestLimits(config),
      openSink: (name) => objects.createWriter(prefix + name, { organizationId }),
      scratch: {
        openSink: (name) => objects.createWriter(`${prefix}scratch/${name}`, { organizationId }),
        openSource: (name) => objects.open(`${prefix}scratch/${name}`),
      },
      ...(onProgress === undefined ? {} : { onProgress }),
      processors: config.WORKER_THREADS || undefined,
      signal,
    });
  } catch (error) {
    await objects.deletePrefix(prefix).catch(() => undefined);
    throw error;
  } finally {
    await source.close();
  }
  await objects.deletePrefix(outcome.ok ? `${prefix}scratch/` : prefix);
  return outcome;
}
