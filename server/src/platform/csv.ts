/** What a spreadsheet takes for a formula (OWASP, CSV injection). */
const FORMULA_START = /^[=+\-@\t\r]/;

/** One CSV cell (RFC 4180). Text that a spreadsheet would run as a formula is preceded by an apostrophe; numbers are left alone. */
export function csvCell(value: unknown): string {
  if (typeof value === "number") return String(value);
  const text = String(value ?? "");
  const safe = FORMULA_START.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
