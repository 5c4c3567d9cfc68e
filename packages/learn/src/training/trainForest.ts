import { createFeatureExtractor, type FeatureExtractor } from "../features/createFeatureExtractor.ts";
import { extractExamples } from "../features/extractExamples.ts";
import type { FeatureConfig } from "../features/featureGroup.ts";
import { binFeatures } from "../forest/binFeatures.ts";
import { classWeights } from "../forest/classWeights.ts";
import { featuresPerSplit } from "../forest/featuresPerSplit.ts";
import { growForest } from "../forest/growForest.ts";
import { addLeaves, predictProbabilities } from "../forest/predictProbabilities.ts";
import { type Hyperparameters, hyperparametersToJson } from "../hyperparameters.ts";
import { bestClass } from "../intervals/bestClass.ts";
import { crc32 } from "../model/crc32.ts";
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
import { assignFolds, type FoldAssignment } from "../validation/assignFolds.ts";
import { purgedTrainingRows } from "../validation/purgedTrainingRows.ts";
import { chooseWindowing, type Windowing } from "../windows/chooseWindowing.ts";
import { type Example, planWindows, type WindowPlan } from "../windows/planWindows.ts";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "./checkpoint.ts";
import { type EventSteps, prepareEventSteps } from "./eventSteps.ts";
import { summarizeTraining } from "./summarizeTraining.ts";

export interface TrainForestOptions {
  sources: readonly TrainingSource[];
  hyperparameters: Hyperparameters;
  /** Written into the model file. */
  programVersion: string;
  runTrees: RunTrees;
  checkpoint?: CheckpointPort;
  onProgress?: (progress: TrainingProgress) => void;
  signal?: AbortSignal;
}

export interface TrainedForest {
  model: ForestModel;
  /** The model as a file. */
  bytes: Uint8Array;
  metrics: TrainingMetrics;
}

/** What a training knows before its first tree. */
export interface PreparedTraining {
  sources: readonly TrainingSource[];
  hyperparameters: Hyperparameters;
  config: FeatureConfig;
  windowing: Windowing;
  plan: WindowPlan;
  extractor: FeatureExtractor;
  matrix: Float32Array;
  examples: readonly Example[];
  /** Class of each example, shape (examples). */
  labels: Uint8Array;
  lost: number;
  assignment: FoldAssignment;
  /** Null when events are not scored. */
  steps: EventSteps | null;
  warnings: string[];
}

