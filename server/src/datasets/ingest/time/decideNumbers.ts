import type { Assumption, Question } from "@magtrace/contracts";
import type { ColumnName } from "../cells/columnNames.ts";
import { RefusedFile, UndecidedFile } from "../findings.ts";
import { timeChoice } from "./asking.ts";
import { wordsOf } from "./columnWords.ts";
import { type HeadColumn, stepsOf } from "./headColumn.ts";
import {
  allReadings,
  dayReadings,
  FASTEST_HZ,
  looksLikeDays,
  lostDigits,
  type NumberReading,
  numberReadings,
  SLOWEST_HZ,
} from "./numberTimes.ts";
import type { Decided } from "./timeInput.ts";

/** Nearer to each other than this, two readings are both likely. */
const SURE_MARGIN = 1;

/**
 * What numbers in a column of times mean: by the header's unit, then by magnitude and rate.
 *
 * @throws {RefusedFile} digits are lost. @throws {UndecidedFile} two readings are likely, or none is.
 */
export function decideNumbers(column: HeadColumn, name: ColumnName, usPerUnit: number | null): Decided {
  const lost = lostDigits(column);
  if (lost !== null) {
    throw new RefusedFile({
      code: "not_a_time",
      column: column.name,
      value: column.cells[0] ?? "",
      expected: `times with all their digits; ${lost}. Export the column as a number without exponent`,
    });
  }
  const words = new Set(wordsOf(column.name));
  const readings = numberReadings(column, { usPerUnit, words });
  if (readings.length === 0) throw absurd(column, name);
  const [best, second] = readings;
  if (usPerUnit !== null || isCertain(column, best, words)) return { reading: best.reading, assumptions: [] };
  if (isUnlikely(best, column.numbers?.[0] ?? 0)) throw undecided(column, readings);
  if (second !== undefined && best.score - second.score < SURE_MARGIN) throw undecided(column, readings);
  const assumptions = best.reading.form.startsWith("epoch") ? [] : [assumption(column, readings)];
  return { reading: best.reading, assumptions };
}

/** MagTrace's own files count in seconds, with a decimal point. */
function isCertain(column: HeadColumn, best: NumberReading, words: ReadonlySet<string>): boolean {
  if (best.reading.form === "matlab_days") return words.has("datenum") || words.has("matlab");
  if (best.reading.form === "julian_days") return words.has("jd") || words.has("mjd") || words.has("julian");
  if (best.reading.form === "excel_days") return words.has("excel") || words.has("serial");
  if (best.reading.form !== "seconds" || best.reading.usPerUnit !== 1e6) return false;
  return column.name === "timestamp_pc" && column.cells.some((cell) => /[.,]/.test(cell));
}

/** .NET counts 100 ns since the year 1: these are its ticks of 2009 to 2044, and a spring of 1990 in nanoseconds. */
const NET_TICKS = [6.336e17, 6.45e17] as const;

/** Clocks that run for more than a year, as the 100 ns of Windows since 1601 would, and ticks of .NET. */
function isUnlikely({ reading: { form, usPerUnit } }: NumberReading, first: number): boolean {
  if (form === "seconds") return (Math.abs(first) * usPerUnit) / 1e6 > 366 * 86_400;
  return form === "epoch_ns" && first >= NET_TICKS[0] && first < NET_TICKS[1];
}

function choices(column: HeadColumn, readings: readonly NumberReading[]): Assumption["others"] {
  return readings.map(({ label, mapping }) => timeChoice(label, mapping, column.name));
}

function rateOf(column: HeadColumn, { reading }: NumberReading): string {
  const { usual } = stepsOf(column.numbers ?? []);
  if (usual === null) return "";
  const hz = Number((1e6 / (usual * reading.usPerUnit)).toPrecision(3));
  return hz >= 0.1 ? `${hz} rows a second` : `a row every ${Number((1 / hz).toPrecision(3))} s`;
}

function assumption(column: HeadColumn, [best, ...others]: readonly NumberReading[]): Assumption {
  const rate = rateOf(column, best);
  return {
    subject: best.reading.form === "seconds" ? "time_unit" : "time_form",
    taken: `The times are ${best.label}.`,
    reason: `The file names no unit${rate === "" ? "" : `; read so, it has ${rate}, the most usual rate`}.`,
    column: column.name,
    others: choices(column, others),
  };
}

function undecided(column: HeadColumn, readings: readonly NumberReading[]): UndecidedFile {
  const rates = readings.slice(0, 2).map((one) => `${one.label} (${rateOf(column, one)})`);
  const question: Question = {
    subject: "time_unit",
    asked: `What does "${column.name}" count?`,
    reason: `Its numbers (${column.cells.slice(0, 3).join(", ")} …) may be ${rates.join(" or ")}.`,
    column: column.name,
    choices: choices(column, readings),
  };
  return new UndecidedFile([question]);
}

function absurd(column: HeadColumn, name: ColumnName): UndecidedFile {
  const shown = column.cells.slice(0, 3).join(", ");
  const first = column.numbers?.[0] ?? 0;
  const as = name.usPerUnit === null ? "as any unit" : "as the header's unit";
  return new UndecidedFile([
    {
      subject: "time_unit",
      asked: `What does "${column.name}" count?`,
      reason: looksLikeDays(column.numbers ?? [])
        ? `Its numbers (${shown} …) look like days, and the header does not say since when.`
        : `Read ${as}, its numbers (${shown} …) would be less than ${SLOWEST_HZ} or more than ${FASTEST_HZ} rows a second.`,
      column: column.name,
      choices: [...dayReadings(first), ...allReadings(first)].map(({ label, mapping }) =>
        timeChoice(label, mapping, column.name),
      ),
    },
  ]);
}
