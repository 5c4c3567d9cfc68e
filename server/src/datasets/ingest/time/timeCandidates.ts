import { type Fit, fitOf } from "../cells/columnNames.ts";
import type { TimeReading } from "../cells/parseTime.ts";
import { speaksOfTime, unitOf, wordsOf, zoneOf } from "./columnWords.ts";
import { type HeadColumn, stepsOf } from "./headColumn.ts";
import { numberReadings } from "./numberTimes.ts";
import { textReadings, timeOf } from "./textTimes.ts";
import type { TimeChoice, TimeInput } from "./timeInput.ts";
import { combineParts, scanPart } from "./timeParts.ts";

/** A column that may be the time of a file. */
export interface Candidate {
  readonly column: HeadColumn;
  readonly score: number;
  /** Whether its times have a date. */
  readonly absolute: boolean;
  /** Times since 1970 of a zone, fine enough to tell most rows apart. */
  readonly exact: boolean;
  readonly fit: Fit | null;
  /** Of the first rows, µs, as far as they can be told without a question. */
  readonly times: readonly number[];
}

const NOTHING_READ: { reading: TimeReading; times: readonly number[] } = {
  reading: { form: "seconds", usPerUnit: 1e6, zone: true },
  times: [],
};

/** Share of rows with a time of their own below which a clock is coarse. */
const FINE = 0.6;

/** Columns that may be the time, the best first. */
export function candidatesOf(columns: readonly HeadColumn[], input: TimeInput): Candidate[] {
  return columns
    .flatMap((column) => candidateOf(column, input) ?? [])
    .sort((a, b) => b.score - a.score || a.column.position - b.column.position);
}

function candidateOf(column: HeadColumn, input: TimeInput): Candidate | null {
  const name = input.names[column.position];
  const fit = fitOf(name, "timestamp_pc");
  const words = wordsOf(name.text);
  const plain = words.length === 1 && fitOf({ ...name, key: words[0] }, "timestamp_pc") !== null;
  const named = fit !== null || speaksOfTime(name);
  const read = headTimes(column, input, named);
  const { reading, times } = read ?? NOTHING_READ;
  const distinct = new Set(times).size;
  if (read === null || (distinct <= 1 && times.length > 2)) {
    // What only its name says is taken where nothing better is there: what is wrong with it is then found.
    return fit === null ? null : { column, score: 4 - fit, absolute: false, exact: false, fit, times: [] };
  }
  const fine = times.length < 3 || distinct >= times.length * FINE;
  const zoned = reading.zone || zoneOf(name.text) !== null;
  const kind = kindScore(reading, { fine, zoned, numeric: column.numbers !== null });
  const byName = fit === 0 ? 1000 : fit === 1 || fit === 2 || plain ? 8 : fit === 3 ? 4 : named ? 2 : 0;
  const absolute = isAbsolute(reading);
  const exact = absolute && fine && zoned && named;
  return { column, score: kind + byName, absolute, exact, fit, times };
}

function isAbsolute({ form }: TimeReading): boolean {
  return form !== "seconds" && form !== "clock" && form !== "hhmmss";
}

function kindScore(
  reading: TimeReading,
  { fine, zoned, numeric }: { fine: boolean; zoned: boolean; numeric: boolean },
): number {
  if (isAbsolute(reading)) return fine ? (zoned ? 100 : 90) : 60;
  return numeric ? (fine ? 50 : 40) : 45;
}

/** How a column would be read, for choosing among columns: nothing is asked here. */
function headTimes(
  column: HeadColumn,
  input: TimeInput,
  named: boolean,
): { reading: TimeReading; times: readonly number[] } | null {
  const { cells, numbers } = column;
  const { decimal } = input;
  if (cells.length === 0) return null;
  if (numbers === null) {
    const [first] = cells;
    if (named && /^\d{1,4}:\d\d/.test(first)) {
      const times = cells.map((cell) =>
        cell.split(":").reduce((sum, part) => sum * 60 + Number.parseFloat(part), 0),
      );
      return { reading: { form: "clock", usPerUnit: 0, zone: true }, times };
    }
    const [reading] = textReadings(first, decimal);
    // A word and a number are no date where the name does not speak of one.
    if (reading === undefined || (!named && !/\d.*\d:\d\d/.test(first))) return null;
    return { reading, times: cells.map((cell) => timeOf(cell, reading, decimal)) };
  }
  const long = cells.every((cell) => /^(19|20)\d{10}/.test(cell))
    ? textReadings(cells[0], decimal)[0]
    : undefined;
  if (long !== undefined && named)
    return { reading: long, times: cells.map((cell) => timeOf(cell, long, decimal)) };
  const name = input.names[column.position];
  const [best] = numberReadings(column, {
    usPerUnit: column.rewriting === "duration" ? 1 : unitOf(name),
    words: new Set(wordsOf(name.text)),
  });
  if (!isOrdered(numbers)) return null;
  if (best === undefined)
    return named ? { reading: { form: "seconds", usPerUnit: 1, zone: true }, times: numbers } : null;
  if (!named && (!best.reading.form.startsWith("epoch") || best.reading.usPerUnit > 1e3 || best.score < 4))
    return null;
  const { usPerUnit, zeroUs = 0 } = best.reading;
  return { reading: best.reading, times: numbers.map((value) => value * usPerUnit + zeroUs) };
}

/** Whether numbers go one way, but for a few. */
function isOrdered(numbers: readonly number[]): boolean {
  let on = 0;
  let back = 0;
  for (let i = 1; i < numbers.length; i++) {
    if (numbers[i] > numbers[i - 1]) on++;
    else if (numbers[i] < numbers[i - 1]) back++;
  }
  return Math.min(on, back) <= (on + back) * 0.35;
}

/** Times of the first rows, µs; NaN where a part is missing. */
export function timesOfParts(
  { reading }: TimeChoice,
  { cells, decimal }: Pick<TimeInput, "cells" | "decimal">,
): number[] {
  const parts = reading.parts ?? [];
  const columns = parts.map(({ position }) => cells(position));
  const values = new Float64Array(parts.length);
  return (columns[0] ?? []).map((_, row) => {
    parts.forEach((part, i) => {
      const bytes = Buffer.from((columns[i][row] ?? "").trim());
      values[i] = scanPart(bytes, 0, bytes.length, part, decimal, true);
    });
    return combineParts(parts, values) - (reading.zoneUs ?? 0);
  });
}

/** Whether so many times are the same that a finer clock would be better. */
export function isCoarse(times: readonly number[]): boolean {
  return times.length > 3 && stepsOf(times).equal > 0.4;
}
