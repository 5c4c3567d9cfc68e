import type { Inspection } from "@magtrace/contracts";
import type { ByteSource } from "@magtrace/series";
import { isRelative } from "./cells/parseTime.ts";
import { contentKind } from "./contentKind.ts";
import { FindingList, RefusedFile } from "./findings.ts";
import { assemble, type OpenedInput, openInput, requireOncePacked } from "./ingest.ts";
import { describeColumns } from "./inspect/describeColumns.ts";
import { ROWS_SHOWN, textRows, typedRows } from "./inspect/firstRows.ts";
import { fullMapping } from "./inspect/fullMapping.ts";
import { type GivenHead, type ReadableHead, readableHead, WHOLE_FILE_BYTES } from "./inspect/headOf.ts";
import { inspectedReadings } from "./inspect/inspectedReadings.ts";
import { offersOf } from "./inspect/labelOffers.ts";
import { memoryScratch } from "./inspect/memoryScratch.ts";
import type { RowBlock } from "./text/rowBlock.ts";
import type { ColumnMapping, IngestAccepted, IngestLimits, IngestRequest } from "./types.ts";

export interface InspectRequest {
  readonly head: GivenHead;
  readonly filename?: string;
  readonly mapping?: ColumnMapping;
  readonly limits: IngestLimits;
  /** Of the whole file, where it is known. */
  readonly totalBytes?: number;
}

/** All of an inspection that can be told without asking who wants to know. */
export type InspectedFile = Omit<Inspection, "profile">;

const NOTHING: InspectedFile = {
  readable: false,
  no_preview: null,
  complete: false,
  format: null,
  compression: null,
  encoding: null,
  delimiter: null,
  decimal: null,
  header_line: null,
  columns: [],
  rows: [],
  readings: null,
  assumptions: [],
  questions: [],
  findings: [],
  total_findings: 0,
  notes: [],
  left_out: [],
  labels: [],
  mapping: {},
};

/**
 * Tells how a file would be read, by its first part. Nothing is written.
 *
 * Cost O(head): what `ingestFile` would take for a file of that size.
 */
export async function inspectFile(request: InspectRequest): Promise<InspectedFile> {
  const { mapping = {} } = request;
  const head = await readableHead(request.head);
  if (head === null) return { ...NOTHING, readable: true, no_preview: noPreview(), mapping };
  const inspected = await read(head, request);
  return { ...inspected, complete: head.complete };
}

function noPreview(): string {
  const mib = WHOLE_FILE_BYTES / 1024 / 1024;
  return `There is no preview of this file, which is read from its end or has more than ${mib} MiB. It is looked at when it is uploaded.`;
}

async function read(head: ReadableHead, request: InspectRequest): Promise<InspectedFile> {
  const findings = new FindingList();
  const closers: (() => Promise<void>)[] = [];
  const { mapping } = request;
  let seen: InspectedFile = { ...NOTHING, mapping: mapping ?? {}, compression: head.compression };
  try {
    if (head.compression !== null) requireOncePacked(contentKind(head.bytes), head.compression);
    const ingest = ingestRequest(head, request);
    const opened = await openInput(ingest, closers);
    const first: { block: RowBlock | null } = { block: null };
    seen = described(seen, opened, head, mapping);
    const watched = { ...opened, table: { ...opened.table, blocks: watchFirst(opened.table.blocks, first) } };
    const outcome = await assemble(ingest, watched, findings);
    if (outcome !== null) seen = withReadings(seen, outcome, head, request);
    if (seen.format !== "text" && first.block !== null) {
      const kind = isRelative(opened.table.time) ? "relative" : "absolute";
      seen = { ...seen, rows: typedRows(opened.table, first.block, kind) };
    }
  } catch (error) {
    if (!(error instanceof RefusedFile)) throw error;
    for (const finding of error.findings) findings.add(finding);
    seen = { ...seen, questions: [...error.questions] };
    if (seen.rows.length === 0) seen = { ...seen, rows: textRows(head.bytes, 0, null) };
  } finally {
    for (const close of closers) await close();
  }
  return { ...seen, findings: findings.kept, total_findings: findings.total };
}

/** The beginning of a file as `ingestFile` would be given it, with nothing written anywhere. */
function ingestRequest(head: ReadableHead, { mapping, filename, limits }: InspectRequest): IngestRequest {
  return {
    source: memorySource(head.bytes),
    ...(mapping === undefined ? {} : { mapping }),
    ...(filename === undefined ? {} : { filename }),
    limits: { ...limits, maxRatio: Math.max(limits.maxRatio, 1) },
    openSink: null,
    scratch: memoryScratch(),
    threads: 0,
  };
}

function memorySource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: async (start, length) => bytes.slice(start, start + length) };
}

/** Copies the first rows: a block's arrays are filled again, and times in them made continuous. */
async function* watchFirst(
  blocks: AsyncIterable<RowBlock>,
  first: { block: RowBlock | null },
): AsyncGenerator<RowBlock> {
  for await (const block of blocks) {
    first.block ??= {
      ...block,
      timeUs: block.timeUs.slice(0, ROWS_SHOWN),
      values: block.values.map((values) => values.slice(0, ROWS_SHOWN)),
      sensors: block.sensors?.slice(0, ROWS_SHOWN) ?? null,
    };
    yield block;
  }
}

function described(
  seen: InspectedFile,
  { table, compression }: OpenedInput,
  head: ReadableHead,
  mapping: ColumnMapping | undefined,
): InspectedFile {
  const { source, linesBefore, assumptions } = table;
  const isText = source.format === "text";
  const headerLine = isText ? (table.headerLine ?? null) : null;
  return {
    ...seen,
    compression: head.compression ?? compression,
    format: source.format,
    encoding: source.encoding,
    delimiter: source.delimiter,
    decimal: source.decimal,
    header_line: headerLine,
    columns: describeColumns(table, mapping, assumptions),
    rows: isText ? textRows(head.bytes, linesBefore, source.delimiter) : [],
    assumptions: [...assumptions],
    left_out: table.columns.columns.filter(({ becomes }) => becomes === null).map(({ name }) => name),
    mapping: fullMapping(table, mapping, headerLine),
  };
}

function withReadings(
  seen: InspectedFile,
  outcome: IngestAccepted,
  { complete, sentBytes }: ReadableHead,
  { totalBytes }: InspectRequest,
): InspectedFile {
  const { quality } = outcome;
  const parts = complete || totalBytes === undefined ? null : totalBytes / sentBytes;
  const estimatedRows = complete ? outcome.rows : parts === null ? null : Math.round(outcome.rows * parts);
  return {
    ...seen,
    readable: true,
    readings: { ...inspectedReadings(outcome), estimated_rows: estimatedRows },
    assumptions: [...quality.assumptions],
    labels: offersOf(outcome.labels),
    notes: quality.notes.map(({ code, message, column = null }) => ({ code, message, column })),
  };
}
