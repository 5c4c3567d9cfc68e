import type { Config } from "../config.ts";
import type { IngestLimits } from "./ingest/types.ts";

const MIB = 1024 * 1024;
const MAX_COLUMNS = 1_000;
const MAX_FIELD_BYTES = 64 * 1024;

/** How large, wide and dense a file may be. */
export function ingestLimits(config: Config): IngestLimits {
  return {
    maxDecompressedBytes: config.UPLOAD_MAX_DECOMPRESSED_MIB * MIB,
    maxRatio: config.UPLOAD_MAX_RATIO,
    maxColumns: MAX_COLUMNS,
    maxFieldBytes: MAX_FIELD_BYTES,
  };
}
