import type { Assumption, TimeMapping } from "@magtrace/contracts";
import type { ColumnName } from "../cells/columnNames.ts";
import { positionOf as columnPosition } from "../cells/columnPosition.ts";
import { RefusedFile, UndecidedFile } from "../findings.ts";
import { speaksOfTime } from "./columnWords.ts";
import { decideColumn, startUsOf } from "./decideColumn.ts";
import { decideParts, epochParts } from "./decideParts.ts";
import { exactBeside } from "./exactBeside.ts";
import { findParts, hasDate, type PartColumns } from "./findParts.ts";
import { type HeadColumn, headColumn } from "./headColumn.ts";
import { type Candidate, candidatesOf, timesOfParts } from "./timeCandidates.ts";
import type { TimeChoice, TimeInput } from "./timeInput.ts";
import type { PartKind } from "./timeParts.ts";

/**
 * Decides which columns of a file are its time and how they are read: by the mapping, by names, by what stands in them.
 *
 * @returns null where no column is one; the refusal where one is, and cannot be read.
 */
export async function decideTime(input: TimeInput): Promise<TimeChoice | RefusedFile | null> {
  try {
    return await decided(input);
  } catch (error) {
    if (error instanceof RefusedFile) return error;
    throw error;
  }
}

async function decided(input: TimeInput): Promise<TimeChoice | null> {
  const { mapping } = input;
  const mapped = mapping?.time;
  const wanted = mapping?.columns?.timestamp_pc;
  if (mapped?.form === "rate" || (mapped?.rate_hz !== undefined && wanted === undefined))
    return besideTimes(byRate(mapped), input);
  if (mapped?.rate_hz !== undefined && mapped.form === undefined && wanted !== undefined)
    throw rateOrColumn(mapped.rate_hz, wanted);
  if (mapped?.columns !== undefined) return await byMappedParts(mapped.columns, input);
  if (wanted !== undefined)
    return await single(columnAt(positionOf(wanted, "timestamp_pc", input), input), input);
  return await byContent(input);
}

/** Rows at an even rate, which the mapping gives. */
export function byRate({ rate_hz, start }: TimeMapping): TimeChoice {
  if (rate_hz === undefined) {
    throw new RefusedFile({
      code: "column_unknown",
      column: "timestamp_pc",
      expected: "rows a second (mapping time.rate_hz) where the mapping says that the file has no times",
    });
  }
  const reading = { form: "rate", usPerUnit: 0, zone: true, stepUs: 1e6 / rate_hz } as const;
  return {
    positions: [],
    name: "",
    reading: start === undefined ? reading : { ...reading, startUs: startUsOf(start) },
    assumptions: [],
  };
}

/** Says that the mapping's rate was taken though the file has times. */
function besideTimes(choice: TimeChoice, input: TimeInput): TimeChoice {
  const [best] = candidatesOf(freeColumns(input), input);
  if (best === undefined || best.times.length < 2 || !speaksOfTime(input.names[best.column.position]))
    return choice;
  const { name } = best.column;
  const assumption: Assumption = {
    subject: "time_column",
    taken: `The rows come at ${input.mapping?.time?.rate_hz} a second, as the mapping says.`,
    reason: `"${name}" may be the time too, and was not used for it.`,
    column: name,
    others: [],
  };
  return { ...choice, assumptions: [...choice.assumptions, assumption] };
}

/** A mapping that gives a rate and a column of times. */
function rateOrColumn(rateHz: number, column: string): UndecidedFile {
  return new UndecidedFile([
    {
      subject: "time_column",
      asked: `Do the rows come at ${rateHz} a second, or at the times of "${column}"?`,
      reason: "The mapping names both. For the column, leave time.rate_hz out.",
      column,
      choices: [{ label: `${rateHz} rows a second`, mapping: { time: { form: "rate", rate_hz: rateHz } } }],
    },
  ]);
}

/** Where the column is that a mapping names: exactly, but for case and outer spaces, or by its place, `#1`. */
export function positionOf(
  wanted: string,
  target: string,
  { names, line }: Pick<TimeInput, "names" | "line">,
): number {
  const position = columnPosition(wanted.trim(), names);
  if (position >= 0) return position;
  const shown = names.slice(0, 12).map(({ text }) => `"${text.slice(0, 40)}"`);
  const listed = shown.join(", ") + (names.length > shown.length ? " …" : "");
  throw new RefusedFile({
    ...(line === undefined ? {} : { line }),
    code: "column_unknown",
    column: target,
    value: wanted,
    expected: `the column the mapping names for ${target}; the header has ${listed}`,
  });
}