/** Share of the progress bar for what comes before the trees. */
const FEATURES_SHARE = 0.1;

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
  const { hyperparameters, programVersion, runTrees, checkpoint: port, signal } = options;
  const training = await prepare(options);
  const { plan, windowing, config, extractor, matrix, examples, labels, assignment, steps } = training;
  const classes = plan.classes.length;
  const features = extractor.names.length;
  // A single class needs no forest: one leaf says it all.
  const treeCount = classes === 1 ? 1 : hyperparameters.nTrees;
  const treesTotal = treeCount * (assignment.folds + 1);

  const fingerprint = fingerprintOf(training, programVersion);
  const shape = {
    fingerprint,
    folds: assignment.folds,
    features,
    classes,
    examples: examples.length,
    steps: steps?.count ?? 0,
  };
  const saved = port === undefined ? null : await port.load();
  const state: Checkpoint = (saved !== null ? decodeCheckpoint(saved, shape) : null) ?? {
    fingerprint,
    foldsDone: 0,
    outOfFold: new Float64Array(examples.length * classes).fill(Number.NaN),
    steps: new Float64Array((steps?.count ?? 0) * classes).fill(Number.NaN),
    trees: [],
  };
  const save = async () => port?.save(encodeCheckpoint(state));

  const report = (
    phase: TrainingProgress["phase"],
    trees: number,
    message: string,
    metrics?: LiveMetrics,
  ) => {
    const treesDone = state.foldsDone * treeCount + trees;
    const fraction = FEATURES_SHARE + (0.98 - FEATURES_SHARE) * (treesDone / treesTotal);
    options.onProgress?.({ fraction, phase, message, treesDone, treesTotal, ...(metrics && { metrics }) });
  };
  const grow = (rows: Uint32Array, forest: number, onTrees: (added: readonly Tree[]) => Promise<void>) => {
    const data = binFeatures({ matrix, features, labels, classes, rows, maxBins: hyperparameters.maxBins });
    return growForest({
      data,
      parameters: {
        seed: hyperparameters.seed,
        maxDepth: hyperparameters.maxDepth,
        minLeaf: hyperparameters.minLeaf,
        featuresPerSplit: featuresPerSplit(hyperparameters.maxFeatures, features),
        classWeights: classWeights(data.labels, classes, hyperparameters.classWeight),
      },
      firstIndex: forest * treeCount,
      count: treeCount,
      grown: state.trees,
      runTrees,
      onTrees: async (added, all) => {
        state.trees = all.slice();
        await onTrees(added);
        await save();
      },
      ...(signal && { signal }),
    });
  };

  if (state.foldsDone > 0 || state.trees.length > 0) {
    report("validation", state.trees.length, "Continuing from the last checkpoint.");
  }
  for (let fold = state.foldsDone; fold < assignment.folds; fold++) {
    const held = examples.flatMap((_, i) => (assignment.foldOf[i] === fold ? [i] : []));
    const rows = purgedTrainingRows(examples, assignment.foldOf, fold);
    if (rows.length > 0) {
      const sums = new Float64Array(held.length * classes);
      addLeaves(state.trees, matrix, features, classes, held, sums);
      const trees = await grow(rows, fold + 1, async (added) => {
        addLeaves(added, matrix, features, classes, held, sums);
        report(
          "validation",
          state.trees.length,
          `Fold ${fold + 1}: ${state.trees.length} of ${treeCount} trees.`,
          {
            fold: fold + 1,
            folds: assignment.folds,
            fold_accuracy: accuracyOf(sums, held, labels, classes),
            out_of_fold_accuracy: outOfFoldAccuracy(state.outOfFold, labels, classes),
          },
        );
      });
      for (const [k, i] of held.entries()) {
        for (let c = 0; c < classes; c++) {
          state.outOfFold[i * classes + c] = sums[k * classes + c]! / trees.length;
        }
      }
      if (steps !== null) predictSteps(steps, fold, trees, features, classes, state.steps);
    }
    state.foldsDone = fold + 1;
    state.trees = [];
    await save();
  }
  const all = Uint32Array.from(examples.keys());
  const trees = await grow(all, 0, async () => {
    report("forest", state.trees.length, `Final forest: ${state.trees.length} of ${treeCount} trees.`);
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
  const metrics = summarizeTraining(training, state, trees);
  options.onProgress?.({
    fraction: 1,
    phase: "finished",
    message: "Finished.",
    treesDone: treesTotal,
    treesTotal,
  });
  return { model, bytes: encodeModel(model), metrics };
}

async function prepare(options: TrainForestOptions): Promise<PreparedTraining> {
  const { sources, hyperparameters, onProgress, signal } = options;
  const { unit, level, attitude } = hyperparameters;
  const say = (fraction: number, phase: TrainingProgress["phase"], message: string) =>
    onProgress?.({ fraction, phase, message, treesDone: 0, treesTotal: 0 });

  if (sources.every(({ labels }) => labels.length === 0))
    throw new RangeError("there are no labels to learn from");
  const windowing = chooseWindowing(sources, hyperparameters);
  const plan = planWindows(sources, windowing, hyperparameters);
  const noun = unit === "window" ? `windows of ${windowing.lengthRows} rows` : "labelled intervals";
  say(0, "windows", `${plan.examples.length} ${noun} in ${plan.classes.length} classes.`);

  const config: FeatureConfig = { unit, level, attitude, rateHz: windowing.rateHz };
  const extractor = createFeatureExtractor(config);
  const { matrix, examples, lost } = await extractExamples({
    sources,
    examples: plan.examples,
    unit,
    windowing,
    extractor,
    onExamples: (done) =>
      say((FEATURES_SHARE / 2) * (done / plan.examples.length), "features", `Features of ${done} examples.`),
    ...(signal && { signal }),
  });
  if (examples.length === 0)
    throw new RangeError("every labelled window lies in a gap: there are no readings in it");

  const warnings = [...plan.warnings];
  const assignment = assignFolds(plan, examples, hyperparameters.folds, hyperparameters.seed);
  let steps: EventSteps | null = null;
  if (assignment.folds > 0 && plan.classes.includes(null)) {
    steps = await prepareEventSteps({
      sources,
      plan,
      examples,
      assignment,
      windowing,
      extractor,
      ...(signal && { signal }),
    });
    if (steps === null)
      warnings.push("The recordings are too long to score whole events in cross-validation.");
  }
  const labels = Uint8Array.from(examples, (example) => example.class);
  return {
    sources,
    hyperparameters,
    config,
    windowing,
    plan,
    extractor,
    matrix,
    examples,
    labels,
    lost,
    assignment,
    steps,
    warnings,
  };
}

function predictSteps(
  steps: EventSteps,
  fold: number,
  trees: readonly Tree[],
  features: number,
  classes: number,
  into: Float64Array,
): void {
  const rows = Uint32Array.from([...steps.foldOf.keys()].filter((step) => steps.foldOf[step] === fold));
  const probabilities = predictProbabilities(trees, steps.matrix, features, classes, rows);
  for (const [k, step] of rows.entries()) {
    into.set(probabilities.subarray(k * classes, (k + 1) * classes), step * classes);
  }
}

function accuracyOf(
  sums: Float64Array,
  rows: readonly number[],
  labels: Uint8Array,
  classes: number,
): number {
  let hits = 0;
  for (const [k, i] of rows.entries()) if (bestClass(sums, k * classes, classes).best === labels[i]) hits++;
  return hits / rows.length;
}

function outOfFoldAccuracy(outOfFold: Float64Array, labels: Uint8Array, classes: number): number | null {
  let hits = 0;
  let n = 0;
  for (let i = 0; i < labels.length; i++) {
    const { best } = bestClass(outOfFold, i * classes, classes);
    if (best < 0) continue;
    n++;
    if (best === labels[i]) hits++;
  }
  return n === 0 ? null : hits / n;
}

/** Equal for equal trainings: everything that trees and folds follow from. */
function fingerprintOf(training: PreparedTraining, programVersion: string): string {
  const { matrix, labels, assignment, steps, plan, windowing, hyperparameters, config } = training;
  const bytesOf = (array: Float32Array | Int8Array) =>
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  return JSON.stringify({
    programVersion,
    hyperparameters,
    config,
    windowing,
    classes: plan.classes,
    examples: labels.length,
    matrix: crc32(bytesOf(matrix)),
    labels: crc32(labels),
    folds: crc32(bytesOf(assignment.foldOf)),
    steps: steps === null ? null : crc32(bytesOf(steps.foldOf), crc32(bytesOf(steps.matrix))),
  });
}
