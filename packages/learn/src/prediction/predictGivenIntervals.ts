import { createFeatureExtractor } from "../features/createFeatureExtractor.ts";
import { extractWindows, WINDOW_NS, WINDOW_ROW_NS } from "../features/extractWindows.ts";
import { MOST_ROWS, readInterval } from "../features/readInterval.ts";
import { recordingAs } from "../features/totalField.ts";
import { predictInStretches } from "../forest/predictInStretches.ts";
import { bestClass } from "../intervals/bestClass.ts";
import type { ForestModel } from "../model/forestModel.ts";
import type { Recording, RowRange, Track } from "../types.ts";
import { windowingFor } from "../windows/chooseWindowing.ts";
import { createWorkBudget, type YieldToEventLoop } from "../workBudget.ts";
import type { WindowSummary } from "./windowSummary.ts";

export interface PredictGivenIntervalsOptions {
  recording: Recording;
  model: ForestModel;
  intervals: readonly RowRange[];
  onProgress?: (fraction: number) => void;
  /** Called about every 25 ms of computing, so that others have their turn. */
  yieldToEventLoop?: YieldToEventLoop;
  signal?: AbortSignal;
}

/** Windows that answer for one interval; more are thinned evenly. */
const MOST_WINDOWS = 256;

/**
 * Says for each of the given intervals what it is, in their order. A model of whole annotations looks at the interval
 * as one; a model of windows takes the mean over the windows inside it, or the one window centred on an interval that
 * is shorter. Where over half of the readings are missing, the category is null and the confidence 0.
 *
 * @throws {RangeError} An interval that begins outside every track, or ends before it begins.
 */
export async function predictGivenIntervals(options: PredictGivenIntervalsOptions): Promise<WindowSummary[]> {
  const { model, intervals, onProgress, signal } = options;
  const recording = recordingAs(options.recording, model.features.field ?? "vector");
  const work = createWorkBudget(options.yieldToEventLoop);
  const classes = model.classes.length;
  const extractor = createFeatureExtractor(model.features);
  const answers: WindowSummary[] = [];
  for (const [i, { startIndex, endIndex }] of intervals.entries()) {
    signal?.throwIfAborted();
    const track = recording.tracks.find((one) => startIndex >= one.startIndex && startIndex <= one.endIndex);
    if (track === undefined || !(endIndex >= startIndex && endIndex <= track.endIndex)) {
      throw new RangeError(`rows ${startIndex}…${endIndex} do not lie in one track of the recording`);
    }
    const probabilities =
      model.features.unit === "annotation"
        ? await wholeInterval(startIndex, endIndex, track)
        : await windowsInside(startIndex, endIndex, track);
    const { best, margin } = bestClass(probabilities, 0, classes);
    const category = best < 0 ? null : model.classes[best]!;
    const confidence = best < 0 ? 0 : probabilities[best]!;
    answers.push({ startIndex, endIndex, category, confidence, margin });
    onProgress?.((i + 1) / intervals.length);
  }
  return answers;

  async function wholeInterval(startIndex: number, endIndex: number, track: Track): Promise<Float64Array> {
    if (work.spend(WINDOW_NS + WINDOW_ROW_NS * Math.min(endIndex - startIndex + 1, MOST_ROWS)))
      await work.yield();
    const { readings, rows, factor } = await readInterval(recording, startIndex, endIndex);
    const rateHz = track.sampleRateHz === null ? null : track.sampleRateHz / factor;
    const out = new Float32Array(extractor.names.length);
    if (!extractor.extract(readings, 0, rows, rateHz, null, out, 0)) return unknown();
    return predictInStretches(model.trees, out, out.length, classes, 1, work);
  }

  async function windowsInside(startIndex: number, endIndex: number, track: Track): Promise<Float64Array> {
    const { lengthRows, stepRows } = windowingFor(track, model.windowing);
    const starts = startsInside(startIndex, endIndex, track, lengthRows, stepRows);
    const features = extractor.names.length;
    const out = new Float32Array(starts.length * features);
    const usable = new Uint8Array(starts.length);
    const { windowing } = model;
    await extractWindows({ recording, track, windowing, extractor, starts, out, at: 0, usable, work });
    const rows = starts.flatMap((_, k) => (usable[k] === 1 ? [k] : []));
    if (rows.length === 0) return unknown();
    const all = await predictInStretches(model.trees, out, features, classes, rows, work);
    const mean = new Float64Array(classes);
    for (let k = 0; k < rows.length; k++) {
      for (let c = 0; c < classes; c++) mean[c]! += all[k * classes + c]! / rows.length;
    }
    return mean;
  }

  function unknown(): Float64Array {
    return new Float64Array(classes).fill(Number.NaN);
  }
}

function startsInside(
  startIndex: number,
  endIndex: number,
  track: Track,
  length: number,
  stepRows: number,
): number[] {
  const room = endIndex - startIndex + 1 - length;
  if (room <= 0) {
    const centred = startIndex + Math.floor(room / 2);
    return [Math.max(track.startIndex, Math.min(centred, track.endIndex + 1 - length))];
  }
  const count = Math.min(MOST_WINDOWS, Math.floor(room / stepRows) + 1);
  return Array.from({ length: count }, (_, k) =>
    count === 1 ? startIndex + (room >> 1) : startIndex + Math.floor((k * room) / (count - 1)),
  );
}
