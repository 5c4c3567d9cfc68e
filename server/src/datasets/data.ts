import { Readable } from "node:stream";
import { type DataQuery, MOST_POINTS } from "@magtrace/contracts";
import { ARROW_STREAM_TYPE, type Series } from "@magtrace/series";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Actor } from "../access/actor.ts";
import { AppError } from "../errors.ts";
import { attachment } from "../http/reply/attachment.ts";
import { sendPieces } from "../http/reply/sendPieces.ts";
import type { ByteMaker } from "../platform/byteThread/byteThread.ts";
import type { Deps } from "../platform/deps.ts";
import { parseTime } from "./parseTime.ts";
import type { StoredDataset } from "./queries.ts";
import {
  type DataFormat,
  type RowsWanted,
  rowsText,
  type WindowWanted,
  windowBytes,
} from "./readingBytes.ts";
import type { SeriesCache } from "./seriesCache.ts";
import { requireSeries } from "./service.ts";

export interface DataDeps extends Deps {
  readonly series: SeriesCache;
  readonly byteThread: ByteMaker;
}

/** Cells that are made into text here: a few milliseconds, less than a thread takes to start. */
const MOST_CELLS_HERE = 10_000;
/** Numbers as they are cost a fiftieth of it. */
const MOST_ARROW_CELLS_HERE = 500_000;
const CELLS_A_BUCKET = 4;

const MEDIA_TYPES: Record<DataFormat, string> = {
  json: "application/json; charset=utf-8",
  csv: "text/csv; charset=utf-8",
  arrow: ARROW_STREAM_TYPE,
};

/** Rows asked for: [startIndex, endIndex), as the series counts. */
interface RowRange {
  readonly startIndex: number;
  readonly endIndex: number;
}

/**
 * One window of a dataset. With `max_points` at most so many points, each the minimum, maximum and mean of its rows;
 * without, every row, streamed.
 */
export async function sendData(
  deps: DataDeps,
  actor: Actor,
  { id, query, raw, reply }: { id: number; query: DataQuery; raw: FastifyRequest; reply: FastifyReply },
): Promise<FastifyReply> {
  const { dataset, prefix } = await requireSeries(deps, actor, id);
  const format = query.format ?? wantedFormat(raw.headers.accept);
  const channels = wantedChannels(dataset, query.channels);
  const { points, range } = await deps.series.use(prefix, async (series) => {
    const range = await wantedRows(series, query);
    return { range, points: query.max_points ?? defaultPoints(format, range) };
  });
  const { formulas = "guard" } = query;
  if (format === "csv") attachment(reply, `${dataset.wire.name.replace(/\.[^.]*$/, "")}.csv`);
  reply.type(MEDIA_TYPES[format]).header("Vary", "Accept, Authorization, Cookie");
  // Readings are others once the file is read again; another user of this browser must ask for themselves, hence
  // private and Vary.
  const tag = `"${prefix.split("/")[2]}-${format}"`;
  reply.header("Cache-Control", "private, no-cache").header("ETag", tag);
  if (raw.headers["if-none-match"] === tag) return reply.code(304).send();
  // JSON is for programs; the other forms would be shown or guessed at where somebody opens the address.
  if (format !== "json") attachment(reply, `${dataset.originalName.replace(/\.[^.]*$/, "")}.${format}`);
  if (points === undefined) {
    const sensorIds = namesSensors(dataset);
    // Arrow always has a number of points.
    const text = format === "csv" ? "csv" : "json";
    return sendRows(deps, reply, { prefix, format: text, ...range, channels, formulas, sensorIds });
  }
  const request = { ...range, points, channels };
  return sendWindow(deps, reply, { prefix, format, request, tracks: dataset.tracks, formulas });
}

