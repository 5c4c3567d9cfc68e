import { ungrouped } from "./parseNumber.ts";

const MINUS = /^[−–‒﹣－-]\s*(?=[\d.,])/;
const TRAILING_MINUS = /^([\d.,]*\d)[−-]$/;
/** Fortran's exponents of double precision: `1.8D+04`. */
const EXPONENT_D = /^([+-]?[\d.,]*\d[.,]?)[dD]([+-]?\d{1,3})$/;
const LONGEST = 60;

/**
 * A number's text as the reader of numbers has it, where it is written otherwise: with another minus than that of ASCII,
 * with the minus behind, or with Fortran's exponent; null where it is not.
 */
export function usualNumber(text: string): string | null {
  if (text.length > LONGEST) return null;
  const signed = text
    .replace(/(?<=\d[eE])[−–]/, "-")
    .replace(MINUS, "-")
    .replace(TRAILING_MINUS, "-$1")
    .replace(EXPONENT_D, "$1e$2");
  return signed === text ? null : signed;
}

/**
 * The digits of a number that is written with a unit behind it, with signs between its thousands, or with an unusual
 * sign; null where the text is plain, or no number.
 *
 * @param unit What stands behind each number of the column, or null.
 */
export function plainNumber(
  text: string,
  unit: string | null,
  { decimal, grouping }: { readonly decimal: number; readonly grouping: number },
): Uint8Array | null {
  if (text.length > LONGEST) return null;
  const own = unit !== null && text.endsWith(unit) ? text.slice(0, -unit.length).trimEnd() : text;
  const usual = usualNumber(own) ?? own;
  const digits = ungrouped(usual, decimal, grouping);
  return digits ?? (usual === text ? null : Buffer.from(usual));
}
