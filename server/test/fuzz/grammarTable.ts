import type { Draw } from "../../../bench/cases/draw.ts";

/** A recording as it is before anybody writes it down. */
export interface GrammarTable {
  readonly startUs: number;
  readonly stepUs: number;
  readonly rows: number;
  /** nT; with so few digits that every writer writes them whole. */
  readonly axes: readonly (readonly number[])[];
  /** Rows of which this axis has no value. */
  readonly missing: ReadonlySet<number>;
}

/** What must come out of a file: all of it, not a sample. */
export interface Truth {
  /** µs. Where `absolute` is false, since the file's first row. */
  readonly timeUs: readonly number[];
  readonly absolute: boolean;
  readonly b_x: readonly number[];
  readonly b_y: readonly number[];
  readonly b_z: readonly number[];
  /** How far a value may be off, nT: what a unit's factor and a file's own precision cost. */
  readonly withinNt: number;
}

export interface GrammarFile {
  readonly bytes: Uint8Array;
  readonly truth: Truth;
}

const STEPS_US = [5_000, 10_000, 20_000, 100_000, 250_000, 1_000_000];

/** A field like the Earth's that turns slowly. */
export function drawTable(draw: Draw, rows = draw.integer(25, 120)): GrammarTable {
  const startUs =
    Date.UTC(draw.integer(2015, 2026), draw.integer(0, 11), draw.integer(1, 28), draw.integer(0, 22)) * 1000 +
    draw.integer(0, 999) * 1000;
  const base = [18_000, -800, 44_000].map((value) => value + draw.integer(-900, 900));
  const axes = Array.from({ length: rows }, (_, row) =>
    base.map((value, axis) => {
      const turned = value + 300 * Math.sin(row / 25 + axis) + 20 * draw.fraction();
      return Math.round(turned * 100) / 100;
    }),
  );
  const missing = new Set<number>();
  if (draw.chance(0.2)) for (let n = draw.integer(1, 3); n > 0; n--) missing.add(draw.integer(2, rows - 3));
  return { startUs, stepUs: draw.pick(STEPS_US), rows, axes, missing };
}

export function timesOf({ startUs, stepUs, rows }: GrammarTable, absolute: boolean): number[] {
  return Array.from({ length: rows }, (_, row) => (absolute ? startUs : 0) + row * stepUs);
}

/** Axis `b_x` has the holes. */
export function truthOf(
  table: GrammarTable,
  { absolute, withinNt }: { readonly absolute: boolean; readonly withinNt: number },
): Truth {
  const axis = (which: number) => table.axes.map((row) => row[which]!);
  return {
    timeUs: timesOf(table, absolute),
    absolute,
    b_x: axis(0).map((value, row) => (table.missing.has(row) ? Number.NaN : value)),
    b_y: axis(1),
    b_z: axis(2),
    withinNt,
  };
}
