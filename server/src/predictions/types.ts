import type { IntervalReview } from "@magtrace/contracts";
import type { SeriesCache } from "../datasets/service.ts";
import type { Deps } from "../platform/deps.ts";

/** What only a worker has: it reads series. */
export interface PredictionDeps extends Deps {
  readonly series: SeriesCache;
}

/** Rows, both ends inclusive, as in JSON. */
export interface RowInterval {
  readonly start_index: number;
  readonly end_index: number;
}

export interface FoundInterval extends RowInterval {
  /** Name the model was trained under; null for background. */
  readonly category: string | null;
  /** The category it was trained on, as far as it was there when the interval was found. */
  readonly categoryId: number | null;
  readonly confidence: number;
}

/** A window as the model saw it; `margin` is the winner's lead, small where it is unsure. As in JSON. */
export interface UncertainWindow extends RowInterval {
  readonly category: string;
  readonly confidence: number;
  readonly margin: number;
}

/** A predicted interval as stored: `number` is its place in the prediction. */
export interface StoredInterval extends FoundInterval {
  readonly number: number;
  readonly review: IntervalReview;
  readonly annotation: number | null;
}
