import { createFeatureExtractor } from "../features/createFeatureExtractor.ts";
import { extractWindows } from "../features/extractWindows.ts";
import { recordingAs } from "../features/totalField.ts";
import { type ClassifyRows, classifyHere } from "../forest/predictInStretches.ts";
import { bestClass } from "../intervals/bestClass.ts";
import { createClassDecoder, type DecodedSteps } from "../intervals/createClassDecoder.ts";
import { createIntervalMerger } from "../intervals/createIntervalMerger.ts";
import { type SlidingWindows, slidingWindows } from "../intervals/slidingWindows.ts";
import type { ForestModel } from "../model/forestModel.ts";
import type { PredictedInterval, Recording, Track } from "../types.ts";
import { windowingFor } from "../windows/chooseWindowing.ts";
import { createWorkBudget, type WorkBudget, type YieldToEventLoop } from "../workBudget.ts";
import { createUncertainWindows, type UncertainWindows } from "./createUncertainWindows.ts";
import type { WindowSummary } from "./windowSummary.ts";

export interface PredictIntervalsOptions {
  recording: Recording;
  model: ForestModel;
  /** 0…1, never decreasing. */
  onProgress?: (fraction: number) => void;
  /** Given every step in order, in pieces, for those who want more than intervals. */
  onWindows?: (windows: readonly WindowSummary[]) => void | Promise<void>;
  /** Least certain windows to return; 50 by default. */
  uncertain?: number;
  /** Called about every 25 ms of computing, so that others have their turn. */
  yieldToEventLoop?: YieldToEventLoop;
  /** What the model makes of windows; on this thread by default. */
  classify?: ClassifyRows;
  signal?: AbortSignal;
}

export interface Prediction {
  /** In the order of tracks and rows; they do not overlap. */
  intervals: PredictedInterval[];
  /** The least certain windows, at most one a window's length, the least certain first. */
  uncertain: WindowSummary[];
  windows: number;
  /** Windows without an answer: over half of their rows are missing. */
  windowsInGaps: number;
}

/** Windows predicted at once. */
const BATCH = 4096;

/**
 * Slides a model's windows over a recording and joins what it finds into intervals. Memory: one batch of windows and
 * one piece of the recording, besides the intervals. What comes out does not depend on the pieces.
 */
export async function predictIntervals(options: PredictIntervalsOptions): Promise<Prediction> {
  const { model, onProgress, signal } = options;
  const recording = recordingAs(options.recording, model.features.field ?? "vector");
  const work = createWorkBudget(options.yieldToEventLoop);
  const classify = options.classify ?? classifyHere(options.yieldToEventLoop);
  const uncertain = createUncertainWindows(options.uncertain ?? 50);
  const spans = recording.tracks.map((track) => ({ track, windows: slidingWindows(track, model.windowing) }));
  const total = spans.reduce((sum, { windows }) => sum + windows.count, 0);
  const intervals: PredictedInterval[] = [];
  let done = 0;
  let inGaps = 0;

  for (const { track, windows } of spans) {
    const classes = model.classes.length;
    const decoder = createClassDecoder(classes, model.smoothing, windowingFor(track, model.windowing));
    const merger = createIntervalMerger(model.classes, windows.length);
    let merged = 0;
    const merge = (steps: DecodedSteps) => {
      for (const [k, best] of steps.classes.entries()) {
        const { startRow, endRow } = windows.stepOf(merged++);
        merger.push(startRow, endRow, best, steps.probabilities, k * classes);
      }
    };
    for await (const { probabilities, first } of predictedSteps(
      recording,
      track,
      windows,
      model,
      { work, classify },
      signal,
    )) {
      merge(decoder.push(probabilities));
      const summaries = summarize(probabilities, first, windows, model, uncertain);
      inGaps += probabilities.length / classes - summaries.length;
      await options.onWindows?.(summaries);
      done += probabilities.length / classes;
      onProgress?.(done / total);
    }
    merge(decoder.finish());
    intervals.push(...merger.finish());
  }
  return { intervals, uncertain: uncertain.finish(), windows: total, windowsInGaps: inGaps };
}

/** What the model makes of each window by itself, but those in gaps. */
function summarize(
  probabilities: Float64Array,
  first: number,
  windows: SlidingWindows,
  model: ForestModel,
  uncertain: UncertainWindows,
): WindowSummary[] {
  const classes = model.classes.length;
  const summaries: WindowSummary[] = [];
  for (let k = 0; k * classes < probabilities.length; k++) {
    const { best, margin } = bestClass(probabilities, k * classes, classes);
    if (best < 0) continue;
    const { startRow, endRow } = windows.stepOf(first + k);
    const confidence = probabilities[k * classes + best]!;
    const summary = {
      startIndex: startRow,
      endIndex: endRow,
      category: model.classes[best]!,
      confidence,
      margin,
    };
    summaries.push(summary);
    uncertain.offer(summary, windows.startOf(first + k), windows.length);
  }
  return summaries;
}

/** Class probabilities of successive windows, in pieces; NaN in gaps. */
async function* predictedSteps(
  recording: Recording,
  track: Track,
  windows: SlidingWindows,
  model: ForestModel,
  { work, classify }: { work: WorkBudget; classify: ClassifyRows },
  signal: AbortSignal | undefined,
): AsyncGenerator<{ probabilities: Float64Array; first: number }> {
  const classes = model.classes.length;
  const extractor = createFeatureExtractor(model.features);
  const features = extractor.names.length;
  for (let first = 0; first < windows.count; first += BATCH) {
    const count = Math.min(BATCH, windows.count - first);
    const starts = Float64Array.from({ length: count }, (_, k) => windows.startOf(first + k));
    const out = new Float32Array(count * features);
    const usable = new Uint8Array(count);
    await extractWindows({
      recording,
      track,
      windowing: model.windowing,
      extractor,
      starts,
      out,
      at: 0,
      usable,
      work,
      ...(signal && { signal }),
    });
    const probabilities = await classify(model.trees, out, features, classes, count);
    for (let k = 0; k < count; k++) {
      if (usable[k] === 0) probabilities.fill(Number.NaN, k * classes, (k + 1) * classes);
    }
    yield { probabilities, first };
  }
}
