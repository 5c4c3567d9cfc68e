import { decodeContainer, encodeContainer } from "../model/container.ts";
import { ARRAYS_PER_TREE, treeFromArrays, treeToArrays } from "../model/treeArrays.ts";
import type { Tree } from "../types.ts";

const MAGIC = "MTCHECKP";
const VERSION = 1;

/** How far a training has come. */
export interface Checkpoint {
  /** What the training rests on; a checkpoint of anything else is worthless. */
  fingerprint: string;
  /** Folds whose forests are grown and whose examples are predicted. */
  foldsDone: number;
  /** Out-of-fold probabilities of the examples, shape (examples, classes); NaN where not yet known. */
  outOfFold: Float64Array;
  /** The same for the steps that events are scored on, shape (steps, classes). */
  steps: Float64Array;
  /** Trees of the forest being grown. */
  trees: readonly Tree[];
}

export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  const { fingerprint, foldsDone, outOfFold, steps, trees } = checkpoint;
  const header = { fingerprint, foldsDone };
  return encodeContainer(MAGIC, VERSION, {
    header,
    arrays: [outOfFold, steps, ...trees.flatMap(treeToArrays)],
  });
}

export interface CheckpointShape {
  fingerprint: string;
  folds: number;
  features: number;
  classes: number;
  examples: number;
  steps: number;
}

/**
 * Reads a checkpoint of the training described; null when it is damaged or of another training, which then starts
 * anew: a lost checkpoint costs time only.
 */
export function decodeCheckpoint(bytes: Uint8Array, shape: CheckpointShape): Checkpoint | null {
  try {
    const { header, arrays } = decodeContainer(MAGIC, VERSION, bytes);
    const { fingerprint, foldsDone } = header as Record<string, unknown>;
    const [outOfFold, steps, ...treeArrays] = arrays;
    if (fingerprint !== shape.fingerprint || typeof foldsDone !== "number") return null;
    if (!Number.isInteger(foldsDone) || foldsDone < 0 || foldsDone > shape.folds) return null;
    if (!(outOfFold instanceof Float64Array) || outOfFold.length !== shape.examples * shape.classes)
      return null;
    if (!(steps instanceof Float64Array) || steps.length !== shape.steps * shape.classes) return null;
    if (treeArrays.length % ARRAYS_PER_TREE !== 0) return null;
    const trees = Array.from({ length: treeArrays.length / ARRAYS_PER_TREE }, (_, t) =>
      treeFromArrays(
        treeArrays.slice(t * ARRAYS_PER_TREE, (t + 1) * ARRAYS_PER_TREE),
        shape.features,
        shape.classes,
      ),
    );
    return { fingerprint: shape.fingerprint, foldsDone, outOfFold, steps, trees };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
