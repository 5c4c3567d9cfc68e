import type { ColumnMapping } from "@magtrace/contracts";
import { type ColumnName, columnName, fitOf } from "../cells/columnNames.ts";
import { periodOf, type TimeReading } from "../cells/parseTime.ts";
import type { CellReader } from "../columnBlocks.ts";
import { RefusedFile } from "../findings.ts";
import { zoneAssumption, zoneUsOf } from "./asking.ts";
import { speaksOfTime } from "./columnWords.ts";
import { byRate, decideTime, positionOf } from "./decideTime.ts";
import { stepWithin } from "./rowOrder.ts";
import { timeOf } from "./textTimes.ts";
import type { TimeChoice } from "./timeInput.ts";

/** How the columns of a typed file are to be read is known when its first rows are: until then it stands for that. */
const UNDECIDED: TimeReading = { form: "seconds", usPerUnit: 1e6, zone: true };

/** Rows that the form of the times is told by. */
const HEAD_ROWS = 3000;
const LONGEST_CELL = 1000;

export interface TypedNames {
  readonly names: readonly string[];
  readonly mapping: ColumnMapping | undefined;
  /** What a column's type says of its times; null where it holds numbers or text. */
  typed(position: number): TimeReading | null;
}

/** Which columns of a typed file are its time, by their names and types; null where none is. */
export function typedTimeColumns({
  names: header,
  mapping,
  typed,
}: TypedNames): TimeChoice | RefusedFile | null {
  const names = header.map(columnName);
  const chosen = (positions: readonly number[]): TimeChoice => ({
    positions,
    name: positions.map((position) => header[position]).join(" + "),
    reading: UNDECIDED,
    assumptions: [],
  });
  try {
    const mapped = mapping?.time;
    const wanted = mapping?.columns?.timestamp_pc;
    const input = { names, line: undefined };
    if (mapped?.form === "rate" || (mapped?.rate_hz !== undefined && wanted === undefined))
      return byRate(mapped);
    if (mapped?.columns !== undefined) {
      return chosen(Object.entries(mapped.columns).map(([part, name]) => positionOf(name, part, input)));
    }
    if (wanted !== undefined) return chosen([positionOf(wanted, "timestamp_pc", input)]);
    const position = bestNamed(names, typed, Object.values(mapping?.columns ?? {}));
    return position === null ? null : chosen([position]);
  } catch (error) {
    if (error instanceof RefusedFile) return error;
    throw error;
  }
}

function bestNamed(
  names: readonly ColumnName[],
  typed: TypedNames["typed"],
  taken: readonly string[],
): number | null {
  let candidates: number[] = [];
  let best = Number.POSITIVE_INFINITY;
  names.forEach((name, position) => {
    if (taken.includes(name.text)) return;
    const fit = fitOf(name, "timestamp_pc") ?? (speaksOfTime(name) ? 4 : Number.POSITIVE_INFINITY);
    if (fit < best) candidates = [];
    best = Math.min(best, fit);
    if (fit === best && fit < Number.POSITIVE_INFINITY) candidates.push(position);
  });
  const timed = candidates.filter((position) => typed(position) !== null);
  if (timed.length > 0) candidates = timed;
  if (candidates.length > 1 && best < 4) {
    const value = candidates.map((i) => names[i].text).join(", ");
    throw new RefusedFile({
      code: "column_ambiguous",
      column: "timestamp_pc",
      value,
      expected: `one column for timestamp_pc, not ${candidates.length}; name one of them timestamp_pc, or give a mapping`,
    });
  }
  return candidates[0] ?? null;
}

/** How the times of a typed file are read, by its first rows. @throws {RefusedFile} they are none, or are not sure. */
export async function decideTypedTime(
  choice: TimeChoice,
  { names, mapping, typed }: TypedNames,
  cells: (position: number) => readonly string[],
): Promise<TimeChoice> {
  const [position] = choice.positions;
  if (position === undefined) return choice;
  const known = choice.positions.length === 1 ? typed(position) : null;
  if (known !== null) return ofType(choice, known, mapping);
  // By its place: names may occur twice.
  const columns = { ...mapping?.columns, timestamp_pc: `#${position + 1}` };
  const parts = mapping?.time?.columns !== undefined;
  const decided = await decideTime({
    names: names.map(columnName),
    cells,
    decimal: 46,
    mapping: parts ? mapping : { ...mapping, columns },
    line: undefined,
    scan: null,
  });
  if (decided instanceof RefusedFile) throw decided;
  return decided ?? choice;
}

function ofType(choice: TimeChoice, known: TimeReading, mapping: ColumnMapping | undefined): TimeChoice {
  if (known.form !== "datetime" || known.zone) return { ...choice, reading: known };
  const zone = mapping?.time?.zone;
  if (zone !== undefined) return { ...choice, reading: { ...known, zoneUs: zoneUsOf(zone) } };
  return { ...choice, reading: known, assumptions: [zoneAssumption(choice.name)] };
}

/** A column's first cells that are not null, as text. */
export function headTexts(cellOf: CellReader, rows: number): string[] {
  const texts: string[] = [];
  for (let row = 0; row < rows && texts.length < HEAD_ROWS; row++) {
    const cell = cellOf(row);
    if (cell !== null) texts.push(String(cell).slice(0, LONGEST_CELL));
  }
  return texts;
}

/** Times of the first rows, µs. @param isUs Whether cells are µs already. */
export function headTimes(
  { positions, reading }: TimeChoice,
  cells: (position: number) => readonly string[],
  isUs: boolean,
): number[] {
  if (positions.length !== 1) return [];
  return cells(positions[0])
    .map((cell) => (isUs ? Number(cell) : timeOf(cell, reading, 46)))
    .filter((us) => !Number.isNaN(us));
}

/** Whether the first times go back. */
export function goesBack(timeUs: readonly number[], reading: TimeReading): boolean {
  const periodUs = periodOf(reading);
  let on = 0;
  let back = 0;
  for (let i = 1; i < timeUs.length; i++) {
    const step = stepWithin(timeUs[i] - timeUs[i - 1], periodUs);
    if (step > 0) on++;
    else if (step < 0) back++;
  }
  return back > on;
}
