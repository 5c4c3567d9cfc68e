import { csvText } from "@magtrace/series";

/** One CSV cell: a number as it is, text quoted and never a formula, nothing for null. */
export function csvCell(value: string | number | null | undefined): string {
  return typeof value === "number" ? String(value) : csvText(value ?? "");
}