function columnAt(position: number, { names, cells, decimal }: TimeInput): HeadColumn {
  return headColumn(position, names[position].text, cells(position), decimal);
}

async function single(column: HeadColumn, input: TimeInput): Promise<TimeChoice> {
  const { reading, assumptions } = await decideColumn(column, input.names[column.position], input);
  return { positions: [column.position], name: column.name, reading, assumptions };
}

const MAPPED_PARTS: Readonly<Record<keyof NonNullable<TimeMapping["columns"]>, PartKind | "fraction">> = {
  date: "date",
  time: "clock",
  year: "year",
  month: "month",
  day: "day",
  day_of_year: "day_of_year",
  hour: "hour",
  minute: "minute",
  second: "second",
  fraction: "fraction",
  gps_week: "gps_week",
  gps_seconds: "gps_seconds",
  meridiem: "meridiem",
};

async function byMappedParts(
  columns: NonNullable<TimeMapping["columns"]>,
  input: TimeInput,
): Promise<TimeChoice> {
  const parts: PartColumns = new Map(
    (Object.entries(columns) as [keyof typeof columns, string][]).map(([part, wanted]) => [
      MAPPED_PARTS[part],
      columnAt(positionOf(wanted, `time.columns.${part}`, input), input),
    ]),
  );
  const choice = await decideParts(parts, input);
  if (choice !== null) return choice;
  throw new RefusedFile({
    code: "not_a_time",
    column: [...parts.values()].map(({ name }) => name).join(" + "),
    value: [...parts.values()].map(({ cells }) => cells[0] ?? "").join(" "),
    expected:
      "the parts of a time that the mapping names (time.columns): a date and a time of day, as a rule",
  });
}

async function byContent(input: TimeInput): Promise<TimeChoice | null> {
  const free = freeColumns(input);
  const canonical = free.find(({ name }) => name === "timestamp_pc");
  const found = findParts(free, input.names, input.decimal);
  const withCanonical = canonical === undefined || [...(found?.values() ?? [])].includes(canonical);
  if (canonical !== undefined && !withCanonical) return await single(canonical, input);
  const inParts = new Set([...(found?.values() ?? [])].map(({ position }) => position));
  let candidates = candidatesOf(
    free.filter(({ position }) => !inParts.has(position)),
    input,
  );
  // An exact time of one column leaves nothing to ask about several.
  const rules = ({ exact, absolute }: Candidate): boolean =>
    exact || (absolute && found !== null && !hasDate(found));
  if (found !== null && !candidates.some(rules)) {
    const parts = await decideParts(found, input);
    if (parts !== null) return exactBeside(parts, timesOfParts(parts, input), candidates, input) ?? parts;
    candidates = candidatesOf(free, input);
  }
  const seconds = epochParts(free, input.names);
  const [best, ...others] = candidates;
  if (seconds !== null && (!best?.exact || seconds.positions.includes(best.column.position))) return seconds;
  if (best === undefined) return null;
  const choice = await single(best.column, input);
  const exactOne = best.absolute ? exactBeside(choice, best.times, others, input) : null;
  if (exactOne !== null) return exactOne;
  const assumptions = [...choiceAssumptions(best, others, input.names), ...choice.assumptions];
  return { ...choice, assumptions };
}

function freeColumns(input: TimeInput): HeadColumn[] {
  const { mapping, names } = input;
  const taken = [...Object.values(mapping?.columns ?? {}), ...(mapping?.ignore ?? [])].map((name) =>
    name.trim().toLowerCase(),
  );
  return names.flatMap(({ text }, position) => {
    const isTaken = taken.includes(text.toLowerCase()) || taken.includes(`#${position + 1}`);
    return isTaken ? [] : [columnAt(position, input)];
  });
}

/** What has to be said of the column that was taken: that its name says nothing, or that another would do. */
function choiceAssumptions(
  best: Candidate,
  others: readonly Candidate[],
  names: readonly ColumnName[],
): Assumption[] {
  const { column } = best;
  const rivals = others.filter((one) => one.absolute === best.absolute && best.score - one.score < 3);
  const unnamed = !speaksOfTime(names[column.position]) && best.fit === null;
  if (!unnamed && rivals.length === 0) return [];
  return [
    {
      subject: "time_column",
      taken: `The time is in "${column.name}".`,
      reason: unnamed
        ? "Its cells are times, though its name does not say so."
        : "Other columns may be the time too.",
      column: column.name,
      others: rivals.map(({ column: { name } }) => ({
        label: `"${name}"`,
        mapping: { columns: { timestamp_pc: name } },
      })),
    },
  ];
}
