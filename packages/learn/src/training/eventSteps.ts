import type { FeatureExtractor } from "../features/createFeatureExtractor.ts";
import { extractWindows } from "../features/extractWindows.ts";
import { createClassDecoder, type DecodedSteps } from "../intervals/createClassDecoder.ts";
import { createIntervalMerger } from "../intervals/createIntervalMerger.ts";
import { scoreEvents } from "../intervals/scoreEvents.ts";
import { slidingWindows } from "../intervals/slidingWindows.ts";
import type { EventScore, PredictedInterval, TrainingSource } from "../types.ts";
import type { FoldAssignment } from "../validation/assignFolds.ts";
import { type Windowing, windowingFor } from "../windows/chooseWindowing.ts";
import { createCoverage } from "../windows/coverage.ts";
import type { Example, WindowPlan } from "../windows/planWindows.ts";
import type { WorkBudget } from "../workBudget.ts";

/** Steps over all recordings up to which events are scored; more would take longer than the training itself. */
const MOST_STEPS = 100_000;

/** Steps decoded at once, and the time of each. */
const STEPS_A_PIECE = 4096;
const STEP_NS = 3000;

/** Windows slid over the training recordings, each to be predicted by a forest that has not seen its place. */
export interface EventSteps {
  count: number;
  matrix: Float32Array;
  /** Fold whose forest predicts the step, −1 for none, shape (steps). */
  foldOf: Int8Array;
  spans: { source: number; track: number; first: number; count: number }[];
}

export interface EventStepOptions {
  sources: readonly TrainingSource[];
  plan: WindowPlan;
  /** Examples that have features, in the order source, track, start, and their folds. */
  examples: readonly Example[];
  assignment: FoldAssignment;
  windowing: Windowing;
  extractor: FeatureExtractor;
  work: WorkBudget;
  signal?: AbortSignal;
}

/**
 * Lays out the steps that events are scored on. Null when there are too many. A step inside a label belongs to the
 * label's fold; one outside to the fold of the nearest background example.
 */
export async function prepareEventSteps(options: EventStepOptions): Promise<EventSteps | null> {
  const { sources, plan, examples, assignment, windowing, extractor, work, signal } = options;
  const spans: EventSteps["spans"] = [];
  let count = 0;
  for (const [source, { recording }] of sources.entries()) {
    for (const [t, track] of recording.tracks.entries()) {
      const windows = slidingWindows(track, windowing);
      spans.push({ source, track: t, first: count, count: windows.count });
      count += windows.count;
    }
  }
  if (count > MOST_STEPS) return null;

  const foldOf = new Int8Array(count).fill(-1);
  const matrix = new Float32Array(count * extractor.names.length);
  const usable = new Uint8Array(count);
  for (const span of spans) {
    const { recording, labels } = sources[span.source]!;
    const track = recording.tracks[span.track]!;
    const windows = slidingWindows(track, windowing);
    const coverage = createCoverage(labels);
    const groupOfLabel = new Map(
      plan.groups.flatMap((group, g) =>
        group.source === span.source && group.label !== null ? [[group.label, g] as const] : [],
      ),
    );
    const background = examples.flatMap((example, i) => {
      const isHere = example.source === span.source && example.track === span.track;
      return isHere && plan.classes[example.class] === null ? [{ start: example.start, index: i }] : [];
    });
    let nearest = 0;
    for (let window = 0; window < windows.count; window++) {
      const start = windows.startOf(window);
      const middle = start + (windows.length >> 1);
      const cover = coverage.at(middle, middle);
      if (cover !== null)
        foldOf[span.first + window] = assignment.foldOfGroup[groupOfLabel.get(cover.label)!]!;
      else if (background.length > 0) {
        const distance = (k: number) => Math.abs(background[k]!.start - start);
        while (nearest + 1 < background.length && distance(nearest + 1) <= distance(nearest)) nearest++;
        foldOf[span.first + window] = assignment.foldOf[background[nearest]!.index]!;
      }
    }
    const starts = Float64Array.from({ length: windows.count }, (_, window) => windows.startOf(window));
    await extractWindows({
      recording,
      track,
      windowing,
      extractor,
      starts,
      out: matrix,
      at: span.first,
      usable,
      work,
      ...(signal && { signal }),
    });
  }
  for (let step = 0; step < count; step++) if (usable[step] === 0) foldOf[step] = -1;
  return { count, matrix, foldOf, spans };
}

/**
 * Scores intervals made from out-of-fold steps against the labels that were held back.
 *
 * @param probabilities Shape (steps, classes), NaN where no forest may answer. Null when no label was held back.
 */
export async function scoreEventSteps(
  steps: EventSteps,
  probabilities: Float64Array,
  options: Pick<EventStepOptions, "sources" | "plan" | "assignment" | "windowing" | "work"> & {
    smoothing: number;
  },
): Promise<EventScore | null> {
  const { sources, plan, assignment, windowing, smoothing, work } = options;
  const classes = plan.classes.length;
  const predicted: PredictedInterval[] = [];
  // Recordings are put one after the other, so that intervals of one never match labels of another.
  const offsets: number[] = [];
  let next = 0;
  for (const { recording } of sources) {
    offsets.push(next);
    next += Math.max(...recording.tracks.map((track) => track.endIndex)) + 1;
  }
  for (const span of steps.spans) {
    const track = sources[span.source]!.recording.tracks[span.track]!;
    const windows = slidingWindows(track, windowing);
    const own = windowingFor(track, windowing);
    const part = probabilities.subarray(span.first * classes, (span.first + span.count) * classes);
    const decoder = createClassDecoder(classes, smoothing, own);
    const settled = new Int16Array(span.count);
    let kept = 0;
    const keep = ({ classes: found }: DecodedSteps) => {
      settled.set(found, kept);
      kept += found.length;
    };
    for (let at = 0; at < part.length; at += STEPS_A_PIECE * classes) {
      if (work.spend(STEPS_A_PIECE * STEP_NS)) await work.yield();
      keep(decoder.push(part.subarray(at, at + STEPS_A_PIECE * classes)));
    }
    keep(decoder.finish());
    const merger = createIntervalMerger(plan.classes, own.lengthRows);
    for (let window = 0; window < windows.count; window++) {
      const { startRow, endRow } = windows.stepOf(window);
      merger.push(startRow, endRow, settled[window]!, part, window * classes);
    }
    const offset = offsets[span.source]!;
    for (const interval of merger.finish()) {
      const { startIndex, endIndex } = interval;
      predicted.push({ ...interval, startIndex: startIndex + offset, endIndex: endIndex + offset });
    }
  }
  const truth = plan.groups.flatMap((group, g) => {
    if (group.label === null || assignment.foldOfGroup[g]! < 0) return [];
    const { startIndex, endIndex, category } = sources[group.source]!.labels[group.label]!;
    const offset = offsets[group.source]!;
    return [{ startIndex: startIndex + offset, endIndex: endIndex + offset, category }];
  });
  return truth.length === 0 ? null : scoreEvents(predicted, truth, 0.5);
}
