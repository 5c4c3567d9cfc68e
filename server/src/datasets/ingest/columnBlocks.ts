import { setImmediate as yieldToEventLoop } from "node:timers/promises";
import { MAX_TIME_US } from "@magtrace/series/microseconds";
import { describeReading } from "./cells/describeReading.ts";
import { readingOf, scannedTime, scanTime, type TimeReading } from "./cells/parseTime.ts";
import type { ResolvedColumns } from "./cells/resolveColumns.ts";
import type { FindingInput } from "./findings.ts";
import { printable } from "./findings.ts";
import type { CellCount, RowBlock } from "./text/rowBlock.ts";
import { combineParts, scannedPart, scanPart } from "./time/timeParts.ts";

const FINDINGS_KEPT = 100;
const PLACES_KEPT = 10;
const POINT = 46;
/** A dictionary may repeat a text of megabytes in each of millions of rows. */
const LONGEST_TIME = 1000;
const LONGEST_LABEL = 255;

/** What a cell of a typed file may hold once its reader is done with it: times as µs, text as text. */
export type Cell = number | string | null;

/** Cells of one column of one batch, by row. */
export type CellReader = (row: number) => Cell;

export interface TypedBatch {
  readonly rows: number;
  readonly cells: readonly CellReader[];
  /** Line of each row from the batch's first, 0-based, where the file has lines. Such a batch is one block. */
  readonly lines?: { readonly ofRow: Int32Array; readonly count: number };
}

/** Rows of a block: a batch may have millions, and nothing else runs while they are turned into rows. */
const BLOCK_ROWS = 32_768;

/** Turns a batch of typed columns into blocks of rows, and gives other work its turn between them. */
export async function* columnBlocks(
  batch: TypedBatch,
  columns: ResolvedColumns,
  time: TimeReading,
  typed: boolean,
): AsyncGenerator<RowBlock> {
  if (batch.lines !== undefined) {
    yield columnBlock(batch, columns, time, typed);
    await yieldToEventLoop();
    return;
  }
  for (let from = 0; from < batch.rows; from += BLOCK_ROWS) {
    const rows = Math.min(BLOCK_ROWS, batch.rows - from);
    const cells = batch.cells.map(
      (cellOf): CellReader =>
        (row) =>
          cellOf(from + row),
    );
    yield columnBlock({ rows, cells }, columns, time, typed);
    await yieldToEventLoop();
  }
}

/**
 * Turns a batch of typed columns into a block of rows, as the text parser gives them. "Lines" are rows where the batch has none.
 *
 * @param typed Whether the time column's cells are µs already.
 */
