/** A contiguous range of rows from one sensor. Both ends are inclusive. */
export interface Track {
  startIndex: number;
  endIndex: number;
  /** Rows per second; null where the recording has no usable time axis. */
  sampleRateHz: number | null;
}

/** What of the field a recording holds: three axes, or the total field of a scalar magnetometer alone. */
export type FieldKind = "vector" | "scalar";

/** Field components in nT, one value a row; NaN where the sensor gave none. */
export interface VectorReadings {
  b_x: Float64Array;
  b_y: Float64Array;
  b_z: Float64Array;
}

/** Total field in nT, one value a row; NaN where the sensor gave none. Residuals may be negative. */
export interface ScalarReadings {
  b: Float64Array;
}

export type Readings = VectorReadings | ScalarReadings;

/**
 * What learning sees of a dataset. Rows are read through a function, so that a recording of 10⁸ rows is never
 * in memory as a whole. The arrays returned by `read` have length endIndex − startIndex + 1 and need to stay
 * valid only until the next call.
 */
export interface Recording {
  tracks: readonly Track[];
  /** What `read` gives. "vector" by default. */
  field?: FieldKind;
  read(startIndex: number, endIndex: number): Promise<Readings>;
}

/** Rows, both ends inclusive. */
export interface RowRange {
  startIndex: number;
  endIndex: number;
}

/** One annotation. In a list, later means created later; where two cover a window equally the later one wins. */
export interface Label extends RowRange {
  id: string;
  category: string;
}

export interface TrainingSource {
  recording: Recording;
  labels: readonly Label[];
}

/** A class of a model: a category's name, or null for the background (rows nobody labelled). */
export type ClassName = string | null;

export interface PredictedInterval extends RowRange {
  category: string;
  /** Mean probability of the category over the interval, 0…1. */
  confidence: number;
  /** Mean distance from the category's probability to the runner-up's, 0…1; small means uncertain. */
  margin: number;
}

export type TrainingPhase = "windows" | "features" | "validation" | "forest" | "finished";

export interface TrainingProgress {
  /** 0…1, never decreasing within one run. */
  fraction: number;
  phase: TrainingPhase;
  /** One sentence for the session's log. */
  message: string;
  treesDone: number;
  treesTotal: number;
  /** What is known so far; absent until the first trees of the first fold exist. */
  metrics?: LiveMetrics;
}

/** Written as it appears in JSON. */
export interface LiveMetrics {
  fold: number;
  folds: number;
  /** Accuracy on the rows held back from the current fold, with the trees grown so far. */
  fold_accuracy: number;
  /** Accuracy over all finished folds; null before the first is finished. */
  out_of_fold_accuracy: number | null;
}

/** A place for one small file that survives the process. `save` replaces what was there, atomically. */
export interface CheckpointPort {
  load(): Promise<Uint8Array | null>;
  save(bytes: Uint8Array): Promise<void>;
}

/** Written as it appears in JSON. A score that cannot be known is null and a warning says why. */
export interface TrainingMetrics {
  algorithm: "random_forest";
  unit: "window" | "annotation";
  /** Class names, as in the confusion matrix; the background is "background", or "unlabelled background" beside a
   * category called that. */
  classes: string[];
  /** Examples trained on: windows, or whole annotations. */
  examples: number;
  examples_per_class: Record<string, number>;
  labels_per_class: Record<string, number>;
  window_length: number;
  window_seconds: number | null;
  stride: number;
  validation: ValidationMetrics | null;
  /** The main scores again, flat, for lists and old clients; null where unknown. */
  accuracy: number | null;
  balanced_accuracy: number | null;
  log_loss: number | null;
  event_f1: number | null;
  /** Share of the forest's impurity decrease by feature, largest first; sums to 1 (or is empty). */
  feature_importances: { feature: string; importance: number }[];
  warnings: string[];
}

export interface ValidationMetrics {
  method: "group_k_fold";
  folds: number;
  /** Out-of-fold examples the scores rest on. */
  n: number;
  /** Labels (and background blocks) those examples come from. */
  groups: number;
  accuracy: number;
  balanced_accuracy: number;
  log_loss: number;
  per_class: { category: string; precision: number; recall: number; f1: number; support: number }[];
  /** confusion[truth][predicted], in the order of `classes`. */
  confusion_matrix: number[][];
  calibration: Calibration;
  /** Null for unit "annotation", where the intervals are given and only their class is predicted. */
  events: EventScore | null;
}

export interface Calibration {
  /** Expected calibration error of the winning class, 0…1. */
  ece: number;
  bins: { lower: number; upper: number; n: number; mean_confidence: number; accuracy: number }[];
}

/** Intervals of the same category that overlap by intersection over union ≥ iou count as found. */
export interface EventScore {
  iou: number;
  precision: number;
  recall: number;
  f1: number;
  n_truth: number;
  n_predicted: number;
  n_matched: number;
  per_category: {
    category: string;
    precision: number;
    recall: number;
    f1: number;
    n_truth: number;
    n_predicted: number;
    n_matched: number;
  }[];
}

/** Examples in bins: what a tree is grown on. Arrays may lie on shared memory. */
export interface BinnedData {
  rows: number;
  features: number;
  classes: number;
  /** Bin of each value, shape (features, rows): one feature's column is contiguous. */
  codes: Uint8Array;
  /** Bins used by each feature, shape (features). */
  binCounts: Uint16Array;
  /** Upper edge of bin b of feature f at f × 255 + b: value ≤ edge exactly when code ≤ b. */
  edges: Float32Array;
  /** Class of each example, shape (rows). */
  labels: Uint8Array;
}

export interface TreeParameters {
  seed: number;
  maxDepth: number | null;
  minLeaf: number;
  /** Features tried at each split. */
  featuresPerSplit: number;
  /** Weight of each class, shape (classes). */
  classWeights: Float64Array;
}

/**
 * One decision tree, flat. Node 0 is the root; the children of an inner node are `child` and `child + 1`, always
 * after it. A value goes to the first child when it is ≤ threshold; NaN goes to the second.
 */
export interface Tree {
  /** Feature split on, or −1 in a leaf, shape (nodes). */
  feature: Int16Array;
  threshold: Float32Array;
  /** First child, or in a leaf its row in `probabilities`, shape (nodes). */
  child: Int32Array;
  /** Class shares in each leaf, shape (leaves, classes). */
  probabilities: Float32Array;
  /** Impurity decrease by feature, shape (features). */
  importances: Float64Array;
}

export interface TreeRequest {
  data: BinnedData;
  parameters: TreeParameters;
  /** Which trees of the forest to grow; a tree depends on (data, parameters, its index) only. */
  treeIndices: readonly number[];
  signal?: AbortSignal;
}

/** Grows trees and returns them in the order asked for. The server passes a thread pool here. */
export type RunTrees = (request: TreeRequest) => Promise<Tree[]>;
