import { isMissing, scanNumber, scannedTo } from "../cells/parseNumber.ts";
import { durationUs, isDottedClock, type Rewriting, rewrittenCell, usualTime } from "./usualTime.ts";

/** The first cells of a column, as far as they say something. */
export interface HeadColumn {
  readonly position: number;
  /** As the file calls it. */
  readonly name: string;
  /** Cells that are not empty, in the file's order. */
  readonly cells: readonly string[];
  /** The same as numbers; null where one of them is none. */
  readonly numbers: readonly number[] | null;
  /** How the cells above were made of those of the file; null where they are these. */
  readonly rewriting: Rewriting | null;
}

/** What its cells are is found out when somebody asks: most columns are known by their names to be no time. */
export function headColumn(
  position: number,
  name: string,
  cells: readonly string[],
  decimal: number,
): HeadColumn {
  return new LazyColumn({ position, name, cells, decimal });
}

class LazyColumn implements HeadColumn {
  readonly position: number;
  readonly name: string;
  readonly #given: readonly string[];
  readonly #decimal: number;
  #looked: Pick<HeadColumn, "cells" | "rewriting"> | undefined;
  #numbers: readonly number[] | null | undefined;

  constructor(given: { position: number; name: string; cells: readonly string[]; decimal: number }) {
    this.position = given.position;
    this.name = given.name;
    this.#given = given.cells;
    this.#decimal = given.decimal;
  }

  get cells(): readonly string[] {
    return this.#look().cells;
  }

  get rewriting(): Rewriting | null {
    return this.#look().rewriting;
  }

  get numbers(): readonly number[] | null {
    if (this.#numbers === undefined) this.#numbers = numbersOf(this.cells, this.#decimal);
    return this.#numbers;
  }

  #look(): Pick<HeadColumn, "cells" | "rewriting"> {
    if (this.#looked === undefined) {
      const written = this.#given.map((cell) => cell.trim()).filter((cell) => !isMissing(cell));
      const rewriting = rewritingOf(written);
      const cells = rewriting === null ? written : written.map((cell) => rewrittenCell(cell, rewriting));
      this.#looked = { cells, rewriting };
    }
    return this.#looked;
  }
}

function numbersOf(filled: readonly string[], decimal: number): readonly number[] | null {
  const numbers = filled.map((cell) => numberOf(cell, decimal));
  // Cells that differ from the first are the parser's to name, with their lines.
  const some = numbers.filter((value) => !Number.isNaN(value));
  const numeric = !Number.isNaN(numbers[0] ?? Number.NaN) && some.length * 2 >= filled.length;
  return numeric ? some : null;
}

/** Cells that are looked at for times in unusual words. */
const CELLS_LOOKED_AT = 300;

function rewritingOf(cells: readonly string[]): Rewriting | null {
  const some = cells.slice(0, CELLS_LOOKED_AT);
  if (some.length > 0 && some.every((cell) => durationUs(cell) !== null)) return "duration";
  if (some.some(isDottedClock)) return "dotted";
  return some.some((cell) => usualTime(cell) !== null) ? "text" : null;
}

function numberOf(cell: string, decimal: number): number {
  const bytes = Buffer.from(cell);
  const value = scanNumber(bytes, 0, bytes.length, decimal);
  return scannedTo() === bytes.length ? value : Number.NaN;
}

/** How times follow each other. */
export interface Steps {
  /** From one row to the next, in the times' own unit, as a rule; null where no two differ. */
  readonly usual: number | null;
  /** Share of the rows whose time is that of the row before. */
  readonly equal: number;
}

/** The usual step is the median of those that are none of 0; where most are 0, the mean. */
export function stepsOf(times: readonly number[]): Steps {
  const sizes: number[] = [];
  for (let i = 1; i < times.length; i++) {
    const step = times[i] - times[i - 1];
    if (step !== 0) sizes.push(Math.abs(step));
  }
  const rows = times.length - 1;
  const equal = rows > 0 ? 1 - sizes.length / rows : 0;
  const sorted = sizes.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  const mean = sizes.reduce((sum, size) => sum + size, 0) / Math.max(rows, 1);
  return {
    usual: sorted.length === 0 ? null : equal > 0.5 ? mean : median,
    equal,
  };
}
