import { createSeriesWriter } from "../src/createSeriesWriter.ts";
import { openSeries } from "../src/openSeries.ts";
import type { FinishedSeries, Series, TimeKind } from "../src/types.ts";
import { type MemoryFiles, memoryFiles } from "./memoryFiles.ts";

export interface SeriesInput {
  readonly timeUs: Float64Array;
  readonly columns: Readonly<Record<string, Float64Array>>;
  /** Sensor → first row; default one sensor. */
  readonly tracks?: readonly { readonly sensorId: string; readonly startIndex: number }[];
  readonly timeKind?: TimeKind;
  /** Rows an append; default 1,000. */
  readonly chunkRows?: number;
}

export interface WrittenSeries {
  readonly files: MemoryFiles;
  readonly manifest: FinishedSeries;
  readonly series: Series;
}

/** Writes a series in memory and opens it again. */
export async function writtenSeries(input: SeriesInput, maxReadBytes?: number): Promise<WrittenSeries> {
  const files = memoryFiles(maxReadBytes);
  const names = Object.keys(input.columns);
  const writer = createSeriesWriter({
    channels: names,
    timeKind: input.timeKind ?? "absolute",
    openSink: files.openSink,
  });
  const rows = input.timeUs.length;
  const tracks = input.tracks ?? [{ sensorId: "a", startIndex: 0 }];
  const chunk = input.chunkRows ?? 1000;
  for (const [i, track] of tracks.entries()) {
    writer.startTrack(track.sensorId);
    const end = tracks[i + 1]?.startIndex ?? rows;
    for (let start = track.startIndex; start < end; start += chunk) {
      const stop = Math.min(start + chunk, end);
      const timeUs = input.timeUs.slice(start, stop);
      const columns = names.map((name) => input.columns[name].slice(start, stop));
      await writer.append({ rows: stop - start, timeUs, columns });
      // The writer has copied: what happens to the caller's arrays afterwards must not matter.
      timeUs.fill(Number.NaN);
      for (const column of columns) column.fill(-1);
    }
  }
  const manifest = await writer.finish();
  return { files, manifest, series: await openSeries({ open: files.openSource }) };
}

/** 10 Hz from 2025-06-05T11:24:40Z. */
export function evenTimes(rows: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, i) => 1749122680000000 + i * 100000);
}
