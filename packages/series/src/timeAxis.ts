import { LogHistogram } from "./logHistogram.ts";
import type { Place, RateChange, TimeAxis } from "./types.ts";

/** DESIGN §4: a step over this many medians is a gap. */
const GAP_FACTOR = 5;
const PLACES_KEPT = 10;
/** Gaps are known only at the end, when the median is: more candidates than places are kept until then. */
const CANDIDATES_KEPT = 1000;
/** Steps whose median is "the rate here": long enough that jitter of a phone's clock does not change it. */
const RATE_BLOCK = 256;
const RATE_FACTOR = 1.5;
/** Where more of the steps are 0 the clock is coarser than the sampling, and its median step says nothing of the rate. */
const COARSE_CLOCK = 0.1;
/** Blocks of a track that its rate is told by: a million rows. */
const BLOCKS_KEPT = 4096;

class PlaceList {
  count = 0;
  readonly first: Place[] = [];

  add(index: number, timeUs: number, stepUs: number, kept: number): void {
    this.count++;
    if (this.first.length < kept) this.first.push({ index, timeUs, stepUs });
  }
}

/** Median of values[0 … n) by quickselect (Hoare); reorders them. n ≥ 1. Cost O(n) on average. */
function medianInPlace(values: Float64Array, n: number): number {
  const middle = (n - 1) >> 1;
  let low = 0;
  let high = n - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1];
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i > j) break;
      const swapped = values[i];
      values[i++] = values[j];
      values[j--] = swapped;
    }
    if (middle <= j) high = j;
    else if (middle >= i) low = i;
    else break;
  }
  return values[middle];
}

/**
 * Time from one sample to the next in a block of steps ≥ 0: the median, or with a coarse clock the mean of what is no
 * gap; null where all steps are 0. Reorders the block.
 */
function typicalStepInPlace(steps: Float64Array): number | null {
  let positive = 0;
  for (let i = 0; i < steps.length; i++) {
    if (steps[i] === 0) continue;
    steps[positive++] = steps[i];
  }
  if (positive === 0) return null;
  const median = medianInPlace(steps, positive);
  const zeros = steps.length - positive;
  if (zeros <= COARSE_CLOCK * steps.length) return median;
  let sum = 0;
  let count = zeros;
  for (let i = 0; i < positive; i++) {
    if (steps[i] > GAP_FACTOR * median) continue;
    sum += steps[i];
    count++;
  }
  return sum / count;
}

/** Watches the times of a series go by, batch after batch, and tells what is odd about them. */
export class TimeAxisWatcher {
  readonly #steps = new LogHistogram();
  readonly #duplicates = new PlaceList();
  readonly #backward = new PlaceList();
  readonly #gapCandidates = new PlaceList();
  readonly #rateChanges: RateChange[] = [];
  #rateChangeCount = 0;
  #longest: Place | null = null;
  #startUs = Number.POSITIVE_INFINITY;
  #endUs = Number.NEGATIVE_INFINITY;
  readonly #block = new Float64Array(RATE_BLOCK);
  #blockLength = 0;
  #blockIndex = 0;
  #blockTimeUs = 0;
  #rateStepUs: number | null = null;
  /** Typical steps of the track under way, block by block. */
  readonly #trackBlocks = new Float64Array(BLOCKS_KEPT);
  #trackBlockCount = 0;
  readonly #trackStepUs: (number | null)[] = [];

