import { isMissing } from "../cells/parseNumber.ts";
import { readUnit } from "../cells/unitWords.ts";
import type { HeadRecord } from "./dialect.ts";

const CELLS_JUDGED = 50;
const NUMBER_AND_UNIT = /^([+−–-]?\s?\d[\d.,'’\u00A0\u202F]*(?:[eE][+-]?\d+)?)\s*(\S.*)$/;
const BARE = /^[+-]?[\d.,]+(?:[eE][+-]?\d+)?$/;
const LONGEST = 60;

/** A number with its unit behind it, taken apart: `18.2 uT`; null where a cell is anything else. */
export function numberAndUnit(cell: string): { readonly number: string; readonly unit: string } | null {
  if (cell.length > LONGEST) return null;
  const match = NUMBER_AND_UNIT.exec(cell.trim());
  if (match === null || readUnit(match[2]) === null) return null;
  return { number: match[1], unit: match[2] };
}

/** So many numbers without a unit, in a column of units, are what stands for no value: `-9999`. */
const MOST_BARE = 0.1;

/** The unit that stands behind the numbers of a column, by its first rows; null where none does, or they differ. */
export function cellUnitsOf(rows: readonly HeadRecord[], width: number): (string | null)[] {
  return Array.from({ length: width }, (_, position) => {
    const cells = rows
      .slice(0, CELLS_JUDGED)
      .map(({ cells }) => cells[position] ?? "")
      .filter((cell) => !isMissing(cell));
    const units = cells.map((cell) => numberAndUnit(cell)?.unit ?? null);
    const unit = units.find((one) => one !== null) ?? null;
    const others = units.filter((one) => one !== unit);
    const isBare = (cell: string, i: number): boolean => units[i] !== null || BARE.test(cell);
    const isOne = others.every((one) => one === null) && others.length <= units.length * MOST_BARE;
    return unit !== null && isOne && cells.every(isBare) ? unit : null;
  });
}
