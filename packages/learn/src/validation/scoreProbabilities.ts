import { bestClass } from "../intervals/bestClass.ts";
import type { Calibration } from "../types.ts";

export interface ProbabilityScores {
  n: number;
  accuracy: number;
  /** Mean recall of the classes that occur. */
  balancedAccuracy: number;
  /** Mean −ln p of the true class, p held to at least 1e-15. */
  logLoss: number;
  /** confusion[truth][predicted]. */
  confusion: number[][];
  perClass: { precision: number; recall: number; f1: number; support: number }[];
  calibration: Calibration;
}

const CALIBRATION_BINS = 10;

/**
 * Scores predicted class probabilities against the truth. A precision, recall or F1 with nothing in it is 0.
 *
 * @param probabilities Shape (n, classes), no NaN.
 * @param truth Class of each example, shape (n).
 * @throws {RangeError} n = 0.
 * Cost O(n × classes). Sources: Brodersen et al. (2010) for balanced accuracy; Guo et al., "On calibration of modern
 * neural networks" (2017), eq. 3, ten equal bins, for the expected calibration error.
 */
export function scoreProbabilities(
  probabilities: Float64Array,
  truth: ArrayLike<number>,
  classes: number,
): ProbabilityScores {
  const n = truth.length;
  if (n === 0) throw new RangeError("there is nothing to score");
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  const bins = Array.from({ length: CALIBRATION_BINS }, () => ({ n: 0, confidence: 0, hits: 0 }));
  let loss = 0;
  for (let i = 0; i < n; i++) {
    const { best } = bestClass(probabilities, i * classes, classes);
    const confidence = probabilities[i * classes + best]!;
    confusion[truth[i]!]![best]!++;
    loss -= Math.log(Math.max(1e-15, probabilities[i * classes + truth[i]!]!));
    const bin = bins[Math.min(CALIBRATION_BINS - 1, Math.floor(confidence * CALIBRATION_BINS))]!;
    bin.n++;
    bin.confidence += confidence;
    if (best === truth[i]) bin.hits++;
  }
  const perClass = confusion.map((row, c) => {
    const support = row.reduce((sum, count) => sum + count, 0);
    const predicted = confusion.reduce((sum, other) => sum + other[c]!, 0);
    const hits = row[c]!;
    return {
      precision: predicted > 0 ? hits / predicted : 0,
      recall: support > 0 ? hits / support : 0,
      f1: support + predicted > 0 ? (2 * hits) / (support + predicted) : 0,
      support,
    };
  });
  const present = perClass.filter(({ support }) => support > 0);
  return {
    n,
    accuracy: confusion.reduce((sum, row, c) => sum + row[c]!, 0) / n,
    balancedAccuracy: present.reduce((sum, { recall }) => sum + recall, 0) / present.length,
    logLoss: loss / n,
    confusion,
    perClass,
    calibration: {
      ece: bins.reduce((sum, bin) => sum + Math.abs(bin.hits - bin.confidence), 0) / n,
      bins: bins.map((bin, i) => ({
        lower: i / CALIBRATION_BINS,
        upper: (i + 1) / CALIBRATION_BINS,
        n: bin.n,
        mean_confidence: bin.n > 0 ? bin.confidence / bin.n : 0,
        accuracy: bin.n > 0 ? bin.hits / bin.n : 0,
      })),
    },
  };
}
