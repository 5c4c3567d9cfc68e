import type { Question } from "@magtrace/contracts";
import type { SeriesManifest, SeriesWriter, TimeKind } from "@magtrace/series";
import { createSeriesSummary, formatTime } from "@magtrace/series/withoutArrow";
import { type Assembled, SeriesAssembler } from "./assembleSeries.ts";
import { decompressed, type Peeked, peekBytes, sourceBytes } from "./byteStream.ts";
import { isRelative } from "./cells/parseTime.ts";
import { type ContentKind, contentKind, HEAD_BYTES } from "./contentKind.ts";
import { FindingList, printable, RefusedFile } from "./findings.ts";
import { FORMAT_HEAD_BYTES, type FormatInput } from "./formats/formatReader.ts";
import { readerFor } from "./formats/readers.ts";
import { qualityReport } from "./qualityReport.ts";
import { channelsOf } from "./seriesColumns.ts";
import { requireSenseOfField } from "./settleUnit.ts";
import { settleValues } from "./settleValues.ts";
import { threadsFor } from "./text/parseThreads.ts";
import { openTextInput } from "./text/textInput.ts";
import { inTimeOrder, ordered, RowOrder } from "./time/rowOrder.ts";
import { requireSenseOfTime } from "./time/senseOfTime.ts";
import type { TableInput } from "./typed/tableInput.ts";
import type {
  IngestAccepted,
  IngestOutcome,
  IngestRequest,
  SourceReport,
  TimeReport,
  TrackRange,
} from "./types.ts";
import { UnpackingLimit } from "./unpackingLimit.ts";

/**
 * Reads a file of any accepted kind into a series, in one pass and with bounded memory.
 *
 * A file that is not as it should be is an outcome with findings, and nothing of it stays: every sink that was opened
 * has been aborted. Failures of source, sinks or scratch, and an aborted signal, are thrown, with the sinks aborted
 * as well.
 */
export async function ingestFile(request: IngestRequest): Promise<IngestOutcome> {
  const findings = new FindingList();
  const closers: (() => Promise<void>)[] = [];
  let questions: readonly Question[] = [];
  try {
    const opened = await openInput(request, closers);
    const outcome = await assemble(request, opened, findings);
    if (outcome !== null) return outcome;
  } catch (error) {
    if (!(error instanceof RefusedFile)) throw error;
    for (const finding of error.findings) findings.add(finding);
    questions = error.questions;
  } finally {
    for (const close of closers) await close();
  }
  return { ok: false, findings: findings.kept, total_findings: findings.total, questions };
}

export interface OpenedInput {
  readonly table: TableInput;
  readonly compression: SourceReport["compression"];
}

/**
 * Opens a file far enough to know what its columns and numbers mean. What is to be closed when it is done with is added
 * to `closers`.
 */
export async function openInput(
  request: IngestRequest,
  closers: (() => Promise<void>)[],
): Promise<OpenedInput> {
  const { table, compression } = await openContent(request, closers);
  return { table: await settleValues(table, request.mapping), compression };
}

async function openContent(request: IngestRequest, closers: (() => Promise<void>)[]): Promise<OpenedInput> {
  const { source, limits } = request;
  const bytes = await peekBytes(sourceBytes(source, request), FORMAT_HEAD_BYTES);
  const outer = contentKind(bytes.head.subarray(0, HEAD_BYTES));
  // Readers of formats with libraries of their own are loaded when a file asks for them.
  if (outer.kind === "parquet") {
    const { openParquetInput } = await import("./typed/parquetInput.ts");
    return { table: await openParquetInput(request), compression: null };
  }
  if (outer.kind === "arrow_file") {
    const { openArrowFile } = await import("./typed/arrowInput.ts");
    return { table: await openArrowFile(source, request), compression: null };
  }
  if (outer.kind !== "gzip" && outer.kind !== "zstd") {
    const reopen = (): AsyncIterable<Uint8Array> => sourceBytes(source, readOptions(request));
    const table = await openStream(bytes, { request, likelyBytes: source.size, source, reopen });
    return { table, compression: readerFor(bytes.head)?.format === "zip" ? "zip" : null };
  }
  const unpacking = decompressed(bytes.all, outer.kind, new UnpackingLimit(source.size, limits));
  closers.push(unpacking.close);
  const unpacked = await peekBytes(unpacking.bytes, FORMAT_HEAD_BYTES);
  const inner = contentKind(unpacked.head.subarray(0, HEAD_BYTES));
  requireOncePacked(inner, outer.kind);
  // Text unpacks to several times its size: threads are worth it sooner.
  const kind = outer.kind;
  const reopen = (): AsyncIterable<Uint8Array> => {
    const packed = sourceBytes(source, readOptions(request));
    const again = decompressed(packed, kind, new UnpackingLimit(source.size, limits));
    closers.push(again.close);
    return again.bytes;
  };
  const likelyBytes = source.size * 4;
  const table = await openStream(unpacked, { request, likelyBytes, source: null, reopen });
  return { table, compression: outer.kind };
}

/** For looking ahead: no progress is made by that. */
function readOptions({ signal }: IngestRequest): Pick<IngestRequest, "signal"> {
  return signal === undefined ? {} : { signal };
}

