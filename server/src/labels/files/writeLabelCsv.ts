import { csvText, type Formulas } from "@magtrace/series";

/** A label as it leaves and comes in: the category by its name, so that it fits any project. */
export interface ExportedLabel {
  readonly start_index: number;
  readonly end_index: number;
  readonly category: string;
  readonly confidence: number;
  readonly notes: string;
  readonly created_by: string | null;
  readonly created_at: string;
}

export const CSV_COLUMNS = [
  "start_index",
  "end_index",
  "category",
  "confidence",
  "notes",
  "created_by",
  "created_at",
] as const;

export const CSV_HEADER = `${CSV_COLUMNS.join(",")}\r\n`;

/** One line of RFC 4180. Texts that a spreadsheet would run get an apostrophe before them, unless told to keep them. */
export function csvLine(label: ExportedLabel, formulas: Formulas = "guard"): string {
  return `${[
    String(label.start_index),
    String(label.end_index),
    csvText(label.category, formulas),
    String(label.confidence),
    csvText(label.notes, formulas),
    csvText(label.created_by ?? "", formulas),
    label.created_at,
  ].join(",")}\r\n`;
}
