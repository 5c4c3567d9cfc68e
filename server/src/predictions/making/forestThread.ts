import { predictProbabilities, type Tree } from "@magtrace/learn";
import { workerData } from "piscina";

export interface ThreadForest {
  readonly trees: readonly Tree[];
  readonly features: number;
  readonly classes: number;
}

export interface ThreadRows {
  /** Row-major features, shape (rows, features). */
  readonly matrix: Float32Array;
  readonly rows: number;
}

const { trees, features, classes } = workerData as ThreadForest;

/** Runs on a thread of a forest pool. */
export default function predictRows({ matrix, rows }: ThreadRows): Float64Array {
  return predictProbabilities(trees, matrix, features, classes, rows);
}
