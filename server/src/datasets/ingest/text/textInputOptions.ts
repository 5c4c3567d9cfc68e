import type { ColumnMapping, IngestLimits } from "../types.ts";

export interface TextInputOptions {
  readonly mapping: ColumnMapping | undefined;
  readonly limits: IngestLimits;
  readonly threads: number;
  /** The same bytes once more, from the beginning; for what only the whole file can tell. */
  reopen(): AsyncIterable<Uint8Array>;
  readonly filename?: string | undefined;
}