  /**
   * @param firstIndex Row of the series that timeUs[0] is.
   * @param stepUs Step from each row to the next one, µs, shape (≥ rows); ±Infinity where the next row is of
   * another track or there is none.
   */
  add(firstIndex: number, timeUs: Float64Array, stepUs: Float64Array, rows: number): void {
    for (let i = 0; i < rows; i++) {
      const time = timeUs[i];
      if (time < this.#startUs) this.#startUs = time;
      if (time > this.#endUs) this.#endUs = time;
      const step = stepUs[i];
      if (step === Number.POSITIVE_INFINITY) {
        this.#endTrack();
        continue;
      }
      const index = firstIndex + i + 1;
      if (step >= 0) this.#addToBlock(index, time + step, step);
      if (step > 0) {
        this.#steps.add(step);
        if (step > (this.#longest?.stepUs ?? 0)) this.#longest = { index, timeUs: time + step, stepUs: step };
      } else if (step === 0) this.#duplicates.add(index, time, 0, PLACES_KEPT);
      else this.#backward.add(index, time + step, step, PLACES_KEPT);
    }
    this.#collectGaps(firstIndex, timeUs, stepUs, rows);
  }

  summary(): TimeAxis {
    const medianStepUs = this.#steps.median();
    const gapStepUs = medianStepUs === null ? null : medianStepUs * GAP_FACTOR;
    const isGap = (place: Place): boolean => gapStepUs !== null && place.stepUs > gapStepUs;
    const empty = this.#startUs > this.#endUs;
    return {
      medianStepUs,
      sampleStepUs: this.#sampleStep(medianStepUs, gapStepUs),
      gapStepUs,
      startUs: empty ? null : this.#startUs,
      endUs: empty ? null : this.#endUs,
      duplicates: { count: this.#duplicates.count, first: this.#duplicates.first },
      backwardSteps: { count: this.#backward.count, first: this.#backward.first },
      gaps: {
        count: gapStepUs === null ? 0 : this.#steps.total - this.#steps.upTo(gapStepUs).count,
        first: this.#gapCandidates.first.filter(isGap).slice(0, PLACES_KEPT),
      },
      longestGap: this.#longest !== null && isGap(this.#longest) ? this.#longest : null,
      rateChanges: { count: this.#rateChangeCount, first: this.#rateChanges },
    };
  }

  /** Typical step of each track that has ended, µs. */
  get trackStepUs(): readonly (number | null)[] {
    return this.#trackStepUs;
  }

  /** A track's step is the median of its blocks'; what is left of a block speaks only where there is no other. */
  #endTrack(): void {
    const rest = this.#block.subarray(0, this.#blockLength);
    const blocks = this.#trackBlockCount;
    this.#trackStepUs.push(
      blocks > 0
        ? medianInPlace(this.#trackBlocks, blocks)
        : rest.length > 0
          ? typicalStepInPlace(rest)
          : null,
    );
    this.#trackBlockCount = 0;
    this.#blockLength = 0;
    this.#rateStepUs = null;
  }

  #sampleStep(medianStepUs: number | null, gapStepUs: number | null): number | null {
    if (medianStepUs === null || gapStepUs === null) return null;
    const zeros = this.#duplicates.count;
    if (zeros <= COARSE_CLOCK * (zeros + this.#steps.total)) return medianStepUs;
    const { count, sum } = this.#steps.upTo(gapStepUs);
    return sum / (count + zeros);
  }

  #collectGaps(firstIndex: number, timeUs: Float64Array, stepUs: Float64Array, rows: number): void {
    const limit = (this.#steps.median() ?? Number.POSITIVE_INFINITY) * GAP_FACTOR;
    for (let i = 0; i < rows; i++) {
      const step = stepUs[i];
      if (!(step > limit) || step === Number.POSITIVE_INFINITY) continue;
      this.#gapCandidates.add(firstIndex + i + 1, timeUs[i] + step, step, CANDIDATES_KEPT);
    }
  }

  #addToBlock(index: number, timeUs: number, step: number): void {
    if (this.#blockLength === 0) {
      this.#blockIndex = index;
      this.#blockTimeUs = timeUs;
    }
    this.#block[this.#blockLength++] = step;
    if (this.#blockLength < RATE_BLOCK) return;
    this.#blockLength = 0;
    const now = typicalStepInPlace(this.#block);
    if (now === null) return;
    if (this.#trackBlockCount < BLOCKS_KEPT) this.#trackBlocks[this.#trackBlockCount++] = now;
    const before = this.#rateStepUs ?? now;
    if (this.#rateStepUs === null) this.#rateStepUs = now;
    if (now <= before * RATE_FACTOR && before <= now * RATE_FACTOR) return;
    this.#rateStepUs = now;
    this.#rateChangeCount++;
    if (this.#rateChanges.length >= PLACES_KEPT) return;
    this.#rateChanges.push({
      index: this.#blockIndex,
      timeUs: this.#blockTimeUs,
      fromHz: 1e6 / before,
      toHz: 1e6 / now,
    });
  }
}