/** @throws {RefusedFile} a file within a packed one that is packed itself, or that has to be jumped about in. */
export function requireOncePacked({ kind }: ContentKind, outer: string): void {
  if (kind !== "gzip" && kind !== "zstd" && kind !== "parquet") return;
  throw new RefusedFile({
    code: "not_supported",
    value: `${kind} within ${outer}`,
    expected: kind === "parquet" ? "a Parquet file as it is, not packed" : "a file packed once",
  });
}

async function openStream(
  { head, all: bytes }: Peeked,
  input: Omit<FormatInput, "bytes" | "openWithin">,
): Promise<TableInput> {
  const { request, likelyBytes, reopen } = input;
  const { mapping, limits } = request;
  const reader = readerFor(head);
  if (reader !== null) return reader.open({ ...input, bytes, openWithin });
  const content = contentKind(head.subarray(0, HEAD_BYTES));
  switch (content.kind) {
    case "empty":
      throw new RefusedFile({
        code: "empty_file",
        expected: "a header and at least one row; the file is empty",
      });
    case "refused":
      throw new RefusedFile({
        code: "unsupported_format",
        value: content.what,
        expected:
          content.instead ??
          "CSV or other delimited text (plain, gzip or zstd), Arrow IPC (Feather), or Parquet",
      });
    case "arrow_file":
    case "arrow_stream": {
      const { openArrowStream } = await import("./typed/arrowInput.ts");
      return openArrowStream(bytes, content.kind === "arrow_file", request);
    }
    default:
      return openTextInput(bytes, {
        mapping,
        limits,
        filename: request.filename,
        threads: request.threads ?? threadsFor(likelyBytes, request.processors),
        reopen,
      });
  }
}

async function openWithin(input: Omit<FormatInput, "bytes" | "openWithin" | "source">): Promise<TableInput> {
  const within = await peekBytes(input.reopen(), FORMAT_HEAD_BYTES);
  requireOncePacked(contentKind(within.head.subarray(0, HEAD_BYTES)), "ZIP");
  return openStream(within, { ...input, source: null });
}

async function openWriter(
  { openSink }: IngestRequest,
  channels: readonly string[],
  timeKind: TimeKind,
): Promise<SeriesWriter> {
  if (openSink === null) return createSeriesSummary(channels, timeKind);
  const { createSeriesWriter } = await import("@magtrace/series");
  return createSeriesWriter({ channels, timeKind, openSink });
}

/** Reads the rows of an opened file into a series. @returns null where there are findings. */
export async function assemble(
  request: IngestRequest,
  { table, compression }: OpenedInput,
  findings: FindingList,
): Promise<IngestAccepted | null> {
  const timeKind = isRelative(table.time) ? "relative" : "absolute";
  const writer = await openWriter(request, channelsOf(table.columns), timeKind);
  const { columns, linesBefore } = table;
  const assembler = new SeriesAssembler({
    columns,
    time: table.time,
    linesBefore,
    writer,
    scratch: request.scratch,
    findings,
  });
  try {
    const order = new RowOrder();
    for await (const block of inTimeOrder(table, request.scratch, order)) {
      request.signal?.throwIfAborted();
      await assembler.add(block);
    }
    request.signal?.throwIfAborted();
    if (assembler.rows === 0 && findings.total === 0) {
      const others = [...assembler.leftOut.keys()].slice(0, 12).join(", ");
      const expected =
        others === "" ? "at least one row below the header" : `rows of a magnetometer; all are of ${others}`;
      findings.add({ code: "no_rows", expected });
    }
    if (findings.total === 0) {
      requireSenseOfTime(table, assembler, request.mapping);
      requireSenseOfField(table.columns, assembler, request.mapping);
      return accepted(ordered(table, order), compression, await assembler.finish());
    }
  } catch (error) {
    await assembler.abort();
    throw error;
  }
  await assembler.abort();
  return null;
}

function accepted(
  table: TableInput,
  compression: SourceReport["compression"],
  assembled: Assembled,
): IngestAccepted {
  const { manifest } = assembled;
  return {
    ok: true,
    rows: manifest.rows,
    channels: manifest.channels,
    tracks: manifest.tracks.map((track): TrackRange => {
      return { sensor_id: track.sensorId, start_index: track.startIndex, end_index: track.endIndex - 1 };
    }),
    time: timeReport(table, manifest),
    statistics: manifest.statistics,
    source: {
      ...table.source,
      compression,
      unit: table.columns.unit,
      unit_from: table.columns.unitFrom,
      columns: table.columns.columns,
    },
    quality: qualityReport(table, assembled),
    ...(assembled.labels === null ? {} : { labels: assembled.labels }),
  };
}

function timeReport({ time, firstTime }: TableInput, manifest: SeriesManifest): TimeReport {
  const { timeKind } = manifest;
  const startUs = manifest.timeAxis.startUs!;
  const endUs = manifest.timeAxis.endUs!;
  const absolute = timeKind === "absolute";
  return {
    kind: timeKind,
    form: time.form,
    start_us: startUs,
    end_us: endUs,
    start: absolute ? formatTime(startUs, timeKind) : null,
    end: absolute ? formatTime(endUs, timeKind) : null,
    first_value: printable(firstTime),
    zone_given: time.form === "datetime" ? time.zone || time.zoneUs !== undefined : null,
  };
}
