import type { Assumption, Choice } from "@magtrace/contracts";
import { USUAL_UNITS } from "./cells/chooseFieldUnit.ts";
import type { ResolvedColumns } from "./cells/resolveColumns.ts";
import { nanoteslaPer } from "./cells/units.ts";
import { UndecidedFile } from "./findings.ts";
import type { ColumnMapping, FieldUnit } from "./types.ts";

/** The main field at the Earth's surface is 22,000 to 67,000 nT; iron in the sensor shifts what it reads. */
const EARTH_NT = [18_000, 75_000] as const;
/** A unit that was stated or known is doubted outside of this only. */
const LIKELY_NT = [10_000, 100_000] as const;
/** What an accelerometer reads, in g. */
const ACCELERATIONS_G = [0.05, 20] as const;
/** Beyond these no magnetometer of the Earth's field reads anything, nT. */
const ABSURD_NT = [1e-3, 1e9] as const;
/** `18,430` in nT is 18,430 nT rather than 18.43, but neither is taken. */
export function askWhereThousands(
  { columns, unit, unitFrom }: ResolvedColumns,
  sign: "." | ",",
  { size, asThousands }: { readonly size: number; readonly asThousands: number },
): void {
  // Where the unit is open, too, the size decides both: 18.43 µT and 18,430 nT are one field.
  if (unitFrom === "default" || within(size, LIKELY_NT) || !within(asThousands, EARTH_NT)) return;
  const other = sign === "," ? "." : ",";
  throw new UndecidedFile([
    {
      subject: "numbers",
      asked: `Does "${sign}" stand between thousands or before fractions?`,
      reason: `Every number has three digits behind it. Before fractions the field would be ${sizeText(size)}, between thousands ${sizeText(asThousands)}; the unit is ${unit}.`,
      column: columns.find(({ becomes }) => becomes === "b_x" || becomes === "b")?.name ?? null,
      choices: [
        { label: `"${sign}" stands between thousands`, mapping: { decimal: other } },
        { label: `"${sign}" stands before fractions`, mapping: { decimal: sign } },
      ],
    },
  ]);
}

export interface SettledUnit {
  readonly unit: FieldUnit;
  readonly assumptions: readonly Assumption[];
}

/** @param isWhole Whether the numbers are whole, as counts are. */
export function settleUnit(columns: ResolvedColumns, size: number | null, isWhole: boolean): SettledUnit {
  const { unit, unitFrom, byMagnitude } = columns;
  if (unitFrom === "mapping") return { unit, assumptions: [] };
  if (size === null)
    return { unit, assumptions: unitFrom === "default" && byMagnitude !== "confirm" ? [unseen(unit)] : [] };
  // In the file's own numbers; columns that differ in unit are those of the stated ones.
  const own = size / nanoteslaPer(unit);
  const fitting = USUAL_UNITS.filter((one) => within(own * nanoteslaPer(one), EARTH_NT));
  const prefers = byMagnitude === "prefer" && fitting.length === 1 && !within(size, LIKELY_NT);
  if (byMagnitude === "choose" || prefers) return chosenUnit(own, fitting, { columns, isWhole });
  if (!within(size, ABSURD_NT)) throw new UndecidedFile([askUnit(columns, own, cannotBe(unit, size))]);
  // 1 g would be a likely 100,000 nT, were g gauss.
  const likely = byMagnitude === "confirm" && unitFrom === "header" ? EARTH_NT : LIKELY_NT;
  if (within(size, likely))
    return {
      unit,
      assumptions: byMagnitude === "confirm" && unitFrom !== "default" ? [confirmed(columns)] : [],
    };
  // As an acceleration it could be one, or an instrument writes another unit than it is known for.
  const doubtful =
    unitFrom === "header" ? within(unit === "mG" ? own / 1000 : own, ACCELERATIONS_G) : fitting.length > 0;
  if (byMagnitude === "confirm" && doubtful) {
    throw new UndecidedFile([askUnit(columns, own, `In ${unit} the field would be ${sizeText(size)}.`)]);
  }
  if (unitFrom === "default") return { unit, assumptions: [takenAsOurs(own)] };
  return { unit, assumptions: [doubted(columns, own, size)] };
}

function chosenUnit(
  own: number,
  fitting: readonly FieldUnit[],
  { columns, isWhole }: { readonly columns: ResolvedColumns; readonly isWhole: boolean },
): SettledUnit {
  if (fitting.length !== 1) {
    const reason = `The file does not say it, and in none would the field be the Earth's: in nT it would be ${sizeText(own)}.`;
    throw new UndecidedFile([askUnit(columns, own, reason)]);
  }
  if (isWhole && fitting[0] === "mG") throw new UndecidedFile([askCounts(columns, own)]);
  const [unit] = fitting;
  const assumption: Assumption = {
    subject: "field_unit",
    taken: unit,
    reason: `The file names no unit; in ${unit} the field is ${sizeText(own * nanoteslaPer(unit))}, as the Earth's is.`,
    column: null,
    others: choices(own, unit),
  };
  return { unit, assumptions: [assumption] };
}

function unseen(unit: FieldUnit): Assumption {
  return {
    subject: "field_unit",
    taken: unit,
    reason: "The file names no unit, and its first part has no reading but 0.",
    column: null,
    others: USUAL_UNITS.filter((one) => one !== unit).map((one) => ({ label: one, mapping: { unit: one } })),
  };
}

