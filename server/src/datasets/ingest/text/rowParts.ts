import { describePart } from "../cells/describeReading.ts";
import { combineParts, scannedPart, scanPart, type TimePart } from "../time/timeParts.ts";
import type { RowNotes, Stretch } from "./rowNotes.ts";
import type { RowPlan } from "./rowPlan.ts";

const COMMA = 44;

/** The parts of one row's time, where several columns together are that. */
export class RowParts {
  readonly #parts: readonly TimePart[];
  readonly #plan: RowPlan;
  readonly #notes: RowNotes;
  readonly #values: Float64Array;

  constructor(plan: RowPlan, notes: RowNotes) {
    this.#parts = plan.time.parts ?? [];
    this.#plan = plan;
    this.#notes = notes;
    this.#values = new Float64Array(this.#parts.length).fill(Number.NaN);
  }

  /** Reads part `slot` at `at`; returns where it ends, `at` where none is there. */
  scan(bytes: Uint8Array, at: number, slot: number): number {
    const { decimal, delimiter } = this.#plan;
    const value = scanPart(bytes, at, bytes.length, this.#parts[slot], decimal, delimiter !== COMMA);
    this.#values[slot] = value;
    return Number.isNaN(value) ? at : scannedPart();
  }

  /** Reads a cell that is quoted, padded or wrong. */
  slow(cell: Uint8Array, stretch: Stretch, { line, column }: { line: number; column: number }): void {
    const slot = -1 - this.#plan.roles[column];
    const part = this.#parts[slot];
    const value = scanPart(cell, 0, cell.length, part, this.#plan.decimal, true);
    const whole = !Number.isNaN(value) && scannedPart() === cell.length;
    this.#values[slot] = whole ? value : Number.NaN;
    if (whole) return;
    const expected = `${describePart(part)}, as in the first row`;
    this.#notes.fault("not_a_time", stretch, { line, column, expected });
  }

  /** Puts the time of row `row`, µs, into its place; the next row begins anew. */
  combineInto(timeUs: Float64Array, row: number, stretch: Stretch, line: number): void {
    const us = combineParts(this.#parts, this.#values) - (this.#plan.time.zoneUs ?? 0);
    // Where a part was none that is said already.
    if (Number.isNaN(us) && this.#values.every((value) => !Number.isNaN(value))) {
      const expected = "parts that together make a date and a time";
      this.#notes.fault("not_a_time", stretch, { line, column: -1, expected });
    }
    this.#values.fill(Number.NaN);
    timeUs[row] = us;
  }
}
