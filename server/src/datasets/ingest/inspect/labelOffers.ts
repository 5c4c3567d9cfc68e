import type { LabelOffer } from "@magtrace/contracts";
import { printable } from "../findings.ts";
import type { LabelColumn } from "../types.ts";

const VALUES_SHOWN = 100;

/** What a column of labels would give, its commonest values first. */
export function offersOf(labels: LabelColumn | undefined): LabelOffer[] {
  if (labels === undefined || labels.runs.length === 0) return [];
  const counts = labels.values.map((value) => ({ value: printable(value), rows: 0, runs: 0 }));
  for (const { value, startIndex, endIndex } of labels.runs) {
    counts[value]!.rows += endIndex - startIndex + 1;
    counts[value]!.runs++;
  }
  return [
    {
      column: printable(labels.column),
      values: counts.sort((a, b) => b.rows - a.rows).slice(0, VALUES_SHOWN),
      distinct: labels.values.length,
      runs: labels.runs.length,
      taken: labels.taken,
    },
  ];
}
