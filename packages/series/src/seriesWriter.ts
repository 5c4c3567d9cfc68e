import { RunningStatistics } from "./channelStatistics.ts";
import { BASE_BATCH_ROWS, MAX_ROWS, requireDistinctNames } from "./seriesLayout.ts";
import { TimeAxisWatcher } from "./timeAxis.ts";
import type {
  FinishedSeries,
  SeriesFile,
  SeriesManifest,
  SeriesRows,
  SeriesWriter,
  TimeKind,
  Track,
} from "./types.ts";

/** Where a series' rows go, batch by batch: those of the batch being filled are set into its arrays. */
export interface SeriesFiles {
  readonly timeUs: Float64Array;
  /** One array of a batch's rows for each channel. */
  readonly columns: readonly Float64Array[];
  /** Takes the first `rows` of the arrays, and each one's step to the row after it. */
  writeBatch(stepUs: Float64Array, rows: number): Promise<void>;
  close(): Promise<SeriesFile[]>;
  writeManifest(manifest: SeriesManifest): Promise<void>;
  abort(): Promise<void>;
}

/** Takes rows in one pass, and gathers what the manifest says of them. */
export class SeriesRowsWriter implements SeriesWriter {
  readonly #channels: readonly string[];
  readonly #timeKind: TimeKind;
  readonly #files: SeriesFiles;
  readonly #stepUs = new Float64Array(BASE_BATCH_ROWS);
  readonly #startsTrack = new Uint8Array(BASE_BATCH_ROWS);
  readonly #statistics: readonly RunningStatistics[];
  readonly #timeAxis = new TimeAxisWatcher();
  readonly #tracks: { sensorId: string; startIndex: number }[] = [];
  /** Rows in the batch being filled. A full one waits for the row after it, whose time ends its last step. */
  #filled = 0;
  #written = 0;

  /** @throws {RangeError} a channel's name is empty, reserved, or another's with a suffix a level adds to it. */
  constructor(channels: readonly string[], timeKind: TimeKind, files: SeriesFiles) {
    requireDistinctNames(channels);
    this.#channels = channels;
    this.#timeKind = timeKind;
    this.#files = files;
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
    if (columns.length !== this.#channels.length) throw new RangeError(`${columns.length} columns`);
    let from = 0;
    while (from < rows) {
      const startsTrack = this.#tracks.at(-1)!.startIndex === this.#rows;
      if (this.#filled === BASE_BATCH_ROWS) {
        await this.#writeBatch(startsTrack ? null : timeUs[from]);
      }
      const count = Math.min(rows - from, BASE_BATCH_ROWS - this.#filled);
      this.#files.timeUs.set(timeUs.subarray(from, from + count), this.#filled);
      for (let c = 0; c < columns.length; c++) {
        this.#files.columns[c].set(columns[c].subarray(from, from + count), this.#filled);
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
    const files = await this.#files.close();
    const manifest: SeriesManifest = {
      version: 1,
      rows: this.#written,
      channels: this.#channels,
      timeKind: this.#timeKind,
      tracks: this.#tracks.map((track, i): Track => {
        return { ...track, endIndex: this.#tracks[i + 1]?.startIndex ?? this.#written };
      }),
      timeAxis: this.#timeAxis.summary(),
      statistics: this.#statistics.map((running, c) => running.summary(this.#channels[c])),
      files,
    };
    await this.#files.writeManifest(manifest);
    return { ...manifest, trackStepUs: this.#timeAxis.trackStepUs };
  }

  async abort(): Promise<void> {
    await this.#files.abort();
  }

  /** @param nextUs Time of the row after the batch; null where it is of another track, or there is none. */
  async #writeBatch(nextUs: number | null): Promise<void> {
    const rows = this.#filled;
    const { timeUs: time, columns } = this.#files;
    const step = this.#stepUs;
    for (let i = 0; i + 1 < rows; i++) {
      step[i] = this.#startsTrack[i + 1] === 1 ? Number.POSITIVE_INFINITY : time[i + 1] - time[i];
    }
    step[rows - 1] = nextUs === null ? Number.POSITIVE_INFINITY : nextUs - time[rows - 1];
    this.#timeAxis.add(this.#written, time, step, rows);
    columns.forEach((values, c) => {
      this.#statistics[c].add(values, rows);
    });
    await this.#files.writeBatch(step, rows);
    this.#written += rows;
    this.#filled = 0;
  }
}
