import { createFeatureExtractor } from "../features/createFeatureExtractor.ts";
import { extractWindows } from "../features/extractWindows.ts";
import { predictProbabilities } from "../forest/predictProbabilities.ts";
import { bestClass, createIntervalMerger } from "../intervals/createIntervalMerger.ts";
import { type SlidingWindows, slidingWindows } from "../intervals/slidingWindows.ts";
import { smoothingReach, smoothProbabilities } from "../intervals/smoothProbabilities.ts";
import type { ForestModel } from "../model/forestModel.ts";
import type { ClassName, PredictedInterval, Recording, RowRange, Track } from "../types.ts";
import { windowingFor } from "../windows/chooseWindowing.ts";
import { createUncertainWindows } from "./createUncertainWindows.ts";

/** What a model makes of a few rows. */
export interface WindowSummary extends RowRange {
  /** Most probable class; null is the background. */
  category: ClassName;
  /** Its probability, 0…1. */
  confidence: number;
  /** Its distance to the runner-up's, 0…1. */
  margin: number;
}

export interface PredictIntervalsOptions {
  recording: Recording;
  model: ForestModel;
  /** 0…1, never decreasing. */
  onProgress?: (fraction: number) => void;
  /** Given every step in order, in pieces, for those who want more than intervals. */
  onWindows?: (windows: readonly WindowSummary[]) => void | Promise<void>;
  /** Least certain windows to return; 50 by default. */
  uncertain?: number;
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
  const { recording, model, onProgress, signal } = options;
  const uncertain = createUncertainWindows(options.uncertain ?? 50);
  const spans = recording.tracks.map((track) => ({ track, windows: slidingWindows(track, model.windowing) }));
  const total = spans.reduce((sum, { windows }) => sum + windows.count, 0);
  const intervals: PredictedInterval[] = [];
  let done = 0;
  let inGaps = 0;

  for (const { track, windows } of spans) {
    const merger = createIntervalMerger(model.classes, windows.length);
    for await (const { probabilities, first } of smoothedSteps(recording, track, windows, model, signal)) {
      const classes = model.classes.length;
      const summaries: WindowSummary[] = [];
      for (let k = 0; k * classes < probabilities.length; k++) {
        const { startRow, endRow } = windows.stepOf(first + k);
        merger.push(startRow, endRow, probabilities, k * classes);
        const { best, margin } = bestClass(probabilities, k * classes, classes);
        if (best < 0) {
          inGaps++;
          continue;
        }
        const confidence = probabilities[k * classes + best]!;
        const category = model.classes[best]!;
        summaries.push({ startIndex: startRow, endIndex: endRow, category, confidence, margin });
        uncertain.offer(summaries.at(-1)!, windows.startOf(first + k), windows.length);
      }
      await options.onWindows?.(summaries);
      done += probabilities.length / classes;
      onProgress?.(done / total);
    }
    intervals.push(...merger.finish());
  }
  return { intervals, uncertain: uncertain.finish(), windows: total, windowsInGaps: inGaps };
}

/** Probabilities of successive steps, smoothed over neighbours, in pieces; NaN in gaps. */
async function* smoothedSteps(
  recording: Recording,
  track: Track,
  windows: SlidingWindows,
  model: ForestModel,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ probabilities: Float64Array; first: number }> {
  const classes = model.classes.length;
  const extractor = createFeatureExtractor(model.features);
  const features = extractor.names.length;
  const reach = smoothingReach(model.smoothing, windowingFor(track, model.windowing));
  let raw = new Float64Array(0);
  let rawFirst = 0;
  let emitted = 0;
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
      ...(signal && { signal }),
    });
    const fresh = predictProbabilities(model.trees, out, features, classes, count);
    for (let k = 0; k < count; k++) {
      if (usable[k] === 0) fresh.fill(Number.NaN, k * classes, (k + 1) * classes);
    }
    raw = concatenated(raw, fresh);
    const end = first + count;
    const until = end === windows.count ? end : Math.max(emitted, end - reach);
    if (until === emitted) continue;
    const smoothed = smoothProbabilities(raw, classes, reach);
    const from = (emitted - rawFirst) * classes;
    yield { probabilities: smoothed.slice(from, (until - rawFirst) * classes), first: emitted };
    emitted = until;
    const keepFrom = Math.max(rawFirst, until - reach);
    raw = raw.slice((keepFrom - rawFirst) * classes);
    rawFirst = keepFrom;
  }
}

function concatenated(a: Float64Array, b: Float64Array): Float64Array<ArrayBuffer> {
  const both = new Float64Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
