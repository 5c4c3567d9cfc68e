import type { IntervalCounts, IntervalDecision, IntervalReview, ReviewPrediction } from "@magtrace/contracts";
import { notFound } from "../../access/policy.ts";
import { AppError } from "../../errors.ts";
import type { CategoryFinder } from "../making/categoryFinder.ts";
import { type DatasetRows, rowFault } from "../making/rowFault.ts";
import type { StoredInterval } from "../types.ts";

/** A label to make of an interval; by name where its category is gone and is to be made again. */
export type DecidedLabel = {
  readonly startIndex: number;
  readonly endIndex: number;
  readonly confidence: number;
} & ({ readonly categoryId: number } | { readonly categoryName: string });

export interface Decision {
  readonly number: number;
  readonly review: Exclude<IntervalReview, "pending">;
  /** Null where rejected, and where background was accepted. */
  readonly label: DecidedLabel | null;
}

export interface Reviewed {
  /** Those named, by their numbers. */
  readonly intervals: ReadonlyMap<number, StoredInterval>;
  /** How many there are in all. */
  readonly total: number;
  readonly rows: DatasetRows;
  readonly categories: CategoryFinder;
}

/** The decisions of a review that name their interval; old clients send something else, which names none. */
export function namedDecisions({ modifications }: ReviewPrediction): readonly IntervalDecision[] {
  return Array.isArray(modifications) ? modifications : [];
}

/**
 * What becomes of the intervals that a review names.
 *
 * @throws AppError validation_failed, not_found (a foreign category) or conflict (decided already), naming the interval.
 */
export function decideIntervals(named: readonly IntervalDecision[], reviewed: Reviewed): Decision[] {
  const decisions = new Map<number, Decision>();
  for (const [position, decision] of named.entries()) {
    const where = `body/modifications/${position}`;
    if (decisions.has(decision.index)) {
      throw refused("validation_failed", where, `interval ${decision.index} is named twice`);
    }
    decisions.set(decision.index, decideNamed(decision, where, reviewed));
  }
  return [...decisions.values()];
}

function decideNamed(decision: IntervalDecision, where: string, reviewed: Reviewed): Decision {
  const { index, action } = decision;
  const interval = reviewed.intervals.get(index);
  if (!interval) {
    const last = reviewed.total - 1;
    const known = last < 0 ? "it has none" : `its intervals are 0 to ${last}`;
    throw refused("validation_failed", where, `this prediction has no interval ${index}; ${known}`);
  }
  if (interval.review !== "pending") {
    throw refused("conflict", where, `interval ${index} has been decided already: it is ${interval.review}`);
  }
  if (action === "modify") return decideModified(interval, decision, { where, reviewed });
  return decideWhole(interval, action === "accept" ? "accepted" : "rejected", reviewed);
}

function decideWhole(
  interval: StoredInterval,
  status: "accepted" | "rejected",
  { categories }: Reviewed,
): Decision {
  const { number, start_index: startIndex, end_index: endIndex, category, confidence } = interval;
  if (status === "rejected" || category === null) return { number, review: status, label: null };
  const rows = { startIndex, endIndex, confidence };
  const categoryId = categories.find(interval);
  const label = categoryId === null ? { ...rows, categoryName: category } : { ...rows, categoryId };
  return { number, review: status, label };
}

/** What a person has set is certain: the label's confidence is 1. */
function decideModified(
  interval: StoredInterval,
  { start_index, end_index, category }: IntervalDecision,
  { where, reviewed }: { where: string; reviewed: Reviewed },
): Decision {
  if (start_index === undefined && end_index === undefined && category === undefined) {
    throw refused("validation_failed", where, "to modify, give start_index, end_index or category");
  }
  const bounds = {
    start_index: start_index ?? interval.start_index,
    end_index: end_index ?? interval.end_index,
  };
  const fault = rowFault(reviewed.rows, bounds);
  if (fault) throw refused("validation_failed", where, fault);
  if (category !== undefined && !reviewed.categories.has(category)) throw notFound("category");
  const rows = { startIndex: bounds.start_index, endIndex: bounds.end_index, confidence: 1 };
  const categoryId = category ?? reviewed.categories.find(interval);
  if (categoryId !== null) {
    return { number: interval.number, review: "modified", label: { ...rows, categoryId } };
  }
  if (interval.category === null) {
    throw refused("validation_failed", where, "the model gave no category here, so name one");
  }
  return {
    number: interval.number,
    review: "modified",
    label: { ...rows, categoryName: interval.category },
  };
}

function refused(code: "validation_failed" | "conflict", where: string, reason: string): AppError {
  return new AppError(code, `${where}: ${reason}.`, { details: { at: where } });
}

/** What a whole prediction is when its intervals are so. Mixed is modified. */
export function reviewOf(counts: IntervalCounts, asked: ReviewPrediction["status"]): IntervalReview {
  if (counts.pending > 0) return "pending";
  const [first = asked, ...others] = (["accepted", "rejected", "modified"] as const).filter(
    (review) => counts[review] > 0,
  );
  return others.length > 0 ? "modified" : first;
}

/** The counts after these decisions about intervals that waited. */
export function countsAfter(
  counts: IntervalCounts,
  decided: readonly { readonly review: Decision["review"] }[],
): IntervalCounts {
  const after = { ...counts };
  for (const { review } of decided) {
    after.pending -= 1;
    after[review] += 1;
  }
  return after;
}