async function sendRows(deps: DataDeps, reply: FastifyReply, wanted: RowsWanted): Promise<FastifyReply> {
  const cells = (wanted.endIndex - wanted.startIndex) * (1 + wanted.channels.length);
  if (cells > MOST_CELLS_HERE) return sendPieces(reply, await deps.byteThread.make("rows", wanted));
  return reply.send(Readable.from(rowsText(deps.series, wanted), { objectMode: false }));
}

async function sendWindow(deps: DataDeps, reply: FastifyReply, wanted: WindowWanted): Promise<FastifyReply> {
  const { startIndex, endIndex, points, channels = [] } = wanted.request;
  const rows = endIndex - startIndex;
  const cells = Math.min(rows, points) * (1 + channels.length * (rows > points ? CELLS_A_BUCKET : 1));
  const most = wanted.format === "arrow" ? MOST_ARROW_CELLS_HERE : MOST_CELLS_HERE;
  if (cells > most) return sendPieces(reply, await deps.byteThread.make("window", wanted));
  return reply.send(await windowBytes(deps.series, wanted));
}

function namesSensors({ tracks }: StoredDataset): boolean {
  return tracks.some(({ sensor_id }) => sensor_id !== null && sensor_id !== "");
}

function wantedFormat(accept: string | undefined): DataFormat {
  if (accept?.includes("arrow")) return "arrow";
  if (accept?.includes("text/csv")) return "csv";
  return "json";
}

function wantedChannels(dataset: StoredDataset, asked: string | undefined): string[] {
  if (asked === undefined || asked.trim() === "") return [...dataset.channels];
  const names = asked.split(",").map((name) => name.trim());
  for (const name of names) {
    if (!dataset.channels.includes(name)) {
      throw new AppError(
        "validation_failed",
        `query/channels: there is no channel "${name.slice(0, 80)}" in this dataset.`,
        {
          details: { channels: dataset.channels },
        },
      );
    }
  }
  return [...new Set(names)];
}

/** Arrow is for looking: without `max_points` it answers with as many as a chart can use. */
function defaultPoints(format: DataFormat, { startIndex, endIndex }: RowRange): number | undefined {
  return format === "arrow" ? Math.min(MOST_POINTS, Math.max(1, endIndex - startIndex)) : undefined;
}

async function wantedRows(series: Series, query: DataQuery): Promise<RowRange> {
  const last = series.rows - 1;
  const byTime = query.start_time !== undefined || query.end_time !== undefined;
  const range = byTime ? await rowsByTime(series, query) : { startIndex: 0, endIndex: series.rows };
  const startIndex = query.start_index ?? range.startIndex;
  const endIndex = query.end_index === undefined ? range.endIndex : query.end_index + 1;
  if (startIndex > last) {
    throw new AppError("validation_failed", `query/start_index is beyond the last row, ${last}.`, {
      details: { last },
    });
  }
  if (query.end_index !== undefined && endIndex <= startIndex) {
    throw new AppError("validation_failed", "query/end_index must not be before start_index.");
  }
  return { startIndex, endIndex: Math.min(Math.max(endIndex, startIndex), series.rows) };
}

async function rowsByTime(series: Series, query: DataQuery): Promise<RowRange> {
  const track = series.tracks[query.track ?? 0];
  if (!track) {
    throw new AppError(
      "validation_failed",
      `query/track must be from 0 to ${series.tracks.length - 1}, the last track of this dataset.`,
    );
  }
  const start =
    query.start_time === undefined
      ? undefined
      : parseTime(series.timeKind, query.start_time, "query/start_time");
  const end =
    query.end_time === undefined ? undefined : parseTime(series.timeKind, query.end_time, "query/end_time");
  if (start !== undefined && end !== undefined && end < start) {
    throw new AppError("validation_failed", "query/end_time must not be before start_time.");
  }
  const startIndex = start === undefined ? track.startIndex : await series.rowAtTime(start, track);
  const endIndex = end === undefined ? track.endIndex : await series.rowAtTime(end + 1, track);
  return { startIndex: Math.min(startIndex, track.endIndex - 1), endIndex: Math.max(endIndex, startIndex) };
}
