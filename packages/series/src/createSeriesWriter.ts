import { ArrowFileWriter } from "./arrowFileWriter.ts";
import { RunningStatistics } from "./channelStatistics.ts";
import { PyramidWriter } from "./pyramidWriter.ts";
import {
  BASE_BATCH_ROWS,
  baseColumns,
  fileName,
  MANIFEST_NAME,
  MAX_ROWS,
  requireDistinctNames,
  seriesMetadata,
} from "./seriesLayout.ts";
import { settled } from "./settled.ts";
import { TimeAxisWatcher } from "./timeAxis.ts";
import type {
  ByteSink,
  FinishedSeries,
  SeriesFile,
  SeriesManifest,
  SeriesRows,
  SeriesWriter,
  TimeKind,
  Track,
} from "./types.ts";

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
  requireDistinctNames(options.channels);
  return new Writer(options);
}

class Writer implements SeriesWriter {
  readonly #options: SeriesWriterOptions;
  readonly #base: ArrowFileWriter;
  readonly #timeUs: Float64Array;
  readonly #columns: readonly Float64Array[];
  readonly #stepUs = new Float64Array(BASE_BATCH_ROWS);
  readonly #startsTrack = new Uint8Array(BASE_BATCH_ROWS);
  readonly #pyramid: PyramidWriter;
  readonly #statistics: readonly RunningStatistics[];
  readonly #timeAxis = new TimeAxisWatcher();
  readonly #tracks: { sensorId: string; startIndex: number }[] = [];
  /** Rows in the batch being filled. A full one waits for the row after it, whose time ends its last step. */
  #filled = 0;
  #written = 0;
  #manifestSink: ByteSink | null = null;

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
    this.#timeUs = timeUs;
    this.#columns = columns;
    this.#pyramid = new PyramidWriter({ channels, timeKind, openSink: (name) => openSink(name) });
    this.#statistics = channels.map(() => new RunningStatistics());
  }

  get #rows(): number {
    return this.#written + this.#filled;
  }

  startTrack(sensorId: string): void {
    if (this.#tracks.at(-1)?.startIndex === this.#rows) this.#tracks.pop();
    this.#tracks.push({ sensorId, startIndex: this.#rows });
  }

  async append({ rows, timeUs, columns }: SeriesRows): Promise<void> {
    if (this.#tracks.length === 0) throw new RangeError("rows before the first track");
    if (this.#rows + rows > MAX_ROWS) throw new RangeError(`more than ${MAX_ROWS} rows`);
    if (columns.length !== this.#columns.length) throw new RangeError(`${columns.length} columns`);
    let from = 0;
    while (from < rows) {
      const startsTrack = this.#tracks.at(-1)!.startIndex === this.#rows;
      if (this.#filled === BASE_BATCH_ROWS) {
        await this.#writeBatch(startsTrack ? null : timeUs[from]);
      }
      const count = Math.min(rows - from, BASE_BATCH_ROWS - this.#filled);
      this.#timeUs.set(timeUs.subarray(from, from + count), this.#filled);
      for (let c = 0; c < columns.length; c++) {
        this.#columns[c].set(columns[c].subarray(from, from + count), this.#filled);
      }
      this.#startsTrack.fill(0, this.#filled, this.#filled + count);
      if (startsTrack) this.#startsTrack[this.#filled] = 1;
      this.#filled += count;
      from += count;
    }
  }

  async finish(): Promise<FinishedSeries> {
    if (this.#tracks.at(-1)?.startIndex === this.#rows) this.#tracks.pop();
    if (this.#filled > 0) await this.#writeBatch(null);
    // At once: most of closing a file is waiting for the disk to have it.
    const [base, levels] = await settled<[SeriesFile, SeriesFile[]]>([
      this.#base.close(),
      this.#pyramid.finish(),
    ]);
    const manifest: SeriesManifest = {
      version: 1,
      rows: this.#written,
      channels: this.#options.channels,
      timeKind: this.#options.timeKind,
      tracks: this.#tracks.map((track, i): Track => {
        return { ...track, endIndex: this.#tracks[i + 1]?.startIndex ?? this.#written };
      }),
      timeAxis: this.#timeAxis.summary(),
      statistics: this.#statistics.map((running, c) => running.summary(this.#options.channels[c])),
      files: [base, ...levels],
    };
    this.#manifestSink = await this.#options.openSink(MANIFEST_NAME);
    await this.#manifestSink.write(new TextEncoder().encode(JSON.stringify(manifest)));
    await this.#manifestSink.close();
    this.#manifestSink = null;
    return { ...manifest, trackStepUs: this.#timeAxis.trackStepUs };
  }

  async abort(): Promise<void> {
    const sink = this.#manifestSink;
    this.#manifestSink = null;
    const dropped = sink === null ? undefined : sink.abort ? sink.abort() : sink.close();
    await Promise.all([dropped, this.#base.abort(), this.#pyramid.abort()]);
  }

  /** @param nextUs Time of the row after the batch; null where it is of another track, or there is none. */
  async #writeBatch(nextUs: number | null): Promise<void> {
    const rows = this.#filled;
    const time = this.#timeUs;
    const step = this.#stepUs;
    for (let i = 0; i + 1 < rows; i++) {
      step[i] = this.#startsTrack[i + 1] === 1 ? Number.POSITIVE_INFINITY : time[i + 1] - time[i];
    }
    step[rows - 1] = nextUs === null ? Number.POSITIVE_INFINITY : nextUs - time[rows - 1];
    this.#timeAxis.add(this.#written, time, step, rows);
    this.#columns.forEach((values, c) => {
      this.#statistics[c].add(values, rows);
    });
    await this.#pyramid.addReadings(time, step, this.#columns, rows);
    await this.#base.writeBatch(rows);
    this.#written += rows;
    this.#filled = 0;
  }
}
