import type { ClassName, TrainingMetrics, Tree, ValidationMetrics } from "../types.ts";
import { scoreProbabilities } from "../validation/scoreProbabilities.ts";
import { unlabelledRanges } from "../windows/unlabelledRanges.ts";
import type { WorkBudget } from "../workBudget.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { scoreEventSteps } from "./eventSteps.ts";
import type { PreparedTraining } from "./prepareTraining.ts";

/** Under so many held-back examples or labels a score is hardly more than chance. */
const FEW_EXAMPLES = 30;
const FEW_GROUPS = 10;
const MUCH_UNLABELLED = 0.2;

/** Puts scores, counts and warnings together. Everything in it is finite, so that it survives JSON. */
export async function summarizeTraining(
  training: PreparedTraining,
  state: Checkpoint,
  trees: readonly Tree[],
  work: WorkBudget,
): Promise<TrainingMetrics> {
  const { plan, examples, hyperparameters, windowing, assignment, extractor } = training;
  const names = namesOf(plan.classes);
  const validation = await validate(training, state, work);
  const warnings = [...training.warnings, ...assignment.warnings, ...generalWarnings(training, validation)];
  const count = (c: number) => examples.reduce((sum, example) => sum + (example.class === c ? 1 : 0), 0);
  const labels = (c: number) =>
    plan.groups.reduce((sum, group) => sum + (group.class === c && group.label !== null ? 1 : 0), 0);
  return {
    algorithm: "random_forest",
    unit: hyperparameters.unit,
    classes: names,
    examples: examples.length,
    examples_per_class: Object.fromEntries(names.map((name, c) => [name, count(c)])),
    labels_per_class: Object.fromEntries(
      names.flatMap((name, c) => (plan.classes[c] === null ? [] : [[name, labels(c)]])),
    ),
    window_length: windowing.lengthRows,
    window_seconds: windowing.rateHz === null ? null : windowing.lengthRows / windowing.rateHz,
    stride: windowing.strideRows,
    validation,
    accuracy: validation?.accuracy ?? null,
    balanced_accuracy: validation?.balanced_accuracy ?? null,
    log_loss: validation?.log_loss ?? null,
    event_f1: validation?.events?.f1 ?? null,
    feature_importances: importancesOf(trees, extractor.names),
    warnings,
  };
}

async function validate(
  training: PreparedTraining,
  state: Checkpoint,
  work: WorkBudget,
): Promise<ValidationMetrics | null> {
  const { plan, labels, examples, assignment, steps, hyperparameters } = training;
  const classes = plan.classes.length;
  const names = namesOf(plan.classes);
  const known = examples.flatMap((_, i) => (Number.isNaN(state.outOfFold[i * classes]!) ? [] : [i]));
  const scored = new Set(known.map((i) => labels[i]!));
  if (scored.size < 2) return null;
  const probabilities = new Float64Array(known.length * classes);
  for (const [k, i] of known.entries()) {
    probabilities.set(state.outOfFold.subarray(i * classes, (i + 1) * classes), k * classes);
  }
  const scores = scoreProbabilities(
    probabilities,
    known.map((i) => labels[i]!),
    classes,
  );
  return {
    method: "group_k_fold",
    folds: assignment.folds,
    n: scores.n,
    groups: new Set(known.map((i) => examples[i]!.group)).size,
    accuracy: scores.accuracy,
    balanced_accuracy: scores.balancedAccuracy,
    log_loss: scores.logLoss,
    per_class: scores.perClass.flatMap((score, c) =>
      scored.has(c) ? [{ category: names[c]!, ...score }] : [],
    ),
    confusion_matrix: scores.confusion,
    calibration: scores.calibration,
    events:
      steps === null
        ? null
        : await scoreEventSteps(steps, state.steps, {
            ...training,
            smoothing: hyperparameters.smoothing,
            work,
          }),
  };
}

function generalWarnings(training: PreparedTraining, validation: ValidationMetrics | null): string[] {
  const { plan, lost, hyperparameters, sources } = training;
  const warnings: string[] = [];
  if (lost > 0)
    warnings.push(`${lost} examples lie in gaps with over half of their rows missing and were left out.`);
  if (plan.classes.length === 1) {
    const [name] = namesOf(plan.classes);
    warnings.push(
      `"${name}" is all there is to learn: the model answers it everywhere, and a score would mean nothing.`,
    );
  } else if (validation === null) {
    warnings.push(
      "There are too few labels to hold some back for a test. Any score would mean nothing, so none is given: " +
        "label more stretches, in different places, to learn how good the model is.",
    );
  } else if (validation.n < FEW_EXAMPLES || validation.groups < FEW_GROUPS) {
    warnings.push(
      `The scores rest on ${validation.n} examples from ${validation.groups} stretches and mean next to nothing.`,
    );
  }
  if (hyperparameters.unit === "window" && plan.classes.length > 1 && !plan.classes.includes(null)) {
    const rows = sources.reduce(
      (sum, { recording }) => sum + recording.tracks.reduce((s, t) => s + rowsOf(t), 0),
      0,
    );
    const unlabelled = sources.reduce(
      (sum, { recording, labels }) =>
        sum +
        recording.tracks.reduce(
          (s, t) => s + unlabelledRanges(t, labels).reduce((n, r) => n + r[1] - r[0] + 1, 0),
          0,
        ),
      0,
    );
    if (unlabelled > MUCH_UNLABELLED * rows) {
      const share = Math.round((100 * unlabelled) / rows);
      warnings.push(
        `${share} % of the rows have no label, but the model knows no background: it will call every row one of its ` +
          'categories. Set "background" to true, or label the rest.',
      );
    }
  }
  return warnings;
}

function rowsOf({ startIndex, endIndex }: { startIndex: number; endIndex: number }): number {
  return endIndex - startIndex + 1;
}

/** Each tree's impurity decreases as shares, averaged over the trees that split at all. Source: Breiman (2001), §10. */
function importancesOf(
  trees: readonly Tree[],
  names: readonly string[],
): TrainingMetrics["feature_importances"] {
  const sums = new Float64Array(names.length);
  let splitting = 0;
  for (const { importances } of trees) {
    const total = importances.reduce((sum, value) => sum + value, 0);
    if (!(total > 0)) continue;
    splitting++;
    for (let f = 0; f < sums.length; f++) sums[f]! += importances[f]! / total;
  }
  if (splitting === 0) return [];
  return names
    .map((feature, f) => ({ feature, importance: sums[f]! / splitting }))
    .sort((a, b) => b.importance - a.importance || (a.feature < b.feature ? -1 : 1));
}

/** Names of the classes wherever the background needs one too: "background", unless a category is called that. */
function namesOf(classes: readonly ClassName[]): string[] {
  const background = classes.includes("background") ? "unlabelled background" : "background";
  return classes.map((name) => name ?? background);
}
