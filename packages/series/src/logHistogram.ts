const BITS = 7;
const BINS_PER_OCTAVE = 1 << BITS;
const OCTAVES = 64;
const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
const FIRST_BIN = 0x3ff << BITS;

/**
 * Counts of positive numbers in bins 0.8 % wide, from 1 to 2^64; smaller ones fall into the first bin.
 *
 * A bin remembers the mean of what fell into it, so that the median of evenly spaced times is exact.
 */
export class LogHistogram {
  readonly #counts = new Float64Array(OCTAVES * BINS_PER_OCTAVE);
  readonly #sums = new Float64Array(OCTAVES * BINS_PER_OCTAVE);
  #total = 0;

  get total(): number {
    return this.#total;
  }

  /** @param value Positive and finite; anything else is a fault of the caller's. Cost O(1). */
  add(value: number): void {
    float[0] = value;
    // The top bits of a double are its exponent and leading digits: a logarithm for the price of a shift.
    const bin = Math.min(Math.max((words[1] >>> (20 - BITS)) - FIRST_BIN, 0), this.#counts.length - 1);
    this.#counts[bin]++;
    this.#sums[bin] += value;
    this.#total++;
  }

  /** Lower median, or null when empty. Exact where the values of its bin are equal, else within 0.8 %. */
  median(): number | null {
    if (this.#total === 0) return null;
    let left = Math.ceil(this.#total / 2);
    for (let bin = 0; bin < this.#counts.length; bin++) {
      left -= this.#counts[bin];
      if (left <= 0) return this.#sums[bin] / this.#counts[bin];
    }
    return null;
  }

  /** Number and sum of the values up to a limit; values within 0.8 % of it are judged by the mean of their bin. */
  upTo(limit: number): { count: number; sum: number } {
    let count = 0;
    let sum = 0;
    for (let bin = 0; bin < this.#counts.length; bin++) {
      if (this.#counts[bin] === 0 || this.#sums[bin] / this.#counts[bin] > limit) continue;
      count += this.#counts[bin];
      sum += this.#sums[bin];
    }
    return { count, sum };
  }
}
