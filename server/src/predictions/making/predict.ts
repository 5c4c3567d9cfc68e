import { setImmediate as yieldToEventLoop } from "node:timers/promises";
import {
  createFeatureExtractor,
  decodeModel,
  type ForestModel,
  predictGivenIntervals,
  predictIntervals,
  type Recording,
} from "@magtrace/learn";
import type { PredictionOutcome } from "../queries.ts";
import type { FoundInterval, RowInterval } from "../types.ts";
import { createForestPool } from "./forestPool.ts";

/** Kept of each search, for suggestions: as many as anybody asks for, and as many again that labels may cover. */
const MOST_UNCERTAIN = 2_000;
/** Sampling rates further apart than this make what the model has learned doubtful. */
const MOST_RATE_RATIO = 1.5;

/** A search of fewer rows is done before threads are ready. */
const FEWEST_ROWS_FOR_THREADS = 200_000;

export interface PredictOptions {
  readonly recording: Recording;
  readonly modelBytes: Uint8Array;
  /** Rows to classify; null searches the whole recording. */
  readonly given: readonly RowInterval[] | null;
  /** Ids of the categories the model was trained on, by name. */
  readonly categories: Readonly<Record<string, number>>;
  readonly onProgress: (fraction: number) => void;
  /** That compute; one per processor by default. */
  readonly threads?: number | undefined;
  readonly signal: AbortSignal;
}

/** Runs a model over a recording. @throws {RangeError} a model file that this program cannot use. */
export async function predict(options: PredictOptions): Promise<PredictionOutcome> {
  const { recording, given, categories, onProgress, signal } = options;
  const model = decodeModel(options.modelBytes);
  const found = (one: Answer): FoundInterval => ({
    start_index: one.startIndex,
    end_index: one.endIndex,
    category: one.category,
    categoryId: one.category === null ? null : (categories[one.category] ?? null),
    confidence: one.confidence,
  });
  const warnings = rateWarnings(recording, model);
  if (given) {
    const answers = await predictGivenIntervals({
      yieldToEventLoop,
      recording,
      model,
      intervals: given.map(({ start_index, end_index }) => ({
        startIndex: start_index,
        endIndex: end_index,
      })),
      onProgress,
      signal,
    });
    return { intervals: answers.map(found), uncertain: [], warnings };
  }
  const features = createFeatureExtractor(model.features).names.length;
  const forest = { trees: model.trees, features, classes: model.classes.length };
  const rows = recording.tracks.reduce((sum, { startIndex, endIndex }) => sum + endIndex - startIndex + 1, 0);
  const pool = createForestPool(forest, rows < FEWEST_ROWS_FOR_THREADS ? 1 : options.threads);
  const search = await predictIntervals({
    yieldToEventLoop,
    recording,
    model,
    classify: pool.classify,
    onProgress,
    signal,
    uncertain: MOST_UNCERTAIN,
  }).finally(() => pool.close());
  if (search.windowsInGaps > 0) {
    warnings.push(
      `${search.windowsInGaps} of ${search.windows} windows have over half of their readings missing and were not judged.`,
    );
  }
  return {
    intervals: search.intervals.map(found),
    uncertain: search.uncertain.flatMap(({ startIndex, endIndex, category, confidence, margin }) =>
      category === null
        ? []
        : [{ start_index: startIndex, end_index: endIndex, category, confidence, margin }],
    ),
    warnings,
  };
}

interface Answer {
  readonly startIndex: number;
  readonly endIndex: number;
  readonly category: string | null;
  readonly confidence: number;
}

function rateWarnings({ tracks }: Recording, { windowing }: ForestModel): string[] {
  const trainedHz = windowing.rateHz;
  if (trainedHz === null) return [];
  const rates = tracks.map(({ sampleRateHz }) => sampleRateHz);
  if (rates.includes(null)) {
    return ["The times of this dataset give no sampling rate; it was taken to be that of the training data."];
  }
  const worst = rates
    .map((rate) => rate!)
    .reduce((a, b) => (ratio(b, trainedHz) > ratio(a, trainedHz) ? b : a), trainedHz);
  if (ratio(worst, trainedHz) <= MOST_RATE_RATIO) return [];
  return [
    `This dataset has ${rounded(worst)} readings a second, the training data had ${rounded(trainedHz)}: what the model ` +
      "has learned may not hold here.",
  ];
}

function ratio(a: number, b: number): number {
  return Math.max(a, b) / Math.min(a, b);
}

function rounded(rate: number): string {
  return String(Number(rate.toPrecision(3)));
}
