import type { FileHandle } from "node:fs/promises";
import type { ByteSource } from "@magtrace/series";
import { type RecordBatch, RecordBatchReader, type Schema } from "apache-arrow";
import { Schema as SchemaTable } from "apache-arrow/fb/schema";
import { WatchedInput } from "../byteStream.ts";
import { columnsRead, type ResolvedColumns, resolveColumns } from "../cells/resolveColumns.ts";
import { columnBlocks } from "../columnBlocks.ts";
import { RefusedFile } from "../findings.ts";
import type { RowBlock } from "../text/rowBlock.ts";
import {
  decideTypedTime,
  goesBack,
  headTexts,
  headTimes,
  type TypedNames,
  typedTimeColumns,
} from "../time/typedTime.ts";
import type { IngestRequest } from "../types.ts";
import { UnpackingLimit } from "../unpackingLimit.ts";
import { ArrowBounds, checkedMessages } from "./arrowBounds.ts";
import { isNumber, requireWhole, timeReadingOf, typedBatch } from "./arrowCells.ts";
import { unpackingBatch } from "./arrowCompression.ts";
import { checkBatches, FILE_LEAD_BYTES, readFooter, SourceHandle } from "./arrowFile.ts";
import { boundArrowMetadata } from "./boundArrowMetadata.ts";
import type { TableInput } from "./tableInput.ts";

boundArrowMetadata();

type ArrowRequest = Pick<IngestRequest, "source" | "mapping" | "limits" | "signal" | "onProgress">;

/** An input that may have failed itself, where the library only says that something did. */
interface Watched {
  readonly failed: boolean;
  readonly failure: unknown;
}

/** The library's reader, and what watches over it. */
interface ArrowReading {
  readonly input: Watched;
  readonly bounds: ArrowBounds;
  readonly unpacking: UnpackingLimit;
  /** Opens it as far as its schema, which is checked. */
  open(): Promise<RecordBatchReader>;
  /** Once it is known which columns are read, and before anything is. */
  checkAhead?(): Promise<void>;
}

/**
 * Opens an Arrow IPC stream and reads it batch by batch. A file in a stream (packed by gzip) is read by its inner
 * stream, which Arrow's own JavaScript leaves out: such a file is refused.
 *
 * @throws {RefusedFile} what is no Arrow after all, lacks a column, or is beyond a limit. So does reading its blocks.
 */
export function openArrowStream(
  bytes: AsyncIterable<Uint8Array>,
  isFile: boolean,
  request: ArrowRequest,
): Promise<TableInput> {
  const input = new WatchedInput(bytes);
  const unpacking = new UnpackingLimit(request.source.size, request.limits);
  const bounds = new ArrowBounds(request.limits, unpacking);
  const stream = checkedMessages(input, isFile ? FILE_LEAD_BYTES : 0, bounds);
  const open = async (): Promise<RecordBatchReader> => RecordBatchReader.from(stream);
  return openTable({ input, bounds, unpacking, open }, request);
}

/** Opens an Arrow IPC file by its footer and reads it batch by batch. @throws {RefusedFile} as `openArrowStream`. */
export function openArrowFile(source: ByteSource, request: ArrowRequest): Promise<TableInput> {
  const unpacking = new UnpackingLimit(source.size, request.limits);
  const bounds = new ArrowBounds(request.limits, unpacking);
  const file = new SourceHandle(source, request);
  const looked = new SourceHandle(source, request.signal ? { signal: request.signal } : {});
  let footer: Awaited<ReturnType<typeof readFooter>>;
  const open = async (): Promise<RecordBatchReader> => {
    footer = await readFooter(looked);
    bounds.checkSchema(footer.schema(new SchemaTable()) ?? new SchemaTable());
    // Arrow asks for a node FileHandle and uses four of its members.
    return RecordBatchReader.from(file as unknown as FileHandle);
  };
  const checkAhead = (): Promise<void> => checkBatches(looked, footer, bounds);
  const input: Watched = {
    get failed() {
      return file.failed || looked.failed;
    },
    get failure() {
      return file.failed ? file.failure : looked.failure;
    },
  };
  return openTable({ input, bounds, unpacking, open, checkAhead }, request);
}

async function openTable(reading: ArrowReading, request: ArrowRequest): Promise<TableInput> {
  const { input, bounds, unpacking } = reading;
  const {
    reader,
    columns: resolved,
    typedNames,
  } = await safely(input, async () => {
    const reader = await reading.open();
    await reader.open();
    if (!reader.schema || reader.schema.fields.length === 0) throw new RangeError("no columns");
    const typedNames = namesOf(reader.schema, request);
    const columns = columnsOf(reader.schema, request, typedNames);
    bounds.columns = columnsRead(columns);
    await reading.checkAhead?.();
    return { reader, columns, typedNames };
  });
  const batches = reader[Symbol.asyncIterator]() as AsyncIterator<RecordBatch>;
  const next = (): Promise<RecordBatch | null> =>
    safely(input, async () => {
      for (;;) {
        const { done, value: batch } = await unpackingBatch(unpacking, () => batches.next());
        if (done) return null;
        if (batch.numRows === 0) continue;
        requireWhole(batch);
        return batch;
      }
    });
  const first = await next();
  if (first === null) {
    throw new RefusedFile({ code: "no_rows", expected: "at least one row; this Arrow file has none" });
  }
  const [position] = resolved.time.positions;
  const typed = position === undefined ? null : typedNames.typed(position);
  const cellsOf = headCells(first);
  const time = await decideTypedTime(resolved.time, typedNames, cellsOf);
  const columns = { ...resolved, time };
  return {
    columns,
    time: time.reading,
    firstTime: time.positions.map((position) => cellsOf(position)[0] ?? "").join(" "),
    linesBefore: 0,
    source: { format: "arrow", encoding: null, delimiter: null, decimal: null },
    assumptions: [...time.assumptions, ...(columns.assumptions ?? [])],
    notes: [],
    descending: goesBack(headTimes(time, cellsOf, typed !== null), time.reading),
    blocks: blocks(),
  };

  async function* blocks(): AsyncGenerator<RowBlock> {
    for (let batch: RecordBatch | null = first; batch !== null; batch = await next()) {
      yield* columnBlocks(typedBatch(batch), columns, time.reading, typed !== null);
    }
  }
}

function namesOf({ names, fields }: Schema, { mapping }: ArrowRequest): TypedNames {
  return { names: names.map(String), mapping, typed: (position) => timeReadingOf(fields[position]) };
}

/** Cells of a column in the first rows, as text. */
function headCells(batch: RecordBatch): (position: number) => readonly string[] {
  const { cells, rows } = typedBatch(batch);
  return (position) => headTexts(cells[position], rows);
}

function columnsOf(
  { names, fields }: Schema,
  { mapping, limits }: ArrowRequest,
  typedNames: TypedNames,
): ResolvedColumns {
  return resolveColumns({
    header: names.map(String),
    mapping,
    maxColumns: limits.maxColumns,
    time: typedTimeColumns(typedNames),
    isText: (position) => !isNumber(fields[position].type),
  });
}

/** Takes every complaint of the Arrow library for one about the file; failures of the input stay what they are. */
async function safely<T>(input: Watched, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (input.failed) throw input.failure;
    if (error instanceof RefusedFile) throw error;
    throw new RefusedFile({
      code: "damaged_file",
      value: error instanceof Error ? error.message : "",
      expected: "a whole Arrow IPC file or stream",
    });
  }
}