function columnBlock(
  batch: TypedBatch,
  columns: ResolvedColumns,
  time: TimeReading,
  typed: boolean,
): RowBlock {
  const { rows, cells } = batch;
  const lines = batch.lines?.ofRow ?? Int32Array.from({ length: rows }, (_, i) => i);
  const findings: FindingInput[] = [];
  let totalFindings = 0;
  const find = (
    row: number,
    code: FindingInput["code"],
    column: string,
    value: Cell,
    expected: string,
  ): void => {
    totalFindings++;
    if (findings.length >= FINDINGS_KEPT) return;
    findings.push({
      code,
      line: lines[row] + 1,
      column,
      value: value === null ? "" : printable(String(value)),
      expected,
    });
  };
  const missing: CellCount[] = columns.values.map(() => ({ count: 0, lines: [] }));
  const timeUs = new Float64Array(rows);
  const timeCells = columns.time.positions.map((position) => cells[position]);
  const parts = new Float64Array(timeCells.length);
  for (let i = 0; i < rows && timeCells.length > 0; i++) {
    const cell = timeCells[0](i);
    const us = time.parts
      ? timeOfParts(timeCells, i, time, parts)
      : typed && typeof cell === "number"
        ? cell - (time.zoneUs ?? 0)
        : timeOfCell(cell, time);
    timeUs[i] = Math.abs(us) <= MAX_TIME_US ? us : Number.NaN;
    if (!Number.isNaN(timeUs[i])) continue;
    // Only what is kept is looked at more closely.
    const looked = cell !== null && findings.length < FINDINGS_KEPT && String(cell).length <= LONGEST_TIME;
    const other = looked ? readingOf(String(cell), POINT, null) : null;
    const code = other === null ? "not_a_time" : "mixed_time";
    find(i, code, columns.time.name, cell, `${describeReading(time)}, as in the first row`);
  }
  const values = columns.values.map((column, slot) => {
    const array = new Float64Array(rows);
    const cellOf = cells[column.position];
    for (let i = 0; i < rows; i++) {
      const cell = cellOf(i);
      const value = typeof cell === "number" ? cell * column.factor : Number.NaN;
      array[i] = value;
      if (Number.isFinite(value)) continue;
      array[i] = Number.NaN;
      const nothing = cell === null || (typeof cell === "number" && Number.isNaN(cell));
      if (nothing || column.extra) countCell(missing[slot], lines[i]);
      else find(i, "not_a_number", column.name, cell, "a finite number, or null where there is no value");
    }
    return array;
  });
  return {
    rows,
    timeUs,
    values,
    ...sensorsOf(batch, columns),
    ...labelsOf(batch, columns),
    lines,
    lineCount: batch.lines?.count ?? rows,
    missing,
    notNumbers: columns.values.map(() => ({ count: 0, lines: [] })),
    findings,
    totalFindings,
  };
}

function timeOfCell(cell: Cell, time: TimeReading): number {
  if (cell === null || (typeof cell === "string" && cell.length > LONGEST_TIME)) return Number.NaN;
  const bytes = Buffer.from(String(cell).trim());
  const us = scanTime(bytes, 0, bytes.length, time, POINT, true);
  return scannedTime() === bytes.length ? us : Number.NaN;
}

function timeOfParts(
  cells: readonly CellReader[],
  row: number,
  time: TimeReading,
  values: Float64Array,
): number {
  time.parts?.forEach((part, i) => {
    const cell = cells[i](row);
    const bytes = Buffer.from(
      String(cell ?? "")
        .slice(0, LONGEST_TIME)
        .trim(),
    );
    values[i] = scanPart(bytes, 0, bytes.length, part, POINT, true);
    if (scannedPart() !== bytes.length) values[i] = Number.NaN;
  });
  return combineParts(time.parts ?? [], values) - (time.zoneUs ?? 0);
}

function countCell(cells: CellCount, line: number): void {
  cells.count++;
  if (cells.lines.length < PLACES_KEPT) cells.lines.push(line);
}

function sensorsOf(batch: TypedBatch, columns: ResolvedColumns): Pick<RowBlock, "sensors" | "sensorNames"> {
  if (columns.sensor === null) return { sensors: null, sensorNames: [] };
  const { codes, names } = namesIn(batch, columns.sensor.position);
  return { sensors: codes, sensorNames: names };
}

function labelsOf(batch: TypedBatch, columns: ResolvedColumns): Pick<RowBlock, "labels" | "labelNames"> {
  if (columns.label === null) return { labels: null, labelNames: [] };
  const { codes, names } = namesIn(batch, columns.label.position);
  return { labels: codes, labelNames: names.map((name) => name.slice(0, LONGEST_LABEL)) };
}

/** A number for each different text of a column, in order of appearance. */
function namesIn(batch: TypedBatch, position: number): { codes: Int32Array; names: string[] } {
  const cellOf = batch.cells[position];
  const known = new Map<string, number>();
  const codes = new Int32Array(batch.rows);
  let before: Cell = null;
  for (let i = 0; i < batch.rows; i++) {
    const cell = cellOf(i);
    if (i > 0 && cell === before) {
      codes[i] = codes[i - 1];
      continue;
    }
    before = cell;
    const name = String(cell ?? "").trim();
    const code = known.get(name) ?? known.size;
    if (code === known.size) known.set(name, code);
    codes[i] = code;
  }
  return { codes, names: [...known.keys()] };
}
