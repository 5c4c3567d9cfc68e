import type { Inspection, Question } from "@magtrace/contracts";
import { countOf } from "../../../ui/formatNumber.ts";

/** Whether a file is taken without asking anybody: nothing is open, and nothing was assumed that could be otherwise. */
export function goesStraightThrough(inspection: Inspection): boolean {
  if (inspection.no_preview !== null) return true;
  if (!inspection.readable || inspection.questions.length > 0) return false;
  // Who made the profile has looked at a file like this and said how it is read.
  if (inspection.profile !== null) return true;
  return (
    inspection.assumptions.every(({ others }) => others.length === 0) &&
    inspection.labels.every(({ taken }) => taken)
  );
}

/** What files that are alike have in common: the names of their columns, or their first line where none are known. */
export function likenessOf({ columns, rows }: Inspection): string | null {
  const names = columns.length > 0 ? columns.map(({ name }) => name) : rows[0]?.cells;
  return names === undefined ? null : names.map((name) => name.trim().toLowerCase()).join("\u001f");
}

/** What a file waits for, in words: "2 questions", "1 assumption to look at". */
export function doubtWords({
  inspection,
  questions: ofUpload,
}: {
  inspection: Inspection;
  questions: readonly Question[];
}): string {
  const { readable, questions, assumptions, labels } = inspection;
  const asked = questions.length + ofUpload.length;
  if (asked > 0) return countOf(asked, "question");
  if (!readable) return "it cannot be read as it is";
  const open = assumptions.filter(({ others }) => others.length > 0).length;
  if (open > 0) return `${countOf(open, "assumption")} to look at`;
  return labels.length > 0 ? "labels in the file" : "ready to be read";
}
