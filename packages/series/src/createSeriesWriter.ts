import { ArrowFileWriter } from "./arrowFileWriter.ts";
import { PyramidWriter } from "./pyramidWriter.ts";
import {
  BASE_BATCH_ROWS,
  baseColumns,
  fileName,
  MANIFEST_NAME,
  requireDistinctNames,
  seriesMetadata,
} from "./seriesLayout.ts";
import { type SeriesFiles, SeriesRowsWriter } from "./seriesWriter.ts";
import { settled } from "./settled.ts";
import type { ByteSink, SeriesFile, SeriesManifest, SeriesWriter, TimeKind } from "./types.ts";

export interface SeriesWriterOptions {
  /** In the order the columns shall have. */
  readonly channels: readonly string[];
  readonly timeKind: TimeKind;
  openSink(name: string): Promise<ByteSink>;
}

/**
 * Writes a series in one pass with bounded memory: `base.arrow`, the levels of its pyramid, and `series.json`.
 *
 * @throws {RangeError} where a channel's name is empty, reserved, or another's with a suffix a level adds to it; from
 * `append`, where a time is not finite, no track was started, or there are more than 2^31 − 1 rows. After any failure
 * the caller aborts.
 */
export function createSeriesWriter(options: SeriesWriterOptions): SeriesWriter {
  const { channels, timeKind } = options;
  requireDistinctNames(channels);
  return new SeriesRowsWriter(channels, timeKind, new ArrowFiles(options));
}

class ArrowFiles implements SeriesFiles {
  readonly #options: SeriesWriterOptions;
  readonly #base: ArrowFileWriter;
  readonly #pyramid: PyramidWriter;
  #manifestSink: ByteSink | null = null;
  readonly timeUs: Float64Array;
  readonly columns: readonly Float64Array[];

  constructor(options: SeriesWriterOptions) {
    this.#options = options;
    const { channels, timeKind, openSink } = options;
    this.#base = new ArrowFileWriter({
      name: fileName(0),
      columns: baseColumns(timeKind, channels),
      batchRows: BASE_BATCH_ROWS,
      metadata: seriesMetadata(timeKind, 0),
      openSink: (name) => openSink(name),
    });
    const [timeUs, ...columns] = this.#base.cells as Float64Array[];
    this.timeUs = timeUs;
    this.columns = columns;
    this.#pyramid = new PyramidWriter({ channels, timeKind, openSink: (name) => openSink(name) });
  }

  async writeBatch(stepUs: Float64Array, rows: number): Promise<void> {
    await this.#pyramid.addReadings(this.timeUs, stepUs, this.columns, rows);
    await this.#base.writeBatch(rows);
  }

  async close(): Promise<SeriesFile[]> {
    // At once: most of closing a file is waiting for the disk to have it.
    const [base, levels] = await settled<[SeriesFile, SeriesFile[]]>([
      this.#base.close(),
      this.#pyramid.finish(),
    ]);
    return [base, ...levels];
  }

  async writeManifest(manifest: SeriesManifest): Promise<void> {
    this.#manifestSink = await this.#options.openSink(MANIFEST_NAME);
    await this.#manifestSink.write(new TextEncoder().encode(JSON.stringify(manifest)));
    await this.#manifestSink.close();
    this.#manifestSink = null;
  }

  async abort(): Promise<void> {
    const sink = this.#manifestSink;
    this.#manifestSink = null;
    const dropped = sink === null ? undefined : sink.abort ? sink.abort() : sink.close();
    await Promise.all([dropped, this.#base.abort(), this.#pyramid.abort()]);
  }
}
