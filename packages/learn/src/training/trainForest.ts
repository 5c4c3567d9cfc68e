import { binFeaturesInStretches } from "../forest/binFeatures.ts";
import { classWeights } from "../forest/classWeights.ts";
import { featuresPerSplit } from "../forest/featuresPerSplit.ts";
import { growForest } from "../forest/growForest.ts";
import { addLeavesInStretches } from "../forest/predictInStretches.ts";
import { type Hyperparameters, hyperparametersToJson } from "../hyperparameters.ts";
import { encodeModel } from "../model/encodeModel.ts";
import type { ForestModel } from "../model/forestModel.ts";
import type {
  CheckpointPort,
  LiveMetrics,
  RunTrees,
  TrainingMetrics,
  TrainingProgress,
  TrainingSource,
  Tree,
} from "../types.ts";
import { purgedTrainingRows } from "../validation/purgedTrainingRows.ts";
import { createWorkBudget, type WorkBudget, type YieldToEventLoop } from "../workBudget.ts";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "./checkpoint.ts";
import { accuracyOf, outOfFoldAccuracy, predictSteps } from "./outOfFold.ts";
import { FEATURES_SHARE, fingerprintOf, type PreparedTraining, prepareTraining } from "./prepareTraining.ts";
import { summarizeTraining } from "./summarizeTraining.ts";

export interface TrainForestOptions {
  sources: readonly TrainingSource[];
  hyperparameters: Hyperparameters;
  /** Written into the model file. */
  programVersion: string;
  runTrees: RunTrees;
  checkpoint?: CheckpointPort;
  onProgress?: (progress: TrainingProgress) => void;
  /** Called about every 25 ms of computing outside `runTrees`, so that others have their turn. */
  yieldToEventLoop?: YieldToEventLoop;
  signal?: AbortSignal;
}

export interface TrainedForest {
  model: ForestModel;
  /** The model as a file. */
  bytes: Uint8Array;
  metrics: TrainingMetrics;
}

/** One call of `trainForest`. */
interface Run {
  options: TrainForestOptions;
  training: PreparedTraining;
  /** How far it has come; changed as it goes. */
  state: Checkpoint;
  /** Trees in each forest. */
  treeCount: number;
  treesTotal: number;
  work: WorkBudget;
}

/** Share of the progress bar when the last tree is grown; the rest is for the scores. */
const TREES_END = 0.98;

/**
 * Trains a random forest on labelled recordings and validates it without leakage.
 *
 * The work is cut into tasks that follow from the data, the hyperparameters and the seed alone. Killed at any moment
 * and started again with the last checkpoint, it gives the same model, byte for byte, on any number of threads.
 *
 * @throws {RangeError} No labels, or nothing to learn from; the message says what to do.
 * @throws The signal's reason, when aborted; the last checkpoint stays valid.
 * Cost O((folds + 1) × trees × examples × depth) time; memory holds the examples' features, one forest and one piece
 * of a recording.
 */
export async function trainForest(options: TrainForestOptions): Promise<TrainedForest> {
  const { hyperparameters, programVersion } = options;
  const work = createWorkBudget(options.yieldToEventLoop);
  const training = await prepareTraining({ ...options, work });
  const { plan, windowing, config, extractor, examples, assignment } = training;
  // A single class needs no forest: one leaf says it all.
  const treeCount = plan.classes.length === 1 ? 1 : hyperparameters.nTrees;
  const treesTotal = treeCount * (assignment.folds + 1);
  const state = await loadState(options, training);
  const run: Run = { options, training, state, treeCount, treesTotal, work };

  if (run.state.foldsDone > 0 || run.state.trees.length > 0) {
    report(run, "Continuing from the last checkpoint.");
  }
  while (run.state.foldsDone < assignment.folds) await validateNextFold(run);
  const trees = await grow(run, Uint32Array.from(examples.keys()), 0, async () => {
    report(run, `Final forest: ${run.state.trees.length} of ${treeCount} trees.`);
  });

  const model: ForestModel = {
    algorithm: "random_forest",
    programVersion,
    classes: plan.classes,
    features: config,
    featureNames: [...extractor.names],
    windowing,
    smoothing: hyperparameters.smoothing,
    hyperparameters: hyperparametersToJson(hyperparameters),
    trees,
  };
  const metrics = await summarizeTraining(training, run.state, trees, work);
  const finished = { fraction: 1, phase: "finished", message: "Finished." } as const;
  options.onProgress?.({ ...finished, treesDone: treesTotal, treesTotal });
  return { model, bytes: encodeModel(model), metrics };
}

