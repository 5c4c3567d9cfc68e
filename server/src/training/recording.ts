import { setImmediate as yieldToEventLoop } from "node:timers/promises";
import type { Recording, Track } from "@magtrace/learn";
import type { Series } from "@magtrace/series";
import { sampleRateFromTimes } from "@magtrace/signal";
import type { SeriesCache } from "../datasets/service.ts";

const AXES = ["b_x", "b_y", "b_z"] as const;
/** Of each track, to know its sampling rate: more would tell nothing new. */
const ROWS_TIMED = 65_536;

/** Lends the series under some prefixes, as learning sees them, for as long as `work` runs. */
export async function withRecordings<T>(
  cache: SeriesCache,
  prefixes: readonly string[],
  work: (recordings: Recording[]) => Promise<T>,
): Promise<T> {
  const [first, ...rest] = prefixes;
  if (first === undefined) return work([]);
  return cache.use(first, async (series) => {
    const recording = await recordingOf(series);
    return withRecordings(cache, rest, (others) => work([recording, ...others]));
  });
}

/** A series' ranges are half-open, a recording's inclusive. */
async function recordingOf(series: Series): Promise<Recording> {
  const tracks: Track[] = [];
  for (const { startIndex, endIndex } of series.tracks) {
    if (endIndex <= startIndex) continue;
    const { timeUs } = await series.readRows(startIndex, Math.min(endIndex, startIndex + ROWS_TIMED), []);
    const sampleRateHz = sampleRateFromTimes(timeUs.map((us) => us / 1e6));
    tracks.push({ startIndex, endIndex: endIndex - 1, sampleRateHz });
  }
  const isVector = AXES.every((axis) => series.channels.includes(axis));
  return {
    tracks,
    field: isVector ? "vector" : "scalar",
    async read(startIndex, endIndex) {
      // Rows that lie in memory come without waiting: heartbeats and a request to stop would never be heard.
      await yieldToEventLoop();
      const { columns } = await series.readRows(startIndex, endIndex + 1, isVector ? AXES : ["b"]);
      if (!isVector) return { b: columns[0]! };
      const [b_x, b_y, b_z] = columns as [Float64Array, Float64Array, Float64Array];
      return { b_x, b_y, b_z };
    },
  };
}
