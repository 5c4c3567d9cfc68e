import type { Assumption, Choice } from "@magtrace/contracts";
import { RefusedFile, UndecidedFile } from "../findings.ts";
import type { ColumnMapping, FieldUnit, SourceReport } from "../types.ts";
import type { ColumnName } from "./columnNames.ts";
import { fieldNameOf, otherInstrument } from "./fieldNames.ts";
import { instrumentOf } from "./instruments.ts";
import { countsQuestion, scaleAbove } from "./sensitivity.ts";
import { nanoteslaPer } from "./units.ts";
import { readUnit } from "./unitWords.ts";

/** What the file says of itself outside of its columns. */
export interface FileContext {
  readonly filename?: string | undefined;
  /** Lines above the header. */
  readonly preamble: readonly string[];
}

export interface FieldUnitChoice {
  readonly unit: FieldUnit;
  readonly from: SourceReport["unit_from"];
  readonly app: string | null;
  readonly assumptions: readonly Assumption[];
  /**
   * What the sizes of the values have to say: which unit it is, where nothing else says it; which one, if any fits
   * better than the one likely; whether the one known can be meant; or nothing.
   */
  readonly byMagnitude: "choose" | "prefer" | "confirm" | "trust";
  unitOf(position: number): FieldUnit;
  factorOf(position: number): number;
}

interface ChooseOptions {
  readonly names: readonly ColumnName[];
  /** Where the field's columns stand. */
  readonly positions: readonly number[];
  readonly mapping: ColumnMapping | undefined;
  readonly context: FileContext;
}

export const USUAL_UNITS: readonly FieldUnit[] = ["nT", "µT", "mG", "G", "T", "mT"];
const ACCELERATION = /^(m?g|m\/?s.*|.*m\/s.*)$/i;
const ROTATION = /(rad|deg|°|dps|rps)/i;

/**
 * Decides the unit of a field's columns by the caller's word, the header, the lines above it, and the instrument.
 *
 * @throws {RefusedFile} the columns are of no field. @throws {UndecidedFile} their unit is none of a field.
 */
export function chooseFieldUnit(options: ChooseOptions): FieldUnitChoice {
  const { names, positions, mapping, context } = options;
  const factor = mapping?.factor;
  const own = positions.map((position) => names[position]);
  if (mapping?.unit !== undefined || factor !== undefined) {
    const unit = mapping?.unit ?? "nT";
    const each = factor ?? nanoteslaPer(unit);
    return fixed(unit, "mapping", { byMagnitude: "trust", unitOf: () => unit, factorOf: () => each });
  }
  refuseOtherQuantities(options, own);
  const stated = own.find((name) => name.fieldUnit !== null)?.fieldUnit;
  const doubted = own.find(({ doubt }) => doubt?.kind === "other" || doubt?.kind === "unknown");
  if (doubted?.doubt) throw new UndecidedFile([unknownUnit(doubted, doubted.doubt)]);
  if (stated === "kA/m") throw new UndecidedFile([fieldStrength(own[0], stated)]);
  if (stated) {
    const doubtful = own.some((name) => name.doubt !== null || (isWeak(name) && name.fieldUnit === "G"));
    const unitOf = (position: number): FieldUnit => names[position].fieldUnit ?? stated;
    return fixed(stated, "header", {
      byMagnitude: doubtful ? "confirm" : "trust",
      assumptions: stated === "A/m" ? [takenInAir(own[0])] : [],
      unitOf,
    });
  }
  const scale = scaleAbove(context.preamble);
  if (scale !== null) throw new UndecidedFile([countsQuestion(own, scale)]);
  const above = unitAbove(context.preamble);
  if (above !== null) return fixed(above, "header", { byMagnitude: "trust" });
  const app = instrumentOf(names, context.preamble);
  if (app !== null) return { ...fixed(app.unit, "app", { byMagnitude: "confirm" }), app: app.name };
  // Those who name their columns as MagTrace does have read what unit it asks for.
  const ours = own.length > 0 && own.every(({ text }) => /^b(_[xyz])?(@.*)?$/.test(text));
  const all = ours && names.some(({ text }) => text === "timestamp_pc");
  return fixed("nT", "default", { byMagnitude: all ? "confirm" : ours ? "prefer" : "choose" });
}

