/**
 * Where bytes come from. Several reads may be in flight at once.
 *
 * A read may answer with fewer bytes than asked for (never none before the end), and the returned array may be
 * reused by the source once the event loop turns: whoever needs it longer copies it.
 */
export interface ByteSource {
  /** Length in bytes. */
  readonly size: number;
  read(start: number, length: number): Promise<Uint8Array>;
  /** All bytes in order, where the source has a better way than one read after the other. Each array is the caller's. */
  stream?(): AsyncIterable<Uint8Array>;
  close?(): Promise<void>;
}

/** Where bytes go. The array given to `write` is reused by the writer as soon as the promise is fulfilled. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<void>;
  /** Makes what was written visible. */
  close(): Promise<void>;
  /** Leaves nothing behind. A sink without it is closed instead. */
  abort?(): Promise<void>;
}

/** Absolute: µs since 1970-01-01T00:00:00Z. Relative: µs since a zero that has no date. */
export type TimeKind = "absolute" | "relative";

/** A contiguous run of rows of one sensor. Half-open, so that lengths subtract and empty ranges can be said. */
export interface Track {
  readonly sensorId: string;
  /** First row. */
  readonly startIndex: number;
  /** One past the last row. */
  readonly endIndex: number;
}

export interface ChannelStatistics {
  readonly name: string;
  /** Rows with a value. */
  readonly count: number;
  /** Rows without (NaN). */
  readonly nanCount: number;
  /** NaN where count is 0, and so are max, mean and std. */
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Of the sample (n − 1); 0 where count is 1. */
  readonly std: number;
}

/** A place in a series. */
export interface Place {
  readonly index: number;
  /** Time of that row, µs. */
  readonly timeUs: number;
  /** Time since the row before it, µs. */
  readonly stepUs: number;
}

export interface RateChange {
  readonly index: number;
  readonly timeUs: number;
  readonly fromHz: number;
  readonly toHz: number;
}

/** How many, and the first ten places. */
export interface Occurrences<T> {
  readonly count: number;
  readonly first: readonly T[];
}

/** What the time column looks like, within tracks; steps from one track to the next are not steps. */
export interface TimeAxis {
  /** Median of the positive steps, µs; null when there is none. */
  readonly medianStepUs: number | null;
  /**
   * Time from one sample to the next, µs: the median step, or, where more than a tenth of the steps are 0 because the
   * clock is coarser than the sampling, the mean of the steps that are no gaps. null when there is no positive step.
   */
  readonly sampleStepUs: number | null;
  /** A step longer than this is a gap: 5 × the median. null: no step is a gap. */
  readonly gapStepUs: number | null;
  readonly startUs: number | null;
  readonly endUs: number | null;
  readonly duplicates: Occurrences<Place>;
  readonly backwardSteps: Occurrences<Place>;
  readonly gaps: Occurrences<Place>;
  readonly longestGap: Place | null;
  readonly rateChanges: Occurrences<RateChange>;
}

/** One Arrow IPC file of a series, and where its batches lie, so that a cell's place is arithmetic. */
export interface SeriesFile {
  readonly name: string;
  /** Rows of this file: readings in the base, buckets in a level. */
  readonly rows: number;
  /** Rows of every batch but the last. */
  readonly batchRows: number;
  /** Offset of the first batch's message. */
  readonly firstBatchOffset: number;
  /** From one batch's message to the next one's. */
  readonly batchStride: number;
  /** From a batch's message to its body. The same in every batch. */
  readonly bodyOffset: number;
}

/** Contents of `series.json`: everything about a series but its readings. */
export interface SeriesManifest {
  readonly version: 1;
  readonly rows: number;
  readonly channels: readonly string[];
  readonly timeKind: TimeKind;
  readonly tracks: readonly Track[];
  readonly timeAxis: TimeAxis;
  readonly statistics: readonly ChannelStatistics[];
  /** Element 0 is `base.arrow`; element k is level k, each bucket of it 8^k rows. */
  readonly files: readonly SeriesFile[];
}

/** A series that has just been written, with what its file does not keep. */
export interface FinishedSeries extends SeriesManifest {
  /** From one sample to the next within each track, µs; null where it has no positive step. As `sampleStepUs`. */
  readonly trackStepUs: readonly (number | null)[];
}

/** Rows to append: all arrays of at least `rows` elements, `columns` in the order of the writer's channels. */
export interface SeriesRows {
  readonly rows: number;
  /** µs, whole numbers, shape (rows). */
  readonly timeUs: Float64Array;
  /** NaN is "no value". */
  readonly columns: readonly Float64Array[];
}

export interface SeriesWriter {
  /** Rows appended from here on belong to this sensor. Called once before the first row. */
  startTrack(sensorId: string): void;
  /** Copies; the arrays may be reused at once after the promise is fulfilled. */
  append(rows: SeriesRows): Promise<void>;
  /** Writes what is left, the levels, and `series.json` last. */
  finish(): Promise<FinishedSeries>;
  /** Aborts every sink that is open. Safe at any time, also twice. */
  abort(): Promise<void>;
}

export interface WindowRequest {
  /** First row wanted. */
  readonly startIndex: number;
  /** One past the last row wanted: half-open, unlike an annotation's `end_index`. */
  readonly endIndex: number;
  /** At most so many points come back. */
  readonly points: number;
  /** Default: all. In the answer in this order. */
  readonly channels?: readonly string[];
}

interface WindowBase {
  readonly startIndex: number;
  readonly endIndex: number;
  readonly timeKind: TimeKind;
  /** First row of each point. */
  readonly index: Float64Array;
  /** Time of that row, µs. */
  readonly timeUs: Float64Array;
  /**
   * 1: no line may be drawn from the point before to this one, because somewhere between their first rows a time
   * step over 5 × the median lies, or another track begins. 1 for the first point. A missing value shows as NaN in
   * its own channel instead.
   */
  readonly gap: Uint8Array;
}

export interface RawChannel {
  readonly name: string;
  readonly values: Float64Array;
}

export interface BucketChannel {
  readonly name: string;
  /** min, max and mean are NaN where count is 0. */
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly mean: Float64Array;
  readonly count: Int32Array;
}

/** Every row of the range, one a point. */
export interface RawWindow extends WindowBase {
  readonly kind: "raw";
  readonly channels: readonly RawChannel[];
}

/** Each point stands for the rows from its index up to the next point's (or `endIndex`). */
export interface BucketWindow extends WindowBase {
  readonly kind: "buckets";
  /** Rows of every point but the first and last of a track's part of the range. */
  readonly rowsPerPoint: number;
  readonly channels: readonly BucketChannel[];
}

export type SeriesWindow = RawWindow | BucketWindow;

export interface SeriesColumns {
  readonly startIndex: number;
  readonly timeUs: Float64Array;
  /** In the order asked for. */
  readonly columns: readonly Float64Array[];
}

export interface Series extends SeriesManifest {
  /** Cost depends on `points` and channels, not on the rows of the range. @throws {RangeError} on a range or channel that is not there. */
  window(request: WindowRequest): Promise<SeriesWindow>;
  /** Rows [startIndex, endIndex), all in memory at once: page it. */
  readRows(startIndex: number, endIndex: number, channels?: readonly string[]): Promise<SeriesColumns>;
  /**
   * First row of the track whose time is not before `timeUs`; the track's endIndex when all are. Where the track's
   * time steps backward the answer is one such crossing. Reads O(levels).
   */
  rowAtTime(timeUs: number, track: Track): Promise<number>;
  close(): Promise<void>;
}
