import { quantile } from "@magtrace/signal";
import type { Hyperparameters } from "../hyperparameters.ts";
import type { Track, TrainingSource } from "../types.ts";

/** How windows are laid on a recording. Rows are those of the model's sampling rate. */
export interface Windowing {
  lengthRows: number;
  /** From one window to the next in training. */
  strideRows: number;
  /** From one window to the next in prediction: finer, as an interval's ends can be no finer than this. */
  stepRows: number;
  /** Sampling rate of the training recordings, Hz; null when unknown. */
  rateHz: number | null;
  /** Reach of the near and the far surroundings to either side of a window. */
  nearRows: number;
  farRows: number;
  /** Rows in a block of the background estimate. */
  blockRows: number;
}

/** A steady state looks the same in any of its parts: longer windows than this only blur the ends. */
const LONGEST_DEFAULT_ROWS = 256;
const LONGEST_DEFAULT_SECONDS = 5;
const MOST_FAR_ROWS = 65_536;
/** Surroundings are held in memory; a track sampled far faster than the model's must not ask for all of it. */
const MOST_REACH_ROWS = 4_194_304;

/**
 * Chooses window length and stride from the labels, where the hyperparameters do not give them.
 *
 * The default length is that of the short labels (the 10 % quantile), so that an event of seconds beside states of
 * minutes still fills a window, but at most 5 s or 256 rows, whichever is longer, and a quarter of the longest
 * track. The default stride is a quarter of that: with half, short events gave too few views to learn their course
 * (event F1 on simulated surveys 0.97 against 0.98). The far surroundings reach one and a half of the long labels (90 %), so that a long event does not become
 * its own background. For unit "annotation" the length is the median label's.
 */
export function chooseWindowing(sources: readonly TrainingSource[], parameters: Hyperparameters): Windowing {
  const rateHz = referenceRate(sources);
  const lengths: number[] = [];
  let longestTrack = 1;
  for (const { recording, labels } of sources) {
    for (const track of recording.tracks) {
      const scale = rateScale(track, rateHz);
      longestTrack = Math.max(longestTrack, (track.endIndex - track.startIndex + 1) / scale);
      for (const label of labels) {
        if (label.startIndex < track.startIndex || label.startIndex > track.endIndex) continue;
        lengths.push((label.endIndex - label.startIndex + 1) / scale);
      }
    }
  }
  const lengthRows = Math.round(chooseLength(parameters, rateHz, lengths, longestTrack));
  const strideRows = parameters.stride ?? Math.max(1, Math.floor(lengthRows / 4));
  const stepRows = Math.max(1, Math.min(Math.round(lengthRows / 8), strideRows));
  if (parameters.unit === "annotation") {
    return { lengthRows, strideRows, stepRows, rateHz, nearRows: 0, farRows: 0, blockRows: lengthRows };
  }
  const longLabel = quantile(lengths, 0.9);
  const farRows = Math.round(Math.min(Math.max(8 * lengthRows, 1.5 * longLabel), MOST_FAR_ROWS));
  const blockRows = Math.max(4, Math.ceil(lengthRows / 2), Math.ceil(farRows / 64));
  return {
    lengthRows,
    strideRows,
    stepRows,
    rateHz,
    nearRows: 2 * lengthRows + blockRows,
    farRows,
    blockRows,
  };
}

function chooseLength(
  parameters: Hyperparameters,
  rateHz: number | null,
  lengths: number[],
  longestTrack: number,
): number {
  if (parameters.windowLength !== null) return parameters.windowLength;
  if (parameters.windowSeconds !== null) {
    if (rateHz === null) {
      throw new RangeError("window_seconds needs a recording with times; give window_length in rows instead");
    }
    return Math.max(2, parameters.windowSeconds * rateHz);
  }
  if (parameters.unit === "annotation") return Math.max(1, quantile(lengths, 0.5));
  const longest = Math.max(LONGEST_DEFAULT_ROWS, LONGEST_DEFAULT_SECONDS * (rateHz ?? 0));
  return Math.max(2, Math.min(quantile(lengths, 0.1), longest, longestTrack / 4));
}

/** The rate of most labelled tracks: the median over the tracks that have one. */
function referenceRate(sources: readonly TrainingSource[]): number | null {
  const rates = sources.flatMap(({ recording, labels }) =>
    recording.tracks
      .filter((track) =>
        labels.some((label) => label.startIndex <= track.endIndex && label.endIndex >= track.startIndex),
      )
      .flatMap((track) => (isRate(track.sampleRateHz) ? [track.sampleRateHz] : [])),
  );
  rates.sort((a, b) => a - b);
  return rates[rates.length >> 1] ?? null; // one that occurs, not a mean of two
}

function isRate(rateHz: number | null): rateHz is number {
  return rateHz !== null && Number.isFinite(rateHz) && rateHz > 0;
}

/**
 * Rows of this track to one row of the model. Rates within 5 % are taken as the same: a clock's error is not worth
 * windows of odd lengths. 1 where either rate is unknown.
 */
export function rateScale(track: Track, rateHz: number | null): number {
  if (!isRate(track.sampleRateHz) || rateHz === null) return 1;
  const scale = track.sampleRateHz / rateHz;
  return Math.abs(scale - 1) < 0.05 ? 1 : scale;
}

/** The same windows in the rows of a track of another sampling rate, none longer than the track. */
export function windowingFor(track: Track, windowing: Windowing): Windowing {
  const scale = rateScale(track, windowing.rateHz);
  const scaled = (rows: number, least = 1) => Math.max(least, Math.round(rows * scale));
  return {
    lengthRows: Math.min(scaled(windowing.lengthRows), track.endIndex - track.startIndex + 1),
    strideRows: scaled(windowing.strideRows),
    stepRows: scaled(windowing.stepRows),
    rateHz: windowing.rateHz,
    nearRows: Math.min(scaled(windowing.nearRows, 0), MOST_REACH_ROWS),
    farRows: Math.min(scaled(windowing.farRows, 0), MOST_REACH_ROWS),
    blockRows: Math.min(scaled(windowing.blockRows), MOST_REACH_ROWS),
  };
}