/** Whole numbers of some hundreds are mG of autopilots as well as what a HMC5883L counts, 1090 to a gauss. */
function askCounts(columns: ResolvedColumns, own: number): ReturnType<typeof askUnit> {
  const reason = `The file does not say it, and its numbers are whole: mG as autopilots have them, or counts of an instrument (a HMC5883L has 1090 to a gauss).`;
  const question = askUnit(columns, own, reason);
  const counts = { label: "counts, 1090 to a gauss", mapping: { factor: 1e5 / 1090 } };
  return { ...question, choices: [question.choices[0]!, counts, ...question.choices.slice(1)] };
}

function takenAsOurs(own: number): Assumption {
  return {
    subject: "field_unit",
    taken: "nT",
    reason: `The file names no unit; its columns have MagTrace's own names, and those are in nT. The field is ${sizeText(own)}.`,
    column: null,
    others: choices(own, "nT"),
  };
}

function confirmed({ unit, app }: ResolvedColumns): Assumption {
  const reason =
    app === null
      ? `The header's unit could be one of acceleration, too; the field is as large as the Earth's in ${unit}.`
      : `The header is ${app}'s, which writes ${unit} without saying so.`;
  return { subject: "field_unit", taken: unit, reason, column: null, others: [] };
}

function doubted({ unit, app }: ResolvedColumns, own: number, size: number): Assumption {
  const said = app === null ? "as the header says" : `as ${app} writes it`;
  return {
    subject: "field_unit",
    taken: `${unit}, ${said}`,
    reason: `The field is ${sizeText(size)}, and the Earth's is 20,000 to 70,000 nT.`,
    column: null,
    others: choices(own, unit),
  };
}

function askUnit(
  { columns, unit }: ResolvedColumns,
  own: number,
  reason: string,
): ConstructorParameters<typeof UndecidedFile>[0][number] {
  const column = columns.find(({ becomes }) => becomes === "b_x" || becomes === "b")?.name ?? null;
  const others = choices(own, null).filter(({ mapping }) => mapping.unit !== unit);
  const stated = { label: `${unit} all the same`, mapping: { unit } };
  return {
    subject: "field_unit",
    asked: "In which unit is the field?",
    reason,
    column,
    choices: [...others, stated],
  };
}

function cannotBe(unit: FieldUnit, size: number): string {
  return `In ${unit} the field would be ${sizeText(size)}, which no magnetometer of the Earth's field reads.`;
}

/** Units the numbers could be in, the likeliest first. */
function choices(own: number, taken: FieldUnit | null): Choice[] {
  const away = (unit: FieldUnit): number => Math.abs(Math.log(own * nanoteslaPer(unit)) - Math.log(45_000));
  return USUAL_UNITS.filter((unit) => unit !== taken)
    .toSorted((a, b) => away(a) - away(b))
    .map((unit) => ({
      label: `${unit}: the field is ${sizeText(own * nanoteslaPer(unit))}`,
      mapping: { unit },
    }));
}

function sizeText(nanotesla: number): string {
  const size = Number(nanotesla.toPrecision(4));
  return Math.abs(size) >= 1e-3 && size < 1e15 ? `${size.toLocaleString("en-US")} nT` : `${size} nT`;
}

function within(value: number, [from, to]: readonly [number, number]): boolean {
  return value >= from && value <= to;
}

/**
 * Asks where a whole file read has a field that cannot be, or another than the first rows by which its unit was taken.
 *
 * @param medianNt Of all rows, nT; null where none has a field but 0.
 * @param rows How many there are.
 * @throws {UndecidedFile}
 */
export function requireSenseOfField(
  columns: ResolvedColumns,
  { medianFieldNt, rows }: { readonly medianFieldNt: number | null; readonly rows: number },
  mapping: ColumnMapping | undefined,
): void {
  const { unit, unitFrom, byMagnitude } = columns;
  if (unitFrom === "mapping" || mapping?.unit !== undefined || mapping?.factor !== undefined) return;
  if (medianFieldNt === null) {
    if (rows === 0) return;
    const reason = "No row of the file has a reading of the field other than 0.";
    const asked = "Are these columns the field?";
    throw new UndecidedFile([{ ...askUnit(columns, 0, reason), asked, choices: [asItIs(unit)] }]);
  }
  const own = medianFieldNt / nanoteslaPer(unit);
  if (!within(medianFieldNt, ABSURD_NT))
    throw new UndecidedFile([askUnit(columns, own, cannotBe(unit, medianFieldNt))]);
  if (unitFrom !== "default" || byMagnitude === "confirm" || within(medianFieldNt, LIKELY_NT)) return;
  const fitting = USUAL_UNITS.filter((one) => within(own * nanoteslaPer(one), EARTH_NT));
  // MagTrace's own names mean nT where no unit fits better.
  if (fitting.length === 0 && byMagnitude === "prefer") return;
  const reason = `The file does not say it. By its first rows it would be ${unit}, but over all rows the field would be ${sizeText(medianFieldNt)}.`;
  throw new UndecidedFile([askUnit(columns, own, reason)]);
}

function asItIs(unit: FieldUnit): Choice {
  return { label: `yes, in ${unit}`, mapping: { unit } };
}
