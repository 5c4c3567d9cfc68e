import { BASE_BATCH_ROWS } from "./seriesLayout.ts";
import { type SeriesFiles, SeriesRowsWriter } from "./seriesWriter.ts";
import type { SeriesFile, SeriesWriter, TimeKind } from "./types.ts";

/**
 * Takes rows as a series' writer does and writes nothing: its manifest says the same of them, without files.
 *
 * @throws {RangeError} as `createSeriesWriter`.
 */
export function createSeriesSummary(channels: readonly string[], timeKind: TimeKind): SeriesWriter {
  return new SeriesRowsWriter(channels, timeKind, new NoFiles(channels.length));
}

class NoFiles implements SeriesFiles {
  readonly timeUs = new Float64Array(BASE_BATCH_ROWS);
  readonly columns: readonly Float64Array[];

  constructor(channels: number) {
    this.columns = Array.from({ length: channels }, () => new Float64Array(BASE_BATCH_ROWS));
  }

  async writeBatch(): Promise<void> {}

  async close(): Promise<SeriesFile[]> {
    return [];
  }

  async writeManifest(): Promise<void> {}

  async abort(): Promise<void> {}
}
