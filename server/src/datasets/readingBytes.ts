import type { Track } from "@magtrace/contracts";
import {
  encodeWindow,
  type Formulas,
  type Series,
  type SeriesWindow,
  seriesCsv,
  seriesJson,
  type WindowRequest,
  windowCsv,
} from "@magtrace/series";
import type { Made } from "../platform/byteThread/serveByteThread.ts";
import { readingObjects } from "./readingObjects.ts";
import type { SeriesCache } from "./seriesCache.ts";

export type DataFormat = "json" | "arrow" | "csv";

/** Every row of a range, as text. */
export interface RowsWanted {
  readonly prefix: string;
  readonly format: "json" | "csv";
  readonly startIndex: number;
  /** Exclusive. */
  readonly endIndex: number;
  readonly channels: readonly string[];
  readonly formulas: Formulas;
  readonly sensorIds: boolean;
}

/** A window in a form to be sent. */
export interface WindowWanted {
  readonly prefix: string;
  readonly format: DataFormat;
  readonly request: WindowRequest;
  readonly tracks: readonly Track[];
  readonly formulas: Formulas;
}

/** What a thread makes of readings, by the kind it is asked for. */
export function readingMakers(cache: SeriesCache) {
  return {
    rows: async (wanted: RowsWanted): Promise<Made> => ({ head: null, pieces: rowsText(cache, wanted) }),
    window: async (wanted: WindowWanted): Promise<Made> => ({
      head: null,
      pieces: inOnePiece(cache, wanted),
    }),
  };
}

/** Text of all rows, in pieces. The series stays lent while it is read. */
export async function* rowsText(cache: SeriesCache, wanted: RowsWanted): AsyncGenerator<string> {
  const lease = Promise.withResolvers<void>();
  const lent = Promise.withResolvers<Series>();
  const use = cache.use(wanted.prefix, (series) => {
    lent.resolve(series);
    return lease.promise;
  });
  use.catch(lent.reject);
  try {
    yield* (wanted.format === "csv" ? seriesCsv : seriesJson)(await lent.promise, wanted);
  } finally {
    lease.resolve();
  }
}

export async function windowBytes(cache: SeriesCache, wanted: WindowWanted): Promise<Buffer | string> {
  const window = await cache.use(wanted.prefix, (series) => series.window(wanted.request));
  return encoded(window, wanted);
}

function encoded(window: SeriesWindow, { format, tracks, formulas }: WindowWanted): Buffer | string {
  if (format === "json") return JSON.stringify(readingObjects(window, tracks));
  if (format === "csv") return windowCsv(window, formulas);
  const bytes = encodeWindow(window);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

async function* inOnePiece(cache: SeriesCache, wanted: WindowWanted): AsyncGenerator<Uint8Array | string> {
  yield await windowBytes(cache, wanted);
}
