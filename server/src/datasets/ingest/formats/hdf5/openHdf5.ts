import { columnsRead, type ResolvedColumns, resolveColumns } from "../../cells/resolveColumns.ts";
import { type CellReader, columnBlocks } from "../../columnBlocks.ts";
import { RefusedFile } from "../../findings.ts";
import type { RowBlock } from "../../text/rowBlock.ts";
import {
  decideTypedTime,
  goesBack,
  headTexts,
  headTimes,
  type TypedNames,
  typedTimeColumns,
} from "../../time/typedTime.ts";
import type { TableInput } from "../../typed/tableInput.ts";
import type { IngestRequest } from "../../types.ts";
import { UnpackingLimit } from "../../unpackingLimit.ts";
import type { FormatInput } from "../formatReader.ts";
import { chooseTable, headerOf } from "./chooseTable.ts";
import type { Hdf5Cells, Hdf5Table } from "./hdf5Table.ts";
import { THREAD_LIMITS, ThreadedFile, type ThreadLimits } from "./threadedFile.ts";

const BATCH_ROWS = 128 * 1024;
const BATCH_BYTES = 16 * 1024 * 1024;

/**
 * Reads a table of an HDF5 file some rows at a time.
 *
 * @throws {RefusedFile} damaged, beyond a limit, or without a table of readings. So does reading its blocks.
 */
export async function openHdf5(
  { source, request }: Pick<FormatInput, "source" | "request">,
  limits: ThreadLimits = THREAD_LIMITS,
): Promise<TableInput> {
  if (source === null) {
    const expected = "an HDF5 file as it is, not packed";
    throw new RefusedFile({ code: "not_supported", value: "an HDF5 file within another", expected });
  }
  const file = new ThreadedFile(source, limits);
  try {
    return await openTable(file, request);
  } catch (error) {
    await file.end();
    throw error;
  }
}

async function openTable(file: ThreadedFile, request: IngestRequest): Promise<TableInput> {
  const { member, ...mapping } = request.mapping ?? {};
  const { table, assumptions } = chooseTable(await file.tables(), member);
  const header = headerOf(table);
  const typedNames: TypedNames = {
    names: header,
    mapping,
    typed: (position) => {
      const { time } = table.columns[position];
      return time && { form: "datetime", usPerUnit: 1, zone: time.zone };
    },
  };
  const resolved = resolveColumns({
    header,
    mapping,
    maxColumns: request.limits.maxColumns,
    time: typedTimeColumns(typedNames),
    isText: (position) => table.columns[position].element.type.endsWith("text"),
  });
  // Rows that nobody wrote take no room in a file.
  new UnpackingLimit(request.source.size, request.limits).addRows(table.rows, columnsRead(resolved));
  const batches = new Batches(file, table, resolved);
  const first = await batches.read(0);
  const cellsOf = (position: number): readonly string[] => headTexts(first[position], batches.rowsAt(0));
  const time = await decideTypedTime(resolved.time, typedNames, cellsOf);
  const columns = { ...resolved, time };
  const [position] = time.positions;
  const isTyped = position !== undefined && typedNames.typed(position) !== null;
  return {
    columns,
    time: time.reading,
    firstTime: time.positions.map((one) => cellsOf(one)[0] ?? "").join(" "),
    linesBefore: 0,
    source: { format: "hdf5", encoding: null, delimiter: null, decimal: null },
    assumptions: [...assumptions, ...time.assumptions, ...(columns.assumptions ?? [])],
    notes: [],
    descending: goesBack(headTimes(time, cellsOf, isTyped), time.reading),
    blocks: blocks(),
  };

  async function* blocks(): AsyncGenerator<RowBlock> {
    try {
      for (let from = 0; from < table.rows; from += batches.most) {
        request.signal?.throwIfAborted();
        const cells = from === 0 ? first : await batches.read(from);
        yield* columnBlocks({ rows: batches.rowsAt(from), cells }, columns, time.reading, isTyped);
        request.onProgress?.(Math.min(1, (from + batches.most) / table.rows));
      }
    } finally {
      await file.end();
    }
  }
}

/** Some rows of a table at a time, of the columns that are wanted. */
class Batches {
  readonly most: number;
  readonly #file: ThreadedFile;
  readonly #table: Hdf5Table;
  readonly #positions: readonly number[];
  readonly #times: ReadonlySet<number>;

  constructor(file: ThreadedFile, table: Hdf5Table, { time, values, sensor, label }: ResolvedColumns) {
    this.#file = file;
    this.#table = table;
    this.#times = new Set(time.positions);
    const more = [sensor, label].flatMap((one) => (one === null ? [] : [one.position]));
    this.#positions = [...new Set([...time.positions, ...values.map(({ position }) => position), ...more])];
    const widest = Math.max(...this.#positions.map((position) => table.columns[position].stride));
    this.most = Math.max(1, Math.min(BATCH_ROWS, Math.floor(BATCH_BYTES / widest)));
  }

  rowsAt(from: number): number {
    return Math.min(this.most, this.#table.rows - from);
  }

  /** Cells of every column, null in those that are not wanted. */
  async read(from: number): Promise<CellReader[]> {
    const wanted = this.#positions.map((position) => this.#table.columns[position]);
    const found = await this.#file.read(wanted, from, this.rowsAt(from));
    const cells: CellReader[] = this.#table.columns.map(() => () => null);
    this.#positions.forEach((position, i) => {
      cells[position] = readerOf(found[i], this.#times.has(position));
    });
    return cells;
  }
}

/** @param exact Whether whole numbers are given as text, all of their digits being meant. */
function readerOf(cells: Hdf5Cells, exact: boolean): CellReader {
  if (cells instanceof Float64Array) {
    return (row) => (Number.isNaN(cells[row]) ? null : cells[row]);
  }
  if (cells instanceof BigInt64Array) return (row) => (exact ? String(cells[row]) : Number(cells[row]));
  return (row) => cells[row];
}
