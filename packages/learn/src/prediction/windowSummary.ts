import type { ClassName, RowRange } from "../types.ts";

/** What a model makes of one window, or of one given interval. For windows, the rows it speaks for: its middle step. */
export interface WindowSummary extends RowRange {
  /** Most probable class; null is the background. */
  category: ClassName;
  /** Its probability, 0…1. */
  confidence: number;
  /** Its distance to the runner-up's, 0…1. */
  margin: number;
}
