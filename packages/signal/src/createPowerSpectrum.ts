import { createFourierTransform } from "./createFourierTransform.ts";
import { hannWindow } from "./hannWindow.ts";

export interface PowerSpectrum {
  /** Power of two the samples are zero-padded to. */
  size: number;
  /** Number of frequencies, size / 2 + 1; frequency k is k × sampleRateHz / size. */
  bins: number;
  /**
   * Adds the one-sided power of two real signals, both of shape (length), to `power`, shape (bins). Both at once
   * because two real transforms cost one complex one. NaN spreads everywhere.
   */
  addInto(power: Float64Array, first: Float64Array, second: Float64Array): void;
}

/**
 * Prepares Hann-windowed power spectra of signals of one length. Power is scaled such that its sum over the
 * frequencies is the signals' mean square under the window (Parseval), in nT² when samples are nT.
 *
 * @param length Samples in a signal, ≥ 1.
 * @throws {RangeError} length < 1.
 * Cost O(n log n) a call. Source: Press et al., Numerical Recipes §12.3.1 (two transforms at once) and §13.4.
 */
export function createPowerSpectrum(length: number): PowerSpectrum {
  if (!Number.isInteger(length) || length < 1)
    throw new RangeError(`spectrum length must be ≥ 1, not ${length}`);
  let size = 1;
  while (size < length) size *= 2;
  const transform = createFourierTransform(size);
  const weights = hannWindow(length);
  let energy = 0;
  for (let i = 0; i < length; i++) energy += weights[i]! * weights[i]!;
  const scale = 1 / (energy * size);
  const real = new Float64Array(size);
  const imaginary = new Float64Array(size);
  const bins = (size >> 1) + 1;

  function addInto(power: Float64Array, first: Float64Array, second: Float64Array): void {
    for (let i = 0; i < length; i++) {
      real[i] = first[i]! * weights[i]!;
      imaginary[i] = second[i]! * weights[i]!;
    }
    real.fill(0, length);
    imaginary.fill(0, length);
    transform.transformInPlace(real, imaginary);
    for (let k = 0; k < bins; k++) {
      const mirror = (size - k) & (size - 1);
      // |F|² + |G|² of the two signals: half the power at k plus half that at its mirror, on one side.
      const here = real[k]! * real[k]! + imaginary[k]! * imaginary[k]!;
      const there = real[mirror]! * real[mirror]! + imaginary[mirror]! * imaginary[mirror]!;
      power[k]! += mirror === k ? here * scale : (here + there) * scale;
    }
  }

  return { size, bins, addInto };
}
