import { type ByteSource, openSeries, type Series } from "@magtrace/series";
import { type MemoryFiles, memoryFiles } from "../../../packages/series/test/memoryFiles.ts";
import { ingestFile } from "../../src/datasets/ingest/ingest.ts";
import type {
  Finding,
  IngestAccepted,
  IngestLimits,
  IngestOutcome,
  IngestRequest,
} from "../../src/datasets/ingest/types.ts";

export const testLimits: IngestLimits = {
  maxDecompressedBytes: 64 * 1024 * 1024,
  maxRatio: 200,
  maxColumns: 100,
  maxFieldBytes: 4096,
};

/** Bytes as a source that gives them in odd pieces and scribbles over what it gave. */
export function hostileSource(bytes: Uint8Array, pieceBytes = 65521): ByteSource {
  return {
    size: bytes.length,
    async read(start, length) {
      const answer = new Uint8Array(bytes.subarray(start, start + Math.min(length, pieceBytes)));
      setImmediate(() => answer.fill(0xaa));
      return answer;
    },
  };
}

export interface Ingested {
  readonly outcome: IngestOutcome;
  readonly files: MemoryFiles;
  readonly scratch: MemoryFiles;
}

export async function ingestBytes(
  content: string | Uint8Array,
  options: Partial<IngestRequest> & { pieceBytes?: number } = {},
): Promise<Ingested> {
  const { pieceBytes, ...request } = options;
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  const files = memoryFiles(1 << 20);
  const scratch = memoryFiles(1 << 20);
  const outcome = await ingestFile({
    source: hostileSource(bytes, pieceBytes),
    limits: testLimits,
    openSink: files.openSink,
    scratch,
    ...request,
  });
  return { outcome, files, scratch };
}

export interface AcceptedFile {
  readonly outcome: IngestAccepted;
  readonly series: Series;
  readonly files: MemoryFiles;
  readonly scratch: MemoryFiles;
}

/** Ingests what must be taken, and opens what came of it. */
export async function accepted(
  content: string | Uint8Array,
  options: Partial<IngestRequest> & { pieceBytes?: number } = {},
): Promise<AcceptedFile> {
  const { outcome, files, scratch } = await ingestBytes(content, options);
  if (!outcome.ok) throw new Error(`refused: ${JSON.stringify(outcome.findings.slice(0, 3))}`);
  return { outcome, files, scratch, series: await openSeries({ open: files.openSource }) };
}

/** Ingests what must be refused. */
export async function refused(
  content: string | Uint8Array,
  options: Partial<IngestRequest> = {},
): Promise<{ findings: readonly Finding[]; total: number }> {
  const { outcome, files } = await ingestBytes(content, options);
  if (outcome.ok) throw new Error(`accepted ${outcome.rows} rows`);
  if (files.open.size > 0) throw new Error(`sinks left open: ${[...files.open]}`);
  if (files.files.size > 0) throw new Error(`files left: ${[...files.files.keys()]}`);
  return { findings: outcome.findings, total: outcome.total_findings };
}

/** All values of a channel. */
export async function valuesOf(series: Series, channel: string): Promise<number[]> {
  const { columns } = await series.readRows(0, series.rows, [channel]);
  return [...columns[0]];
}

export async function timesOf(series: Series): Promise<number[]> {
  return [...(await series.readRows(0, series.rows, [])).timeUs];
}
