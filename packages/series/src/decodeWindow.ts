import { type Table, tableFromIPC } from "apache-arrow";
import { readMicroseconds } from "./microseconds.ts";
import type { BucketChannel, RawChannel, SeriesWindow, TimeKind } from "./types.ts";

/**
 * Reads what `encodeWindow` wrote. Values are views of `bytes`, not copies; times become µs as numbers.
 *
 * @throws {RangeError} the stream is Arrow but not a window of ours.
 */
export function decodeWindow(bytes: Uint8Array): SeriesWindow {
  const table = tableFromIPC(bytes);
  const metadata = (key: string): string => {
    const value = table.schema.metadata.get(`magtrace.${key}`);
    if (value === undefined) throw new RangeError(`not a series window: no magtrace.${key}`);
    return value;
  };
  const names = JSON.parse(metadata("channels")) as string[];
  const rows = table.numRows;
  const timeUs = new Float64Array(rows);
  if (rows > 0) {
    const ticks = column(table, "t") as BigInt64Array;
    readMicroseconds(new Uint8Array(ticks.buffer, ticks.byteOffset, ticks.byteLength), rows, timeUs);
  }
  const base = {
    startIndex: Number(metadata("start_index")),
    endIndex: Number(metadata("end_index")),
    timeKind: metadata("time_kind") as TimeKind,
    index: Float64Array.from(column(table, "index") as Int32Array),
    timeUs,
    gap: column(table, "gap") as Uint8Array,
  };
  if (metadata("kind") === "raw") {
    const channels = names.map((name): RawChannel => ({ name, values: floats(table, name) }));
    return { ...base, kind: "raw", channels };
  }
  const channels = names.map((name): BucketChannel => {
    return {
      name,
      min: floats(table, `${name}_min`),
      max: floats(table, `${name}_max`),
      mean: floats(table, `${name}_mean`),
      count: column(table, `${name}_count`) as Int32Array,
    };
  });
  return { ...base, kind: "buckets", rowsPerPoint: Number(metadata("rows_per_point")), channels };
}

function column(table: Table, name: string): unknown {
  const vector = table.getChild(name);
  if (vector === null) throw new RangeError(`not a series window: no column ${name}`);
  return vector.toArray();
}

function floats(table: Table, name: string): Float64Array {
  return column(table, name) as Float64Array;
}
