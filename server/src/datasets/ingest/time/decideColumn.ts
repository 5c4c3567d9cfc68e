import type { Assumption, TimeMapping } from "@magtrace/contracts";
import type { ColumnName } from "../cells/columnNames.ts";
import { isClock, isRelative, type TimeReading } from "../cells/parseTime.ts";
import { UndecidedFile } from "../findings.ts";
import { refusal, zoneAssumption, zoneQuestion, zoneUsOf } from "./asking.ts";
import { unitOf, wordsOf, zoneOf } from "./columnWords.ts";
import { decideClock, decideDigitClock } from "./decideClock.ts";
import { decideDate } from "./decideDate.ts";
import { decideNumbers } from "./decideNumbers.ts";
import type { HeadColumn } from "./headColumn.ts";
import { mappedReadings } from "./mappedTime.ts";
import { readsAs, textReadings } from "./textTimes.ts";
import type { Decided, TimeInput } from "./timeInput.ts";
import { rewrittenCell } from "./usualTime.ts";

const TIMES =
  "a time: ISO 8601, YYYY-MM-DD HH:MM:SS.f, HH:MM:SS.f, mm:ss.f, seconds since start, or s, ms, µs, ns since 1970";

/**
 * How the times of one column are written.
 *
 * @throws {RefusedFile} they are none, or have lost digits. @throws {UndecidedFile} they can be meant in several ways.
 */
export async function decideColumn(column: HeadColumn, name: ColumnName, given: TimeInput): Promise<Decided> {
  const input = inUsualWords(column, given);
  const mapped = input.mapping?.time;
  const decided =
    mapped?.form === undefined && mapped?.unit === undefined
      ? await byContent(column, name, input)
      : await byMapping(column, name, input, mapped);
  const { reading, assumptions } = placed(decided, column, input);
  return {
    reading: column.rewriting === null ? reading : { ...reading, rewriting: column.rewriting },
    assumptions,
  };
}

/** Cells of the whole file in the words that those of the first rows were put in. */
export function inUsualWords({ rewriting }: HeadColumn, input: TimeInput): TimeInput {
  const { scan } = input;
  if (scan === null || rewriting === null) return input;
  return {
    ...input,
    scan: (position, visit) => scan(position, (cell) => visit(rewrittenCell(cell, rewriting))),
  };
}

/** µs in one of a column's numbers, by its cells or its name; null where neither says. */
export function columnUnit(column: HeadColumn, name: ColumnName): number | null {
  return column.rewriting === "duration" ? 1 : unitOf(name);
}

async function byContent(column: HeadColumn, name: ColumnName, input: TimeInput): Promise<Decided> {
  const week = column.cells.find((cell) => /^\d{4}-?W\d\d(-?\d)?/.test(cell));
  if (week !== undefined)
    throw refusal(column.name, week, "dates by day and month, not by week of the year (ISO week dates)");
  const clock = await decideClock(column, input);
  if (clock !== null) return clock;
  // Twelve digits and more are a date and a time, where the calendar agrees.
  const long = column.cells.filter((cell) => /^(19|20)\d{10}(\d{2}(\d{3}|[.,]\d+)?)?$/.test(cell));
  const wordy = wordsOf(column.name).some((word) => /^(doy|yyyyddd|yyyydoy|yeardoy|yday)$/.test(word));
  if (column.numbers === null || long.length === column.cells.length || wordy) {
    const date = await decideDate(column, input, (cell) => {
      const readings = textReadings(cell, input.decimal);
      return long.length === 0 ? readings : readings.filter(({ written }) => written?.clock === "digits");
    });
    if (date !== null) return date;
  }
  if (column.numbers === null) throw refusal(column.name, column.cells[0] ?? "", TIMES);
  const unit = columnUnit(column, name);
  const digits = unit === null ? await decideDigitClock(column, input, false) : null;
  return digits ?? decideNumbers(column, name, unit);
}

async function byMapping(
  column: HeadColumn,
  name: ColumnName,
  input: TimeInput,
  mapped: TimeMapping,
): Promise<Decided> {
  const inCells = column.rewriting === "duration";
  const unit = mapped.unit === undefined || inCells ? columnUnit(column, name) : null;
  const { unit: said, ...form } = mapped;
  const readings = mappedReadings(
    inCells ? form : { ...form, ...(said && { unit: said }) },
    column,
    unit,
    input.decimal,
  );
  if (mapped.form === "datetime" || mapped.form === "day_of_year") {
    const date = await decideDate(column, input, (cell) =>
      textReadings(cell, input.decimal).filter(({ form }) => form === mapped.form),
    );
    if (date !== null) return date;
  }
  const cell = column.cells[0] ?? "";
  const reading = readings.find((one) => column.cells.length === 0 || readsAs(cell, one, input.decimal));
  if (reading !== undefined) return { reading, assumptions: [] };
  const wanted = mapped.form ?? `numbers in ${mapped.unit}`;
  throw refusal(column.name, cell, `${wanted}, as the mapping says (time.form, time.unit)`);
}

/** Adds the zone and the start that the caller or the header gives, and says what had to be assumed. */
function placed(decided: Decided, column: HeadColumn, { mapping }: TimeInput): Decided {
  const { reading } = decided;
  const assumptions = [...decided.assumptions];
  const start = mapping?.time?.start;
  if (start !== undefined) {
    if (!isRelative(reading)) {
      throw refusal(
        column.name,
        column.cells[0] ?? "",
        "times without a date, as the mapping gives time.start",
      );
    }
    return { reading: { ...reading, startUs: startUsOf(start) }, assumptions };
  }
  if (isRelative(reading)) {
    if (isClock(reading.form))
      assumptions.push(relativeAssumption({ name: column.name, first: column.cells[0] ?? "" }));
    return { reading, assumptions };
  }
  const needsZone = /_days$/.test(reading.form) || isDated(reading);
  if (!needsZone || reading.zone) return { reading, assumptions };
  const zone = zoneGiven(column.name, reading.written?.zoneName ?? null, mapping?.time);
  if (zone === null) assumptions.push(zoneAssumption(column.name));
  return { reading: zone === null ? reading : { ...reading, zoneUs: zone }, assumptions };
}

function isDated({ form }: TimeReading): boolean {
  return form === "datetime" || form === "day_of_year";
}

/**
 * Offset from UTC by the mapping or the header, µs to the east; null where neither says one.
 *
 * @throws {UndecidedFile} a name of a zone that several have.
 */
export function zoneGiven(
  column: string,
  zoneName: string | null,
  mapped: TimeMapping | undefined,
): number | null {
  if (mapped?.zone !== undefined) return zoneUsOf(mapped.zone);
  const zone = zoneName ?? zoneOf(column);
  if (typeof zone === "string") throw new UndecidedFile([zoneQuestion(column, zone)]);
  return zone;
}

/** @throws {RefusedFile} no time with a zone. */
export function startUsOf(start: string): number {
  const ms = /(Z|[+-]\d\d:?\d\d)$/i.test(start.trim()) ? Date.parse(start.trim()) : Number.NaN;
  if (Number.isNaN(ms))
    throw refusal("timestamp_pc", start, "a start with zone, as 2026-06-15T09:00:00Z (mapping time.start)");
  return ms * 1000;
}

export function relativeAssumption({
  name,
  first,
}: {
  readonly name: string;
  readonly first: string;
}): Assumption {
  return {
    subject: "time_form",
    taken: `The times count from the first row, which says ${first}.`,
    reason: "They have no date; a mapping with time.start gives one.",
    column: name,
    others: [],
  };
}