/** The checkpoint, if there is one of this very training; else the beginning. */
async function loadState(options: TrainForestOptions, training: PreparedTraining): Promise<Checkpoint> {
  const { plan, extractor, examples, assignment, steps } = training;
  const shape = {
    fingerprint: fingerprintOf(training, options.programVersion),
    folds: assignment.folds,
    features: extractor.names.length,
    classes: plan.classes.length,
    examples: examples.length,
    steps: steps?.count ?? 0,
  };
  const bytes = options.checkpoint === undefined ? null : await options.checkpoint.load();
  const saved = bytes === null ? null : decodeCheckpoint(bytes, shape);
  return (
    saved ?? {
      fingerprint: shape.fingerprint,
      foldsDone: 0,
      outOfFold: new Float64Array(shape.examples * shape.classes).fill(Number.NaN),
      steps: new Float64Array(shape.steps * shape.classes).fill(Number.NaN),
      trees: [],
    }
  );
}

/** Grows the next fold's forest, lets it answer for what the fold holds back, and drops it. */
async function validateNextFold(run: Run): Promise<void> {
  const { state, training, treeCount, work } = run;
  const { examples, labels, assignment, matrix, steps, plan, extractor } = training;
  const classes = plan.classes.length;
  const features = extractor.names.length;
  const fold = state.foldsDone;
  const held = examples.flatMap((_, i) => (assignment.foldOf[i] === fold ? [i] : []));
  const rows = purgedTrainingRows(examples, assignment.foldOf, fold);
  if (rows.length > 0) {
    const sums = new Float64Array(held.length * classes);
    await addLeavesInStretches(state.trees, matrix, features, classes, held, sums, work);
    const trees = await grow(run, rows, fold + 1, async (added) => {
      await addLeavesInStretches(added, matrix, features, classes, held, sums, work);
      report(run, `Fold ${fold + 1}: ${state.trees.length} of ${treeCount} trees.`, {
        fold: fold + 1,
        folds: assignment.folds,
        fold_accuracy: accuracyOf(sums, held, labels, classes),
        out_of_fold_accuracy: outOfFoldAccuracy(state.outOfFold, labels, classes),
      });
    });
    for (const [k, i] of held.entries()) {
      for (let c = 0; c < classes; c++) {
        state.outOfFold[i * classes + c] = sums[k * classes + c]! / trees.length;
      }
    }
    if (steps !== null) await predictSteps(steps, fold, trees, features, classes, state.steps, work);
  }
  state.foldsDone = fold + 1;
  state.trees = [];
  await save(run);
}

/** Grows a forest on some of the examples: forest 0 is the model, forest k + 1 that of fold k. */
async function grow(
  run: Run,
  rows: Uint32Array,
  forest: number,
  onTrees: (added: readonly Tree[]) => Promise<void>,
): Promise<Tree[]> {
  const { options, training, state, treeCount, work } = run;
  const { matrix, labels, plan, extractor } = training;
  const { maxBins, seed, maxDepth, minLeaf, maxFeatures, classWeight } = options.hyperparameters;
  const classes = plan.classes.length;
  const features = extractor.names.length;
  const binning = { matrix, features, labels, classes, rows, maxBins };
  const data = await binFeaturesInStretches(binning, work);
  return growForest({
    data,
    parameters: {
      seed,
      maxDepth,
      minLeaf,
      featuresPerSplit: featuresPerSplit(maxFeatures, features),
      classWeights: classWeights(data.labels, classes, classWeight),
    },
    firstIndex: forest * treeCount,
    count: treeCount,
    grown: state.trees,
    runTrees: options.runTrees,
    onTrees: async (added, all) => {
      state.trees = all.slice();
      await onTrees(added);
      await save(run);
    },
    ...(options.signal && { signal: options.signal }),
  });
}

async function save({ options, state }: Run): Promise<void> {
  await options.checkpoint?.save(encodeCheckpoint(state));
}

function report(
  { options, training, state, treeCount, treesTotal }: Run,
  message: string,
  metrics?: LiveMetrics,
): void {
  const treesDone = state.foldsDone * treeCount + state.trees.length;
  const fraction = FEATURES_SHARE + (TREES_END - FEATURES_SHARE) * (treesDone / treesTotal);
  const phase = state.foldsDone < training.assignment.folds ? "validation" : "forest";
  options.onProgress?.({ fraction, phase, message, treesDone, treesTotal, ...(metrics && { metrics }) });
}
