/**
 * Periodic Hann window, for spectra.
 *
 * @param length Samples, ≥ 0.
 * @returns Weights 0…1, shape (length); [1] for length 1.
 * @throws {RangeError} length is negative or not an integer.
 * Cost O(length). Source: Harris, "On the use of windows for harmonic analysis" (1978), eq. 27.
 */
export function hannWindow(length: number): Float64Array {
  if (!Number.isInteger(length) || length < 0)
    throw new RangeError(`window length must be ≥ 0, not ${length}`);
  const weights = new Float64Array(length);
  if (length === 1) weights[0] = 1;
  else for (let i = 0; i < length; i++) weights[i] = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / length);
  return weights;
}
