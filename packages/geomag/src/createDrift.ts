export interface DriftOptions {
  /** Time between samples, s. */
  readonly stepSeconds: number;
  /** Standard deviation of the sum, in the unit that comes out. */
  readonly deviation: number;
  /** Shortest and longest relaxation time, s: the spectrum falls as 1/f between their inverses. */
  readonly shortestSeconds: number;
  readonly longestSeconds: number;
}

/**
 * Drift with a spectrum near 1/f: relaxation processes an octave apart in time, of equal variance, added up.
 *
 * @param gaussian Standard normal numbers.
 * @returns A function that gives the next sample. It starts in the steady state, not at 0.
 * @throws {RangeError} unless 0 < stepSeconds and 0 < shortestSeconds ≤ longestSeconds.
 * Cost O(octaves) a sample. Source: van der Ziel, Physica 16 (1950) 359; each process is exact at any step
 * (Gillespie, Phys. Rev. E 54 (1996) 2084, eq. 1.9).
 */
export function createDrift(gaussian: () => number, options: DriftOptions): () => number {
  const { stepSeconds, deviation, shortestSeconds, longestSeconds } = options;
  if (!(stepSeconds > 0)) throw new RangeError(`step of ${stepSeconds} s is not above 0`);
  if (!(shortestSeconds > 0 && shortestSeconds <= longestSeconds)) {
    throw new RangeError(
      `relaxation times from ${shortestSeconds} to ${longestSeconds} s are not a range above 0`,
    );
  }
  const octaves = 1 + Math.floor(Math.log2(longestSeconds / shortestSeconds));
  const each = deviation / Math.sqrt(octaves);
  const keep = new Float64Array(octaves);
  const kick = new Float64Array(octaves);
  const state = new Float64Array(octaves);
  for (let index = 0; index < octaves; index += 1) {
    keep[index] = Math.exp(-stepSeconds / (shortestSeconds * 2 ** index));
    kick[index] = each * Math.sqrt(1 - keep[index] ** 2);
    state[index] = each * gaussian();
  }
  return () => {
    let sum = 0;
    for (let index = 0; index < octaves; index += 1) {
      state[index] = keep[index] * state[index] + kick[index] * gaussian();
      sum += state[index];
    }
    return sum;
  };
}
