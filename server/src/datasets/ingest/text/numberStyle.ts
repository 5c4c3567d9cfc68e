import type { ColumnMapping } from "../types.ts";
import { numberAndUnit } from "./cellUnits.ts";

/** How numbers are written: the sign before fractions, and the one between thousands. */
export interface NumberStyle {
  readonly decimal: "." | ",";
  readonly grouping: "." | "," | null;
  /** Whether `18,430` could be 18.43 as well as 18430: then its size decides. */
  readonly open: boolean;
}

const CELLS_JUDGED = 20_000;
/** So many numbers with three digits behind the sign, and none with fewer, are not fractions cut to what is needed. */
const MANY = 20;

/**
 * Tells decimal sign and thousands' sign by the cells of a file's first rows.
 */
export function numberStyle(
  rows: readonly { readonly cells: readonly string[] }[],
  mapping: ColumnMapping | undefined,
): NumberStyle {
  if (mapping?.decimal !== undefined) {
    // As the cells have it where they agree: what an inspection found is read the same when it is sent back.
    const found = numberStyle(rows, undefined);
    if (found.decimal === mapping.decimal) return { ...found, open: false };
    return { decimal: mapping.decimal, grouping: mapping.decimal === "." ? "," : ".", open: false };
  }
  const cells = rows
    .flatMap((row) => row.cells)
    .slice(0, CELLS_JUDGED)
    .map((cell) => (/[^\d]$/.test(cell) ? (numberAndUnit(cell)?.number ?? cell) : cell));
  const english = cells.some((cell) => /^[+-]?\d{1,3}((,\d{3})+\.\d+|(,\d{3}){2,})$/.test(cell));
  const german = cells.some((cell) => /^[+-]?\d{1,3}((\.\d{3})+,\d+|(\.\d{3}){2,})$/.test(cell));
  if (english !== german) {
    return english
      ? { decimal: ".", grouping: ",", open: false }
      : { decimal: ",", grouping: ".", open: false };
  }
  const comma = cells.filter((cell) => /^[+-]?\d*,\d+(e[+-]?\d+)?$/i.test(cell));
  const point = cells.filter((cell) => /^[+-]?\d*\.\d+(e[+-]?\d+)?$/i.test(cell));
  const grouped = (list: readonly string[]): boolean =>
    list.every((cell) => /^[+-]?[1-9]\d{0,2}[.,]\d{3}$/.test(cell));
  if (comma.length > 0 && point.length > 0) {
    if (grouped(point) && !grouped(comma)) return { decimal: ",", grouping: ".", open: false };
    if (grouped(comma) && !grouped(point)) return { decimal: ".", grouping: ",", open: false };
    return { decimal: ".", grouping: null, open: false };
  }
  const [sign, other, used] = comma.length > 0 ? ([",", ".", comma] as const) : ([".", ",", point] as const);
  if (used.length === 0 || !grouped(used)) return { decimal: sign, grouping: null, open: false };
  if (used.length >= MANY && wholeBeside(rows, sign)) return { decimal: other, grouping: sign, open: false };
  return { decimal: sign, grouping: null, open: true };
}

/** Whether columns of such numbers hold whole ones under a thousand, too: -780 beside 18.430. */
function wholeBeside(rows: readonly { readonly cells: readonly string[] }[], sign: string): boolean {
  const width = Math.max(...rows.map((row) => row.cells.length));
  for (let column = 0; column < Math.min(width, 100); column++) {
    const cells = rows.map((row) => row.cells[column] ?? "");
    const signed = cells.filter((cell) => cell.includes(sign)).length;
    const whole = cells.filter((cell) => /^[+-]?[1-9]\d{0,2}$/.test(cell)).length;
    if (signed > 0 && whole > 0) return true;
  }
  return false;
}
