import type { Survey } from "../support/learningStage.ts";

export interface RememberedLabel {
  readonly start_index: number;
  readonly end_index: number;
  readonly category: number;
  readonly notes: string;
}

/** What is known to be there, and what may be there because its answer never came. */
export interface RememberedDataset {
  readonly id: number;
  readonly survey: Survey;
  readonly rows: number;
  readonly labels: Map<number, RememberedLabel>;
  /** Acknowledged to be gone. */
  readonly deleted: Set<number>;
  /** A change or deletion of these got no answer. */
  readonly unsure: Map<number, RememberedLabel | null>;
  /** Labels asked for together without an answer: how many there are by what all their notes begin with. */
  readonly unsureBulks: Map<string, number>;
  /** A review was asked for, answered or not: labels may have come of it. */
  readonly predictions: Set<number>;
}

export interface Remembered {
  readonly project: number;
  readonly datasets: Map<number, RememberedDataset>;
  /** Uploads without an answer, by name. */
  readonly unsureUploads: Map<string, Survey>;
  readonly sessions: Set<number>;
  readonly predictions: Set<number>;
  readonly reviewed: Set<number>;
  readonly unsureReviews: Set<number>;
}
