import {
  arrowSchema,
  batchHeader,
  type ColumnSpec,
  columnOffsets,
  streamEnd,
  streamStart,
} from "./arrowLayout.ts";
import { writeMicroseconds } from "./microseconds.ts";
import { bucketColumns } from "./seriesLayout.ts";
import type { SeriesWindow } from "./types.ts";

export const ARROW_STREAM_TYPE = "application/vnd.apache.arrow.stream";

/**
 * A window as an Arrow IPC stream of one record batch (none when the window is empty).
 *
 * Columns: `index` (int32, first row of the point), `t` (timestamp[us] of that row; UTC when absolute, without a zone
 * and counting from the recording's zero when relative), `gap` (uint8, 1: draw no line to this point from the one
 * before). Then, for raw windows, a float64 column a channel, named as it, NaN where there is no value; for bucket
 * windows `<channel>_min`, `_max`, `_mean` (float64, NaN where the bucket has no value) and `_count` (int32).
 *
 * Schema metadata: `magtrace.kind` (raw, buckets), `magtrace.time_kind`, `magtrace.start_index`,
 * `magtrace.end_index` (exclusive), `magtrace.rows_per_point`, `magtrace.channels` (JSON array of names).
 *
 * Cost O(points × columns): the arrays are copied once.
 */
export function encodeWindow(window: SeriesWindow): Uint8Array {
  const rows = window.index.length;
  const columns = windowColumns(window);
  const start = streamStart(arrowSchema(columns, windowMetadata(window)));
  const end = streamEnd();
  if (rows === 0) return joined([start, end]);

  const header = batchHeader(columns, rows);
  const offsets = columnOffsets(columns, rows);
  const stream = new Uint8Array(start.length + header.length + offsets.at(-1)! + end.length);
  stream.set(start);
  stream.set(header, start.length);
  const body = start.length + header.length;
  new Int32Array(stream.buffer, body + offsets[0], rows).set(window.index);
  writeMicroseconds(window.timeUs, rows, stream.subarray(body + offsets[1]));
  stream.set(window.gap, body + offsets[2]);
  windowCells(window).forEach((cells, i) => {
    const bytes = new Uint8Array(cells.buffer, cells.byteOffset, cells.byteLength);
    stream.set(bytes, body + offsets[3 + i]);
  });
  stream.set(end, body + offsets.at(-1)!);
  return stream;
}

function windowColumns(window: SeriesWindow): ColumnSpec[] {
  const names = window.channels.map((channel) => channel.name);
  const values =
    window.kind === "raw"
      ? names.map((name): ColumnSpec => ({ name, kind: "float64" }))
      : bucketColumns(names);
  return [
    { name: "index", kind: "int32" },
    { name: "t", kind: window.timeKind === "absolute" ? "timestamp_utc" : "timestamp" },
    { name: "gap", kind: "uint8" },
    ...values,
  ];
}

function windowCells(window: SeriesWindow): (Float64Array | Int32Array)[] {
  if (window.kind === "raw") return window.channels.map((channel) => channel.values);
  return window.channels.flatMap((channel) => [channel.min, channel.max, channel.mean, channel.count]);
}

function windowMetadata(window: SeriesWindow): Map<string, string> {
  return new Map([
    ["magtrace.kind", window.kind],
    ["magtrace.time_kind", window.timeKind],
    ["magtrace.start_index", String(window.startIndex)],
    ["magtrace.end_index", String(window.endIndex)],
    ["magtrace.rows_per_point", String(window.kind === "raw" ? 1 : window.rowsPerPoint)],
    ["magtrace.channels", JSON.stringify(window.channels.map((channel) => channel.name))],
  ]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
