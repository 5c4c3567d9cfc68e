import { isMissing } from "../cells/parseNumber.ts";
import { readUnit } from "../cells/unitWords.ts";
import type { HeadRecord } from "./dialect.ts";

const CELLS_JUDGED = 50;
const NUMBER_AND_UNIT = /^([+−–-]?\s?\d[\d.,'’\u00A0\u202F]*(?:[eE][+-]?\d+)?)\s*(\S.*)$/;
const LONGEST = 60;

/** A number with its unit behind it, taken apart: `18.2 uT`; null where a cell is anything else. */
export function numberAndUnit(cell: string): { readonly number: string; readonly unit: string } | null {
  if (cell.length > LONGEST) return null;
  const match = NUMBER_AND_UNIT.exec(cell.trim());
  if (match === null || readUnit(match[2]) === null) return null;
  return { number: match[1], unit: match[2] };
}

/** The unit that stands behind every number of a column, by its first rows; null where none does, or they differ. */
export function cellUnitsOf(rows: readonly HeadRecord[], width: number): (string | null)[] {
  return Array.from({ length: width }, (_, position) => {
    const cells = rows
      .slice(0, CELLS_JUDGED)
      .map(({ cells }) => cells[position] ?? "")
      .filter((cell) => !isMissing(cell));
    const [first] = cells;
    const unit = first === undefined ? null : (numberAndUnit(first)?.unit ?? null);
    return unit !== null && cells.every((cell) => numberAndUnit(cell)?.unit === unit) ? unit : null;
  });
}
