import type { Track } from "@magtrace/contracts";
import type { Series, SeriesWindow, TimeKind } from "@magtrace/series";
import { csvCell } from "../platform/csv.ts";
import type { StoredDataset } from "./queries.ts";
import { formatTime } from "./timeText.ts";

export type DataFormat = "json" | "arrow" | "csv";

/** Rows read and written at a time. */
const PAGE_ROWS = 8_192;

interface RawRequest {
  readonly series: Series;
  readonly dataset: StoredDataset;
  /** [startIndex, endIndex) */
  readonly range: { readonly startIndex: number; readonly endIndex: number };
  readonly channels: readonly string[];
}

/** Sensor of a row; rows come in order, so the search goes on from the last answer. */
function sensorFinder(tracks: readonly Track[]): (index: number) => string | null {
  let at = 0;
  return (index) => {
    while (at < tracks.length - 1 && index > tracks[at]!.end_index) at++;
    return tracks[at]?.sensor_id ?? null;
  };
}

function jsonNumber(value: number): string {
  return Number.isNaN(value) ? "null" : String(value);
}

function csvNumber(value: number): string {
  return Number.isNaN(value) ? "" : String(value);
}

function jsonTime(kind: TimeKind, timeUs: number): string {
  return kind === "relative" ? String(timeUs / 1e6) : `"${formatTime(kind, timeUs)}"`;
}

/** Every row as `{index, timestamp_pc, sensor_id, b_x …}` of one array. Memory: one page. */
export async function* rawJson({ series, dataset, range, channels }: RawRequest): AsyncGenerator<string> {
  const sensorOf = sensorFinder(dataset.tracks);
  const keys = channels.map((name) => `,${JSON.stringify(name)}:`);
  let separator = "[";
  for (let start = range.startIndex; start < range.endIndex; start += PAGE_ROWS) {
    const end = Math.min(start + PAGE_ROWS, range.endIndex);
    const page = await series.readRows(start, end, channels);
    let text = "";
    for (let row = 0; row < end - start; row++) {
      const index = start + row;
      text += `${separator}{"index":${index},"timestamp_pc":${jsonTime(series.timeKind, page.timeUs[row]!)}`;
      text += `,"sensor_id":${JSON.stringify(sensorOf(index))}`;
      for (let c = 0; c < keys.length; c++) text += keys[c]! + jsonNumber(page.columns[c]![row]!);
      text += "}";
      separator = ",";
    }
    yield text;
  }
  yield separator === "[" ? "[]" : "]";
}

/** Every row in MagTrace's own columns, so that what comes out can be uploaded again. */
export async function* rawCsv({ series, dataset, range, channels }: RawRequest): AsyncGenerator<string> {
  const sensorOf = sensorFinder(dataset.tracks);
  const named = dataset.tracks.some(({ sensor_id }) => sensor_id !== null && sensor_id !== "");
  yield `${["timestamp_pc", ...channels.map(csvCell), ...(named ? ["sensor_id"] : [])].join(",")}\r\n`;
  for (let start = range.startIndex; start < range.endIndex; start += PAGE_ROWS) {
    const end = Math.min(start + PAGE_ROWS, range.endIndex);
    const page = await series.readRows(start, end, channels);
    let text = "";
    for (let row = 0; row < end - start; row++) {
      text += formatTime(series.timeKind, page.timeUs[row]!);
      for (const column of page.columns) text += `,${csvNumber(column[row]!)}`;
      text += named ? `,${csvCell(sensorOf(start + row) ?? "")}\r\n` : "\r\n";
    }
    yield text;
  }
}

/**
 * The points of a window as objects: readings where each point is one row, else buckets whose channels are means, with
 * `_min` and `_max` beside them and how many rows the bucket has.
 */
export function bucketObjects(window: SeriesWindow, tracks: readonly Track[]): Record<string, unknown>[] {
  const sensorOf = sensorFinder(tracks);
  return Array.from(window.index, (index, point) => {
    const object: Record<string, unknown> = {
      index,
      timestamp_pc:
        window.timeKind === "relative"
          ? window.timeUs[point]! / 1e6
          : formatTime(window.timeKind, window.timeUs[point]!),
      sensor_id: sensorOf(index),
    };
    if (window.kind === "raw") {
      for (const { name, values } of window.channels) object[name] = numberOrNull(values[point]!);
      return object;
    }
    object.end_index = (window.index[point + 1] ?? window.endIndex) - 1;
    object.count = (object.end_index as number) - index + 1;
    for (const { name, min, max, mean } of window.channels) {
      object[name] = numberOrNull(mean[point]!);
      object[`${name}_min`] = numberOrNull(min[point]!);
      object[`${name}_max`] = numberOrNull(max[point]!);
    }
    return object;
  });
}

function numberOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

export function windowCsv(window: SeriesWindow, tracks: readonly Track[]): string {
  const objects = bucketObjects(window, tracks);
  const names = Object.keys(objects[0] ?? { index: 0, timestamp_pc: "" });
  const lines = objects.map((object) => names.map((name) => csvCell(object[name] ?? "")).join(","));
  return `${[names.map(csvCell).join(","), ...lines].join("\r\n")}\r\n`;
}
