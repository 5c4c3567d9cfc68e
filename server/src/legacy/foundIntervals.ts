import type { PastInterval } from "../predictions/pastPrediction.ts";
import { isObject } from "./cells.ts";
import type { RowMap, RowRange } from "./rowMap.ts";

const MOST_NAME = 1000;

interface FoundRange extends RowRange {
  readonly category: string | null;
  readonly confidence: number;
}

/**
 * What a prediction of the old program found: it kept a value for each row, or, of some clients, a list of ranges.
 * @returns null where it is neither, so that nobody can say of which rows it speaks.
 */
export function foundIntervals(
  predictions: unknown,
  confidences: unknown,
  rows: RowMap,
): PastInterval[] | null {
  if (!Array.isArray(predictions)) return null;
  const scores: unknown[] = Array.isArray(confidences) ? confidences : [];
  const ranges =
    rangesGiven(predictions, scores) ??
    (predictions.length === rows.total ? runs(predictions, scores) : null);
  if (ranges === null) return null;
  const last = rows.total - 1;
  return ranges.flatMap(({ start, end, category, confidence }) =>
    rows
      .ranges({ start: Math.max(start, 0), end: Math.min(end, last) })
      .map((range) => ({ start_index: range.start, end_index: range.end, category, confidence })),
  );
}

function rangesGiven(predictions: readonly unknown[], scores: readonly unknown[]): FoundRange[] | null {
  const ranges: FoundRange[] = [];
  for (const [at, given] of predictions.entries()) {
    if (!isObject(given)) return null;
    const { start_index: start, end_index: end } = given;
    if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end)) return null;
    const name = given.category ?? given.label_type ?? given.label ?? given.prediction;
    ranges.push({
      start: start as number,
      end: end as number,
      category: nameOf(name),
      confidence: fraction(given.confidence ?? scores[at]),
    });
  }
  return ranges.length > 0 ? ranges : null;
}

/** Rows with equal values, one after the other, with the mean of their confidences. */
function runs(values: readonly unknown[], scores: readonly unknown[]): FoundRange[] {
  const found: FoundRange[] = [];
  let start = 0;
  let sum = 0;
  for (const [row, value] of values.entries()) {
    sum += fraction(scores[row]);
    if (row + 1 < values.length && nameOf(values[row + 1]) === nameOf(value)) continue;
    found.push({ start, end: row, category: nameOf(value), confidence: sum / (row + 1 - start) });
    start = row + 1;
    sum = 0;
  }
  return found;
}

function nameOf(value: unknown): string | null {
  if (value === null || value === undefined || value === "") return null;
  return (typeof value === "string" ? value : JSON.stringify(value)).slice(0, MOST_NAME);
}

function fraction(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? Math.min(Math.max(value, 0), 1) : 0;
}
