import { ArrowFileWriter } from "./arrowFileWriter.ts";
import { type BucketColumns, foldBuckets, foldReadings, foldSteps } from "./foldBuckets.ts";
import {
  fileName,
  LEVEL_BATCH_ROWS,
  LEVEL_CHANNEL_COLUMNS,
  LEVEL_FACTOR,
  LEVEL_LEAD_COLUMNS,
  levelColumns,
  seriesMetadata,
} from "./seriesLayout.ts";
import { settled } from "./settled.ts";
import type { ByteSink, SeriesFile, TimeKind } from "./types.ts";

interface Level {
  readonly file: ArrowFileWriter;
  readonly timeUs: Float64Array;
  readonly stepMaxUs: Float64Array;
  readonly channels: readonly BucketColumns[];
  /** Buckets in the batch being filled. */
  filled: number;
  /** Buckets in all. */
  total: number;
}

export interface PyramidWriterOptions {
  readonly channels: readonly string[];
  readonly timeKind: TimeKind;
  openSink(name: string): Promise<ByteSink>;
}

/**
 * Builds the levels as base batches go by. Each full batch of a level is folded into the level above and written, so
 * memory is one batch a level. A level is opened with its first full batch, and there is none without: below 512
 * buckets the level under it, of 4,096 at most, serves as well.
 */
export class PyramidWriter {
  readonly #options: PyramidWriterOptions;
  readonly #levels: Level[] = [];

  constructor(options: PyramidWriterOptions) {
    this.#options = options;
  }

  /**
   * Adds one batch of the base: a multiple of 8 rows, but for the last one, and at most as many as make one batch of
   * level 1.
   *
   * @param stepUs Step from each row to the next, µs; ∞ at the end of a track.
   */
  async addReadings(
    timeUs: Float64Array,
    stepUs: Float64Array,
    channels: readonly Float64Array[],
    rows: number,
  ): Promise<void> {
    const level = this.#level(1);
    for (let i = 0, k = level.filled; i < rows; i += LEVEL_FACTOR, k++) level.timeUs[k] = timeUs[i];
    foldSteps(stepUs, rows, level.stepMaxUs, level.filled);
    channels.forEach((values, c) => {
      foldReadings(values, rows, level.channels[c], level.filled);
    });
    await this.#advance(1, Math.ceil(rows / LEVEL_FACTOR));
  }

  /** Writes what is left and closes; drops the levels that never had a full batch. */
  async finish(): Promise<SeriesFile[]> {
    const files: Promise<SeriesFile>[] = [];
    for (let k = 1; this.#level(k).total >= LEVEL_BATCH_ROWS; k++) {
      const level = this.#level(k);
      if (level.filled > 0) {
        await this.#foldUp(k);
        await level.file.writeBatch(level.filled);
      }
      const closing = level.file.close();
      // Waited for with the others, below.
      closing.catch(() => undefined);
      files.push(closing);
    }
    return settled<SeriesFile[]>(files);
  }

  async abort(): Promise<void> {
    await Promise.all(this.#levels.map((level) => level.file.abort()));
  }

  /** Level k ≥ 1, made when first asked for. */
  #level(k: number): Level {
    const present = this.#levels[k - 1];
    if (present !== undefined) return present;
    const { channels, timeKind, openSink } = this.#options;
    const file = new ArrowFileWriter({
      name: fileName(k),
      columns: levelColumns(timeKind, channels),
      batchRows: LEVEL_BATCH_ROWS,
      metadata: seriesMetadata(timeKind, k),
      openSink,
    });
    const cells = file.cells;
    const level: Level = {
      file,
      timeUs: cells[0] as Float64Array,
      stepMaxUs: cells[1] as Float64Array,
      channels: channels.map((_, c) => {
        const first = LEVEL_LEAD_COLUMNS + c * LEVEL_CHANNEL_COLUMNS;
        return {
          min: cells[first] as Float64Array,
          max: cells[first + 1] as Float64Array,
          mean: cells[first + 2] as Float64Array,
          count: cells[first + 3] as Int32Array,
        };
      }),
      filled: 0,
      total: 0,
    };
    this.#levels.push(level);
    return level;
  }

  async #advance(k: number, buckets: number): Promise<void> {
    const level = this.#level(k);
    level.filled += buckets;
    level.total += buckets;
    if (level.filled < LEVEL_BATCH_ROWS) return;
    await this.#foldUp(k);
    await level.file.writeBatch(LEVEL_BATCH_ROWS);
    level.filled = 0;
  }

  async #foldUp(k: number): Promise<void> {
    const from = this.#level(k);
    const into = this.#level(k + 1);
    for (let i = 0, j = into.filled; i < from.filled; i += LEVEL_FACTOR, j++) into.timeUs[j] = from.timeUs[i];
    foldSteps(from.stepMaxUs, from.filled, into.stepMaxUs, into.filled);
    from.channels.forEach((columns, c) => {
      foldBuckets(columns, from.filled, into.channels[c], into.filled);
    });
    await this.#advance(k + 1, Math.ceil(from.filled / LEVEL_FACTOR));
  }
}
