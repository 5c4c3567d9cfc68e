import type { Windowing } from "../windows/chooseWindowing.ts";

/** Steps whose class is settled, in order. */
export interface DecodedSteps {
  /** Position of the class, −1 in a gap, shape (n). */
  classes: Int16Array;
  /** As they were pushed, shape (n, classes). */
  probabilities: Float64Array;
}

export interface ClassDecoder {
  /** Takes the probabilities of the next steps, shape (n, classes), NaN in gaps; returns what they settled. */
  push(probabilities: Float64Array): DecodedSteps;
  /** The end of the track: returns the rest. The decoder is as new afterwards. */
  finish(): DecodedSteps;
}

/** A forest that gives a class no vote at all has not proven it impossible. */
const LEAST_PROBABILITY = 1e-3;

/**
 * Turns each step's class probabilities into the most plausible sequence of classes: the one with the largest sum of
 * log probabilities, where every change of class has a price. A short doubt inside an event is overruled by the
 * evidence around it, and a lone false alarm does not pay, while the ends of events stay where the evidence turns.
 *
 * The price is that of `smoothing` half windows of evidence e-fold in favour of the other class; 0 takes the most
 * probable class of each step. A gap parts sequences. Of equals, staying wins, then the first class.
 *
 * Cost O(steps × classes); memory holds the steps that later ones may still turn over, rarely more than a few
 * windows. Source: Viterbi (1967) with equal change probabilities; deciding where all paths have joined as in
 * Šrámek, Brejová & Vinař, "On-line Viterbi algorithm" (2007).
 */
export function createClassDecoder(classes: number, smoothing: number, windowing: Windowing): ClassDecoder {
  const weight = windowing.stepRows / windowing.lengthRows;
  const price = smoothing / 2;
  let scores = new Float64Array(classes);
  let next = new Float64Array(classes);
  /** Class before, for each class of each pending step; pending steps are in `held`, shape (steps, classes). */
  let before: Uint8Array[] = [];
  let held: number[] = [];

  function push(probabilities: Float64Array): DecodedSteps {
    const settled: DecodedSteps[] = [];
    for (let at = 0; at < probabilities.length; at += classes) {
      if (Number.isNaN(probabilities[at]!)) {
        settled.push(settleAll(), gap(classes));
        continue;
      }
      before.push(advance(probabilities, at));
      for (let c = 0; c < classes; c++) held.push(probabilities[at + c]!);
    }
    settled.push(settleJoined());
    return joined(settled, classes);
  }

  /** Scores the paths that end with each class of this step and returns the classes they come from. */
  function advance(probabilities: Float64Array, at: number): Uint8Array {
    const from = new Uint8Array(classes);
    const isFirst = before.length === 0;
    const best = isFirst ? 0 : indexOfLargest(scores);
    const changed = scores[best]! - price;
    const largest = scores[best]!;
    for (let c = 0; c < classes; c++) {
      const evidence = weight * Math.log(probabilities[at + c]! + LEAST_PROBABILITY);
      if (isFirst) next[c] = evidence;
      else if (scores[c]! >= changed) {
        from[c] = c;
        next[c] = scores[c]! - largest + evidence; // relative to the best, so that scores stay small for ever
      } else {
        from[c] = best;
        next[c] = changed - largest + evidence;
      }
    }
    [scores, next] = [next, scores];
    return from;
  }

  /** Settles the steps at which the best paths to every class have come together. */
  function settleJoined(): DecodedSteps {
    let alive = Array.from({ length: classes }, (_, c) => c);
    for (let step = before.length - 1; step > 0; step--) {
      alive = [...new Set(alive.map((c) => before[step]![c]!))];
      if (alive.length === 1) return settle(step, alive[0]!);
    }
    return settle(0, 0);
  }

  function settleAll(): DecodedSteps {
    return settle(before.length, indexOfLargest(scores));
  }

  /** Settles the first `count` pending steps, the last of which has class `last`. */
  function settle(count: number, last: number): DecodedSteps {
    const path = new Int16Array(count);
    let current = last;
    for (let step = count - 1; step >= 0; step--) {
      path[step] = current;
      current = before[step]![current]!;
    }
    const probabilities = Float64Array.from(held.slice(0, count * classes));
    before = before.slice(count);
    held = held.slice(count * classes);
    return { classes: path, probabilities };
  }

  return { push, finish: settleAll };
}

function gap(classes: number): DecodedSteps {
  return { classes: Int16Array.of(-1), probabilities: new Float64Array(classes).fill(Number.NaN) };
}

function joined(parts: readonly DecodedSteps[], classes: number): DecodedSteps {
  const count = parts.reduce((sum, part) => sum + part.classes.length, 0);
  const all = { classes: new Int16Array(count), probabilities: new Float64Array(count * classes) };
  let at = 0;
  for (const part of parts) {
    all.classes.set(part.classes, at);
    all.probabilities.set(part.probabilities, at * classes);
    at += part.classes.length;
  }
  return all;
}

function indexOfLargest(values: Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
