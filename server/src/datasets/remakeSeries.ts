import { isDeepStrictEqual } from "node:util";
import {
  createSeriesWriter,
  MAX_ROWS,
  MAX_TIME_US,
  openSeries,
  parseManifest,
  readExactly,
  type Series,
  type SeriesManifest,
  type SeriesWriter,
} from "@magtrace/series";
import Type, { type Static } from "typebox";
import { Check } from "typebox/value";
import type { GivenFiles } from "../platform/archive/declaration.ts";

const [BASE, MANIFEST] = ["base.arrow", "series.json"];
/** What a series is made anew from. The levels above the readings follow from them. */
export const SERIES_FILES: readonly string[] = [BASE, MANIFEST];

const MOST_MANIFEST_BYTES = 16 * 1024 * 1024;
/** A batch of the base, so that no cell is read twice. */
const ROWS_AT_ONCE = 8192;
const MOST_CHANNELS = 2000;

const Offset = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Rows = Type.Integer({ minimum: 0, maximum: MAX_ROWS });
/** As far as reading the base relies on it. */
const GivenManifest = Type.Object({
  version: Type.Literal(1),
  rows: Rows,
  channels: Type.Array(Type.String(), { minItems: 1, maxItems: MOST_CHANNELS }),
  timeKind: Type.Union([Type.Literal("absolute"), Type.Literal("relative")]),
  tracks: Type.Array(Type.Object({ sensorId: Type.String(), startIndex: Rows, endIndex: Rows })),
  files: Type.Array(
    Type.Object({
      name: Type.Literal(BASE),
      rows: Rows,
      batchRows: Type.Integer({ minimum: 1, maximum: MAX_ROWS }),
      firstBatchOffset: Offset,
      batchStride: Offset,
      bodyOffset: Offset,
    }),
    { minItems: 1, maxItems: 1 },
  ),
});

/**
 * Reads every reading of a series that came from elsewhere and writes it as one of our own, with its pyramid: what is
 * opened for windows later was made by this program, whoever made the file. Costs one pass, and memory for one batch.
 *
 * @throws {RangeError} it cannot be read, or is not the series that its dataset describes.
 */
export async function remakeSeries({ row, contents, open, openSink, signal }: GivenFiles): Promise<void> {
  const manifest = await readManifest(open);
  const dataset = contents.row("datasets", row.dataset_id as number);
  requireSame("rows", manifest.rows, dataset?.total_records);
  requireSame("channels", manifest.channels, dataset?.channels);
  requireSame("tracks", manifest.tracks.map(inclusive), dataset?.tracks);
  const series = await openSeries({ open, manifest });
  const { channels, timeKind } = series;
  const writer = createSeriesWriter({ channels, timeKind, openSink });
  try {
    await copyRows(series, writer, signal);
    await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  } finally {
    await series.close();
  }
}

async function readManifest(open: GivenFiles["open"]): Promise<SeriesManifest> {
  const source = await open(MANIFEST);
  try {
    if (source.size > MOST_MANIFEST_BYTES) throw new RangeError(`${MANIFEST} is too large`);
    const bytes = new Uint8Array(source.size);
    await readExactly(source, 0, bytes);
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const whole = JSON.parse(text) as { files?: unknown };
    const files = Array.isArray(whole.files) ? whole.files.slice(0, 1) : [];
    const given = { ...whole, files, statistics: [] };
    if (!Check(GivenManifest, given)) throw new RangeError(`${MANIFEST} does not describe a series`);
    return parseManifest(JSON.stringify(given));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) {
      throw new RangeError(`${MANIFEST} is not JSON`, { cause: error });
    }
    throw error;
  } finally {
    await source.close?.();
  }
}

function inclusive(track: Static<typeof GivenManifest>["tracks"][number]) {
  return {
    sensor_id: track.sensorId || null,
    start_index: track.startIndex,
    end_index: track.endIndex - 1,
  };
}

function requireSame(what: string, found: unknown, described: unknown): void {
  if (!isDeepStrictEqual(found, described)) throw new RangeError(`its ${what} are not those of its dataset`);
}

async function copyRows(series: Series, writer: SeriesWriter, signal: AbortSignal): Promise<void> {
  for (const { sensorId, startIndex, endIndex } of series.tracks) {
    writer.startTrack(sensorId);
    for (let from = startIndex; from < endIndex; ) {
      signal.throwIfAborted();
      const to = Math.min(endIndex, from - (from % ROWS_AT_ONCE) + ROWS_AT_ONCE);
      const { timeUs, columns } = await series.readRows(from, to);
      requireReadings(timeUs, columns);
      await writer.append({ rows: to - from, timeUs, columns });
      from = to;
    }
  }
}

function requireReadings(timeUs: Float64Array, columns: readonly Float64Array[]): void {
  for (const us of timeUs) {
    if (!(Math.abs(us) <= MAX_TIME_US)) throw new RangeError(`it has a time of ${us} µs`);
  }
  for (const values of columns) {
    for (const each of values) {
      if (Math.abs(each) === Number.POSITIVE_INFINITY) throw new RangeError("it has an infinite value");
    }
  }
}