function fixed(
  unit: FieldUnit,
  from: SourceReport["unit_from"],
  more: Partial<FieldUnitChoice> & Pick<FieldUnitChoice, "byMagnitude">,
): FieldUnitChoice {
  const unitOf = more.unitOf ?? ((): FieldUnit => unit);
  const factorOf = (position: number): number => nanoteslaPer(unitOf(position));
  return { unit, from, app: null, assumptions: [], unitOf, factorOf, ...more };
}

function isWeak(name: ColumnName): boolean {
  return fieldNameOf(name.key)?.strength === "weak";
}

/** Columns called x, y, z of an accelerometer or a gyroscope are no field, however well their sizes would fit. */
function refuseOtherQuantities({ context }: ChooseOptions, own: readonly ColumnName[]): void {
  for (const name of own) {
    const unit = name.doubt?.unit ?? "";
    const quantity = ACCELERATION.test(unit) ? "acceleration" : ROTATION.test(unit) ? "rotation" : null;
    if (quantity === null || (name.doubt?.kind === "gravity" && !isWeak(name))) continue;
    throw new RefusedFile({
      code: "not_supported",
      column: name.text,
      value: unit,
      expected: `columns of a magnetic field; ${unit} is a unit of ${quantity}. Upload the magnetometer's file instead`,
    });
  }
  if (!own.some((name) => isWeak(name) && (name.fieldUnit === null || name.fieldUnit === "G"))) return;
  const says = [context.filename ?? "", ...context.preamble].find((text) => otherInstrument(text) !== null);
  if (says === undefined) return;
  throw new RefusedFile({
    code: "not_supported",
    column: own.map(({ text }) => text).join(", "),
    value: says,
    expected: `columns of a magnetic field; the file says that it is of ${withArticle(otherInstrument(says)!)}. Upload the magnetometer's file instead`,
  });
}

function withArticle(instrument: string): string {
  return instrument.startsWith("a") ? `an ${instrument}` : `a ${instrument}`;
}

function unknownUnit(
  { text }: ColumnName,
  { unit, kind }: NonNullable<ColumnName["doubt"]>,
): ConstructorParameters<typeof UndecidedFile>[0][number] {
  const sized = kind === "unknown" || /^(raw|uncal)/i.test(unit);
  return {
    subject: "field_unit",
    asked: `In which unit is the field of "${text}"?`,
    reason: `The header says "${unit}", which is no unit of flux density. Give unit, or factor: how many nT one of the file's numbers is.`,
    column: text,
    choices: sized ? USUAL_UNITS.map(unitChoice) : [],
  };
}

function unitChoice(unit: FieldUnit): Choice {
  return { label: `values are in ${unit}`, mapping: { unit } };
}

function fieldStrength(
  { text }: ColumnName,
  unit: FieldUnit,
): ConstructorParameters<typeof UndecidedFile>[0][number] {
  return {
    subject: "field_unit",
    asked: `Is "${text}" the field in air?`,
    reason: `${unit} is a unit of field strength (H), not of flux density. In air B is μ0 H; within a material it is not.`,
    column: text,
    choices: [{ label: "yes: B = μ0 H", mapping: { unit } }],
  };
}

function takenInAir({ text }: ColumnName): Assumption {
  return {
    subject: "field_unit",
    taken: "B = μ0 H, as in air",
    reason: "The header says A/m, a unit of field strength (H), not of flux density.",
    column: text,
    others: [],
  };
}

/** A unit that a line above the header states: `Units: nT`, `# Bx, By, Bz in nT`. Two that differ are none. */
function unitAbove(preamble: readonly string[]): FieldUnit | null {
  const found = new Set<FieldUnit>();
  for (const line of preamble) {
    if (line.length > 1000 || !/unit|einheit|\bin\s|tesla|gauss|field|mag|\bb[xyzt]?\b/i.test(line)) continue;
    const words = line.split(/[\s,;:=|()[\]"]+/);
    for (const word of words) {
      const unit = word.length > 1 ? readUnit(word) : null;
      if (unit?.kind === "field" && !/^(mag|mg|g|gs|ga)$/i.test(word)) found.add(unit.unit);
      else if (unit?.kind === "field" && /^mG$/.test(word)) found.add(unit.unit);
    }
  }
  return found.size === 1 ? [...found][0] : null;
}
