/** `guard`: texts that a spreadsheet would run get an apostrophe before them. `keep`: for programs, as they are. */
export type Formulas = "guard" | "keep";

/**
 * What a spreadsheet would run as a formula, with any apostrophes that already guard it. The wide signs of East Asian
 * keyboards begin one, too.
 */
const FORMULA = /^'*[=+\-@＝＋－＠\t\r\n]/;
const NEEDS_QUOTES = /[",;\t\r\n]/;

/** A text as a cell of RFC 4180. Source of the guard: OWASP, CSV Injection. */
export function csvText(text: string, formulas: Formulas = "guard"): string {
  const safe = formulas === "guard" && FORMULA.test(text) ? `'${text}` : text;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The text a guarded cell stands for: takes one apostrophe off where the guard would have put one. */
export function withoutGuard(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell;
}
