import type { FieldKind } from "../types.ts";
import type { BackgroundLevels } from "./backgroundBlocks.ts";
import type { WindowRows } from "./windowRows.ts";

export interface FeatureConfig {
  /** "window" sees the surroundings of a window; "annotation" sees the interval alone, and its shape in time. */
  unit: "window" | "annotation";
  level: "relative" | "absolute";
  attitude: "keep" | "invariant";
  /** Left out where it is "vector". "scalar" sees the total field alone, and attitude says nothing then. */
  field?: FieldKind;
  /** Sampling rate the frequency bands are laid out for; null when unknown. */
  rateHz: number | null;
}

/** Some features computed together. Every value written is finite. */
export interface FeatureGroup {
  names: readonly string[];
  /** Writes names.length values from out[at] on. `background` is present for unit "window". */
  write(rows: WindowRows, out: Float32Array, at: number, background: BackgroundLevels | null): void;
}
