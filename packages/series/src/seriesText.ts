import { csvText, type Formulas } from "./csvText.ts";
import { formatTime } from "./formatTime.ts";
import type { Series, SeriesWindow } from "./types.ts";

export interface TextRange {
  readonly startIndex: number;
  /** Exclusive. */
  readonly endIndex: number;
  /** Default: all. */
  readonly channels?: readonly string[];
  /** A `sensor_id` column, default true. */
  readonly sensorIds?: boolean;
  /** Of names that came from files, in CSV; default `guard`. */
  readonly formulas?: Formulas;
}

/** Rows read at a time: with their columns, what bounds the memory of an export. */
const PAGE_ROWS = 8192;
/** Characters handed on at once, but for one row more: what keeps others waiting on the same thread. */
const PIECE_LENGTH = 256 * 1024;

interface Page {
  readonly startIndex: number;
  readonly timeUs: Float64Array;
  readonly columns: readonly Float64Array[];
  /** null when not asked for. */
  readonly sensorId: string | null;
}

/** Pages that end at track ends, so that a page has one sensor. */
async function* pages(series: Series, range: TextRange, channels: readonly string[]): AsyncGenerator<Page> {
  for (const track of series.tracks) {
    const end = Math.min(track.endIndex, range.endIndex);
    for (let start = Math.max(track.startIndex, range.startIndex); start < end; start += PAGE_ROWS) {
      const rows = await series.readRows(start, Math.min(start + PAGE_ROWS, end), channels);
      yield { ...rows, sensorId: range.sensorIds === false ? null : track.sensorId };
    }
  }
}

/**
 * Rows as CSV in the columns an upload has: `timestamp_pc`, the channels, `sensor_id`. A missing value is an empty
 * cell; numbers have as many digits as it takes to read the same number back.
 */
export async function* seriesCsv(series: Series, range: TextRange): AsyncGenerator<string> {
  const channels = range.channels ?? series.channels;
  const sensor = range.sensorIds === false ? [] : ["sensor_id"];
  const cell = (text: string) => csvText(text, range.formulas);
  yield `${["timestamp_pc", ...channels.map(cell), ...sensor].join(",")}\r\n`;
  for await (const page of pages(series, range, channels)) {
    const tail = page.sensorId === null ? "\r\n" : `,${cell(page.sensorId)}\r\n`;
    let text = "";
    for (let i = 0; i < page.timeUs.length; i++) {
      text += formatTime(page.timeUs[i], series.timeKind);
      for (const column of page.columns) text += Number.isNaN(column[i]) ? "," : `,${column[i]}`;
      text += tail;
      if (text.length < PIECE_LENGTH) continue;
      yield text;
      text = "";
    }
    if (text !== "") yield text;
  }
}

/**
 * Rows as a JSON array of objects: `index`, `timestamp_pc` (a string when absolute, seconds when relative), the
 * channels (null where there is no value), `sensor_id`.
 */
export async function* seriesJson(series: Series, range: TextRange): AsyncGenerator<string> {
  const channels = range.channels ?? series.channels;
  const keys = channels.map((name) => `,${JSON.stringify(name)}:`);
  let separator = "[";
  for await (const page of pages(series, range, channels)) {
    const tail = page.sensorId === null ? "}" : `,"sensor_id":${JSON.stringify(page.sensorId)}}`;
    let text = "";
    for (let i = 0; i < page.timeUs.length; i++) {
      text += `${separator}{"index":${page.startIndex + i},"timestamp_pc":${jsonTime(page.timeUs[i], series)}`;
      page.columns.forEach((column, c) => {
        text += `${keys[c]}${jsonNumber(column[i])}`;
      });
      text += tail;
      separator = ",";
      if (text.length < PIECE_LENGTH) continue;
      yield text;
      text = "";
    }
    if (text !== "") yield text;
  }
  yield separator === "[" ? "[]" : "]";
}

/** A window as CSV: the columns of `encodeWindow`, with `timestamp_pc` for `t`. */
export function windowCsv(window: SeriesWindow, formulas: Formulas = "guard"): string {
  const { names, cells } = windowTable(window);
  let text = `${["index", "timestamp_pc", "gap", ...names.map((name) => csvText(name, formulas))].join(",")}\r\n`;
  for (let i = 0; i < window.index.length; i++) {
    text += `${window.index[i]},${formatTime(window.timeUs[i], window.timeKind)},${window.gap[i]}`;
    for (const column of cells) text += Number.isNaN(column[i]) ? "," : `,${column[i]}`;
    text += "\r\n";
  }
  return text;
}

/** A window as a JSON array, one object a point, keys as in `windowCsv`, `gap` a boolean. */
export function windowJson(window: SeriesWindow): string {
  const { names, cells } = windowTable(window);
  const keys = names.map((name) => `,${JSON.stringify(name)}:`);
  const points: string[] = [];
  for (let i = 0; i < window.index.length; i++) {
    const values = cells.map((column, c) => keys[c] + jsonNumber(column[i])).join("");
    const time = jsonTime(window.timeUs[i], window);
    points.push(`{"index":${window.index[i]},"timestamp_pc":${time},"gap":${window.gap[i] === 1}${values}}`);
  }
  return `[${points.join(",")}]`;
}

function windowTable(window: SeriesWindow): { names: string[]; cells: (Float64Array | Int32Array)[] } {
  if (window.kind === "raw") {
    return { names: window.channels.map(({ name }) => name), cells: window.channels.map((c) => c.values) };
  }
  return {
    names: window.channels.flatMap(({ name }) => [
      `${name}_min`,
      `${name}_max`,
      `${name}_mean`,
      `${name}_count`,
    ]),
    cells: window.channels.flatMap((channel) => [channel.min, channel.max, channel.mean, channel.count]),
  };
}

function jsonTime(timeUs: number, { timeKind }: Pick<Series, "timeKind">): string {
  const text = formatTime(timeUs, timeKind);
  return timeKind === "absolute" ? `"${text}"` : text;
}

function jsonNumber(value: number): string {
  return Number.isFinite(value) ? String(value) : "null";
}
