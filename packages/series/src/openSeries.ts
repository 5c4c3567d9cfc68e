import { CellMemory } from "./cellMemory.ts";
import { foldWindow, type ReadPiece } from "./foldWindow.ts";
import { coverRows, type Piece, planWindow } from "./planWindow.ts";
import { readExactly } from "./readRanges.ts";
import { SeriesFileReader } from "./seriesFileReader.ts";
import {
  baseColumns,
  LEVEL_CHANNEL_COLUMNS,
  LEVEL_FACTOR,
  LEVEL_LEAD_COLUMNS,
  levelColumns,
  MANIFEST_NAME,
} from "./seriesLayout.ts";
import type {
  ByteSource,
  ChannelStatistics,
  Series,
  SeriesColumns,
  SeriesManifest,
  SeriesWindow,
  Track,
  WindowRequest,
} from "./types.ts";

export interface OpenSeriesOptions {
  open(name: string): Promise<ByteSource>;
  /** Spares reading `series.json` where the caller has it. */
  readonly manifest?: SeriesManifest;
}

/**
 * Opens a series for reading. Costs one small read; its files are opened when first needed and stay open until
 * `close`, so a caller that answers many windows keeps the series.
 */
export async function openSeries(options: OpenSeriesOptions): Promise<Series> {
  const manifest = options.manifest ?? (await readManifest(options));
  return new OpenSeries(manifest, (name) => options.open(name));
}

async function readManifest(options: OpenSeriesOptions): Promise<SeriesManifest> {
  const source = await options.open(MANIFEST_NAME);
  try {
    const bytes = new Uint8Array(source.size);
    await readExactly(source, 0, bytes);
    return parseManifest(new TextDecoder().decode(bytes));
  } finally {
    await source.close?.();
  }
}

/** JSON has no NaN: statistics of a channel without values come as null. @throws {RangeError} another version. */
export function parseManifest(json: string): SeriesManifest {
  const manifest = JSON.parse(json) as SeriesManifest;
  if (manifest.version !== 1) throw new RangeError(`series version ${String(manifest.version)}`);
  const statistics = manifest.statistics.map((one): ChannelStatistics => {
    return one.count > 0
      ? one
      : { ...one, min: Number.NaN, max: Number.NaN, mean: Number.NaN, std: Number.NaN };
  });
  return { ...manifest, statistics };
}

class OpenSeries implements Series {
  readonly version = 1;
  readonly rows: number;
  readonly channels: readonly string[];
  readonly timeKind: SeriesManifest["timeKind"];
  readonly tracks: readonly Track[];
  readonly timeAxis: SeriesManifest["timeAxis"];
  readonly statistics: readonly ChannelStatistics[];
  readonly files: SeriesManifest["files"];
  readonly #readers: readonly SeriesFileReader[];

  constructor(manifest: SeriesManifest, open: (name: string) => Promise<ByteSource>) {
    this.rows = manifest.rows;
    this.channels = manifest.channels;
    this.timeKind = manifest.timeKind;
    this.tracks = manifest.tracks;
    this.timeAxis = manifest.timeAxis;
    this.statistics = manifest.statistics;
    this.files = manifest.files;
    const base = baseColumns(this.timeKind, this.channels);
    const level = levelColumns(this.timeKind, this.channels);
    this.#readers = manifest.files.map((file, k) => new SeriesFileReader(file, k === 0 ? base : level, open));
  }

