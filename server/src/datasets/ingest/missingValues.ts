import type { Assumption } from "@magtrace/contracts";
import { UndecidedFile } from "./findings.ts";
import { BEYOND, CODE_SET, isMissingCode, MAYBE, WHOLE_CODES } from "./sentinels.ts";
import type { CellCount, RowBlock } from "./text/rowBlock.ts";
import type { ColumnMapping } from "./types.ts";

const PLACES_KEPT = 10;
const SAMPLE = 4_000;
/** Rows of a dead instrument: none of the living comes so near to nothing, as a share of the median. */
const NOTHING = 0.2;
/** Degrees from 0° N 0° E that a survey keeps, for zeros to be a receiver without a fix. */
const OFF_ORIGIN = 1;

/** A column of a field, or of a position, among a block's values. */
export interface WatchedColumn {
  readonly slot: number;
  /** The file's number times this stands in the blocks. */
  readonly factor: number;
}

export interface Watched {
  /** Axes of one sensor, or its total field alone. */
  readonly fields: readonly (readonly WatchedColumn[])[];
  readonly position: { readonly lat: number; readonly lon: number } | null;
}

/** Finds numbers that stand for "no value" in the blocks of a file, and takes them out. */
export class MissingValues {
  readonly #watched: Watched;
  readonly #said: ColumnMapping["missing"];
  /** By column: codes known to be missing. */
  readonly #known = new Map<number, Set<number>>();
  readonly #taken = new Map<string, number>();
  /** By column and code: times a code was kept as a value, before more of the file was seen. */
  readonly #kept = new Map<string, number>();
  #zeroRows = false;

  constructor(watched: Watched, mapping: ColumnMapping | undefined) {
    this.#watched = watched;
    this.#said = mapping?.missing;
  }

  /** Puts NaN where a value means none. */
  clearInPlace(block: RowBlock): void {
    if (block.rows === 0) return;
    if (this.#said !== undefined) {
      this.#clearSaidInPlace(block, this.#said);
      return;
    }
    for (const field of this.#watched.fields) {
      this.#clearCodesInPlace(block, field);
      this.#clearZerosInPlace(block, field);
    }
    this.#clearPositionsInPlace(block);
  }

  /** What was taken for missing; the other choice is to take the numbers for values. */
  assumptions(): Assumption[] {
    if (this.#taken.size === 0) return [];
    const taken = [...this.#taken].map(
      ([what, count]) => `${what} (${count} ${count === 1 ? "time" : "times"})`,
    );
    return [
      {
        subject: "missing_values",
        taken: `${taken.join(", ")} mean that there is no value.`,
        reason: "They stand apart from all other values, or come more often than chance allows.",
        column: null,
        others: [{ label: "they are values", mapping: { missing: [] } }],
      },
    ];
  }

  #clearSaidInPlace(block: RowBlock, said: readonly number[]): void {
    for (const { slot, factor } of this.#watched.fields.flat()) {
      const values = block.values[slot];
      const scaled = said.map((code) => code * factor);
      for (let i = 0; i < block.rows; i++) {
        const value = values[i];
        const beyond = said.length > 0 && Math.abs(value) >= BEYOND * factor;
        if (beyond || scaled.some((code) => Math.abs(value - code) <= 1e-12 * Math.abs(code)))
          clear(block, slot, i);
      }
    }
  }

