import { createFeatureExtractor, type FeatureExtractor } from "../features/createFeatureExtractor.ts";
import { extractExamples } from "../features/extractExamples.ts";
import type { FeatureConfig } from "../features/featureGroup.ts";
import { commonField, fieldOf, recordingAs } from "../features/totalField.ts";
import type { Hyperparameters } from "../hyperparameters.ts";
import { crc32 } from "../model/crc32.ts";
import type { TrainingProgress, TrainingSource } from "../types.ts";
import { assignFolds, type FoldAssignment } from "../validation/assignFolds.ts";
import { chooseWindowing, type Windowing } from "../windows/chooseWindowing.ts";
import { type Example, planWindowsInTurns, type WindowPlan } from "../windows/planWindows.ts";
import type { WorkBudget } from "../workBudget.ts";
import { type EventSteps, prepareEventSteps } from "./eventSteps.ts";

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

export interface PrepareOptions {
  sources: readonly TrainingSource[];
  hyperparameters: Hyperparameters;
  onProgress?: (progress: TrainingProgress) => void;
  work: WorkBudget;
  signal?: AbortSignal;
}

/** Share of the progress bar for what comes before the trees. */
export const FEATURES_SHARE = 0.1;

/**
 * Lays windows, computes their features and shares them out over folds.
 *
 * @throws {RangeError} No labels, or nothing to learn from; the message says what to do.
 */
export async function prepareTraining(options: PrepareOptions): Promise<PreparedTraining> {
  const { hyperparameters, onProgress, work, signal } = options;
  const { unit, level, attitude } = hyperparameters;
  const say = (fraction: number, phase: TrainingProgress["phase"], message: string) =>
    onProgress?.({ fraction, phase, message, treesDone: 0, treesTotal: 0 });

  const field = commonField(options.sources.map(({ recording }) => recording));
  const sources = options.sources.map(
    ({ recording, labels }): TrainingSource => ({ recording: recordingAs(recording, field), labels }),
  );
  if (sources.every(({ labels }) => labels.length === 0))
    throw new RangeError("there are no labels to learn from");
  const windowing = chooseWindowing(sources, hyperparameters);
  const plan = await planWindowsInTurns(sources, windowing, { parameters: hyperparameters, work });
  const noun = unit === "window" ? `windows of ${windowing.lengthRows} rows` : "labelled intervals";
  say(0, "windows", `${plan.examples.length} ${noun} in ${plan.classes.length} classes.`);

  const config: FeatureConfig = {
    unit,
    level,
    attitude,
    ...(field === "scalar" && { field }),
    rateHz: windowing.rateHz,
  };
  const extractor = createFeatureExtractor(config);
  const { matrix, examples, lost } = await extractExamples({
    sources,
    examples: plan.examples,
    unit,
    windowing,
    extractor,
    onExamples: (done) =>
      say((FEATURES_SHARE / 2) * (done / plan.examples.length), "features", `Features of ${done} examples.`),
    work,
    ...(signal && { signal }),
  });
  if (examples.length === 0)
    throw new RangeError("every labelled window lies in a gap: there are no readings in it");

  const warnings = [...plan.warnings];
  // Less than 100 ms for as many examples as there can be, if it has a turn of its own.
  await work.yield();
  if (options.sources.some(({ recording }) => fieldOf(recording) !== field)) {
    warnings.push(
      "Some of the datasets have the total field b alone: of the others, only b was learned from.",
    );
  }
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
      work,
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

/** Equal for equal trainings: everything that trees and folds follow from. */
export function fingerprintOf(training: PreparedTraining, programVersion: string): string {
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