  async window(request: WindowRequest): Promise<SeriesWindow> {
    const { startIndex, endIndex, points } = request;
    const names = request.channels ?? this.channels;
    this.#requireRange(startIndex, endIndex);
    if (!Number.isInteger(points) || points < 1) throw new RangeError(`points: ${points}`);
    if (endIndex - startIndex <= points) return this.#rawWindow(startIndex, endIndex, names);

    const range = { start: startIndex, end: endIndex };
    const plan = planWindow(range, points, this.#readers.length - 1, this.tracks);
    const pieces = plan.segments.map((segment) => coverRows(segment.start, segment.end, plan.level));
    const channels = this.#positions(names);
    const memory = new CellMemory();
    // Released only when folded: a failed read may leave others of the same window still writing into it.
    const read = await this.#readPieces(pieces, channels, memory);
    const folded = foldWindow(plan, read, names, this.tracks, this.timeAxis.gapStepUs);
    memory.release();
    const { timeKind } = this;
    return { kind: "buckets", startIndex, endIndex, timeKind, rowsPerPoint: plan.rowsPerPoint, ...folded };
  }

  async readRows(
    startIndex: number,
    endIndex: number,
    channels: readonly string[] = this.channels,
  ): Promise<SeriesColumns> {
    this.#requireRange(startIndex, endIndex);
    const columns = [0, ...this.#positions(channels).map((channel) => 1 + channel)];
    const range = { start: startIndex, count: endIndex - startIndex };
    const [cells] = await this.#readers[0].read([range], columns);
    const [timeUs, ...values] = cells as Float64Array[];
    return { startIndex, timeUs, columns: values };
  }

  async rowAtTime(timeUs: number, track: Track): Promise<number> {
    this.#requireRange(track.startIndex, track.endIndex);
    // The answer lies in (low, high]; low is known to be before the time, or just before the track.
    let low = track.startIndex - 1;
    let high = track.endIndex;
    for (let level = this.#readers.length - 1; level >= 0; level--) {
      const size = LEVEL_FACTOR ** level;
      const first = Math.floor(low / size) + 1;
      const count = Math.ceil(high / size) - first;
      if (count <= 0) continue;
      const [[times]] = await this.#readers[level].read([{ start: first, count }], [0]);
      const found = firstNotBefore(times as Float64Array, timeUs);
      if (found < count) high = (first + found) * size;
      if (found > 0) low = (first + found - 1) * size;
    }
    return high;
  }

  async close(): Promise<void> {
    await Promise.all(this.#readers.map((reader) => reader.close()));
  }

  async #rawWindow(startIndex: number, endIndex: number, names: readonly string[]): Promise<SeriesWindow> {
    const { timeUs, columns } = await this.readRows(startIndex, endIndex, names);
    const limit = this.timeAxis.gapStepUs ?? Number.POSITIVE_INFINITY;
    const gap = new Uint8Array(timeUs.length);
    for (let i = 1; i < gap.length; i++) gap[i] = Math.abs(timeUs[i] - timeUs[i - 1]) > limit ? 1 : 0;
    if (gap.length > 0) gap[0] = 1;
    for (const track of this.tracks) {
      if (track.startIndex >= startIndex && track.startIndex < endIndex)
        gap[track.startIndex - startIndex] = 1;
    }
    return {
      kind: "raw",
      startIndex,
      endIndex,
      timeKind: this.timeKind,
      index: Float64Array.from(timeUs, (_, i) => startIndex + i),
      timeUs,
      gap,
      channels: names.map((name, c) => ({ name, values: columns[c] })),
    };
  }

  /** Reads all pieces, those of one file together and the files at once. */
  async #readPieces(
    pieces: readonly (readonly Piece[])[],
    channels: readonly number[],
    memory: CellMemory,
  ): Promise<ReadPiece[][]> {
    const baseCells = [0, ...channels.map((channel) => 1 + channel)];
    const levelCells = [
      0,
      1,
      ...channels.flatMap((channel) => {
        const first = LEVEL_LEAD_COLUMNS + channel * LEVEL_CHANNEL_COLUMNS;
        return [first, first + 1, first + 2, first + 3];
      }),
    ];
    const all = pieces.flat();
    const cellsOf = new Map<Piece, ReadPiece>();
    await Promise.all(
      this.#readers.map(async (reader, level) => {
        const here = all.filter((piece) => piece.level === level);
        if (here.length === 0) return;
        const cells = await reader.read(here, level === 0 ? baseCells : levelCells, memory);
        here.forEach((piece, i) => {
          cellsOf.set(piece, { ...piece, cells: cells[i] });
        });
      }),
    );
    return pieces.map((list) => list.map((piece) => cellsOf.get(piece)!));
  }

  #positions(names: readonly string[]): number[] {
    return names.map((name) => {
      const position = this.channels.indexOf(name);
      if (position < 0) throw new RangeError(`no channel "${name}"`);
      return position;
    });
  }

  #requireRange(start: number, end: number): void {
    const whole = Number.isInteger(start) && Number.isInteger(end);
    if (!whole || start < 0 || end < start || end > this.rows) {
      throw new RangeError(`rows [${start}, ${end}) of ${this.rows}`);
    }
  }
}

/** Position of the first element ≥ limit in an ascending array; its length when there is none. */
function firstNotBefore(values: Float64Array, limit: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