  #clearCodesInPlace(block: RowBlock, field: readonly WatchedColumn[]): void {
    const seen = field.map((column) => codesIn(block, column));
    for (const [which, { slot, factor }] of field.entries()) {
      if (seen[which].size === 0) continue;
      const known = this.#known.get(slot) ?? new Set();
      this.#known.set(slot, known);
      const others = sortedSample(block, slot, factor);
      for (const [code, rows] of seen[which]) {
        const count = { count: rows.length, others, rows: block.rows };
        if (!known.has(code) && !isMissingCode(code, count) && !together(code, rows, seen)) {
          this.#keep(`${slot} ${code}`, rows.length);
          continue;
        }
        known.add(code);
        for (const row of rows) clear(block, slot, row);
        this.#count(Math.abs(code) >= BEYOND ? "numbers beyond 1e29" : String(code), rows.length);
      }
    }
  }

  /** All axes 0: an instrument that did not answer. A field of nothing is measured nowhere on Earth. */
  #clearZerosInPlace(block: RowBlock, field: readonly WatchedColumn[]): void {
    const zeros = zeroRows(block, field);
    if (zeros.length === 0) return;
    const sizes: number[] = [];
    for (let i = 0; i < block.rows && sizes.length < SAMPLE; i++) {
      const square = squareOf(block, field, i);
      if (square > 0) sizes.push(Math.sqrt(square));
    }
    if (sizes.length === 0 && !this.#zeroRows) return;
    sizes.sort((a, b) => a - b);
    if (sizes.length > 0 && sizes[0] < NOTHING * sizes[sizes.length >> 1]) {
      this.#keep(`${field[0].slot} 0`, zeros.length);
      return;
    }
    this.#zeroRows = true;
    for (const row of zeros) for (const { slot } of field) clear(block, slot, row);
    this.#count(field.length === 1 ? "0" : "rows of 0, 0, 0", zeros.length);
  }

  /** 0° N 0° E is what receivers without a fix write. */
  #clearPositionsInPlace(block: RowBlock): void {
    const { position } = this.#watched;
    if (position === null) return;
    const lat = block.values[position.lat];
    const lon = block.values[position.lon];
    const zeros: number[] = [];
    for (let i = 0; i < block.rows; i++) {
      if (lat[i] === 0 && lon[i] === 0) zeros.push(i);
      else if (Math.abs(lat[i]) < OFF_ORIGIN && Math.abs(lon[i]) < OFF_ORIGIN) return;
    }
    for (const row of zeros) {
      clear(block, position.lat, row);
      clear(block, position.lon, row);
    }
    if (zeros.length > 0) this.#count("positions 0, 0", zeros.length);
  }

  /**
   * Asks where a number was a value in one part of the file and none in another: which it is goes for all of it.
   *
   * @throws {UndecidedFile}
   */
  requireOneMeaning(): void {
    const cleared = [...this.#known].flatMap(([slot, codes]) => [...codes].map((code) => `${slot} ${code}`));
    if (this.#zeroRows) cleared.push(...this.#watched.fields.map(([{ slot }]) => `${slot} 0`));
    const both = cleared.filter((key) => this.#kept.has(key));
    if (both.length === 0) return;
    const codes = [...new Set(both.map((key) => Number(key.slice(key.indexOf(" ") + 1))))];
    const others = [...this.#known.values()].flatMap((known) => [...known]);
    const missing = [...new Set([...codes, ...others, ...(this.#zeroRows ? [0] : [])])];
    throw new UndecidedFile([
      {
        subject: "missing_values",
        asked: `Does ${codes.join(", ")} mean that there is no value?`,
        reason:
          "In one part of the file it lies among the other values, in another it stands apart from them.",
        column: null,
        choices: [
          { label: "there is no value", mapping: { missing: missing.filter((code) => code < BEYOND) } },
          { label: "they are values", mapping: { missing: [] } },
        ],
      },
    ]);
  }

  #keep(key: string, count: number): void {
    this.#kept.set(key, (this.#kept.get(key) ?? 0) + count);
  }

  #count(what: string, count: number): void {
    this.#taken.set(what, (this.#taken.get(what) ?? 0) + count);
  }
}

/** Rows whose values are all 0. Cost: one column's, where it has none. */
function zeroRows(block: RowBlock, field: readonly WatchedColumn[]): number[] {
  const zeros: number[] = [];
  const values = block.values[field[0].slot];
  for (let i = 0; i < block.rows; i++) {
    if (values[i] * values[i] === 0 && squareOf(block, field, i) === 0) zeros.push(i);
  }
  return zeros;
}

function squareOf({ values }: RowBlock, field: readonly WatchedColumn[], row: number): number {
  let square = 0;
  for (const { slot } of field) square += values[slot][row] * values[slot][row];
  return square;
}

/** Rows of each code in a column. Cost: a few ns a row where there is none. */
function codesIn(block: RowBlock, { slot, factor }: WatchedColumn): Map<number, number[]> {
  const values = block.values[slot];
  const found = new Map<number, number[]>();
  const perFactor = 1 / factor;
  const { rows } = block;
  for (let i = 0; i < rows; i++) {
    const raw = values[i] * perFactor;
    // The file's own number again, within the rounding of two products.
    const whole = (raw + (raw < 0 ? -1e-6 : 1e-6)) | 0;
    if (MAYBE[whole & 4095] === 0 && raw < BEYOND && raw > -BEYOND) continue;
    if (!WHOLE_CODES.has(whole) && raw < BEYOND && raw > -BEYOND) continue;
    const code = Math.abs(raw) >= BEYOND ? BEYOND : Number(raw.toPrecision(12));
    if (code !== BEYOND && !CODE_SET.has(code)) continue;
    const rows = found.get(code);
    if (rows === undefined) found.set(code, [i]);
    else rows.push(i);
  }
  return found;
}

/** Whether all axes have the same code in most of its rows. */
function together(code: number, rows: readonly number[], seen: readonly Map<number, number[]>[]): boolean {
  if (seen.length < 2) return false;
  const sets = seen.map((one) => new Set(one.get(code)));
  return rows.filter((row) => sets.every((set) => set.has(row))).length * 2 > rows.length;
}

/** Numbers of a column that are no codes, as the file has them, ascending. */
function sortedSample(block: RowBlock, slot: number, factor: number): Float64Array {
  const values = block.values[slot];
  const step = Math.max(1, Math.floor(block.rows / SAMPLE));
  const sample: number[] = [];
  for (let i = 0; i < block.rows; i += step) {
    const raw = values[i] / factor;
    const code = Number(raw.toPrecision(12));
    if (!Number.isNaN(raw) && Math.abs(raw) < BEYOND && !CODE_SET.has(code) && raw !== 0) sample.push(raw);
  }
  return Float64Array.from(sample).sort();
}

function clear(block: RowBlock, slot: number, row: number): void {
  const values = block.values[slot];
  if (Number.isNaN(values[row])) return;
  values[row] = Number.NaN;
  const cells: CellCount = block.missing[slot];
  cells.count++;
  if (cells.lines.length < PLACES_KEPT) cells.lines.push(block.lines[row]);
}
