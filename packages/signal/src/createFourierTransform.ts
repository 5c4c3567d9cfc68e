export interface FourierTransform {
  /** Number of points, a power of two. */
  size: number;
  /** Replaces (real, imaginary), both of shape (size), by their discrete Fourier transform. NaN spreads everywhere. */
  transformInPlace(real: Float64Array, imaginary: Float64Array): void;
}

/**
 * Prepares a complex Fourier transform: X[k] = Σ x[j] exp(−2πi jk / size), unscaled.
 *
 * @param size Power of two, ≥ 1.
 * @throws {RangeError} size is not a power of two.
 * Cost O(size) here, O(size log size) each transform. Source: Cooley & Tukey (1965), radix 2, decimation in time.
 */
export function createFourierTransform(size: number): FourierTransform {
  if (!Number.isInteger(size) || size < 1 || (size & (size - 1)) !== 0) {
    throw new RangeError(`transform size must be a power of two, not ${size}`);
  }
  const half = size >> 1;
  const cosines = new Float64Array(half);
  const sines = new Float64Array(half);
  for (let k = 0; k < half; k++) {
    cosines[k] = Math.cos((2 * Math.PI * k) / size);
    sines[k] = Math.sin((2 * Math.PI * k) / size);
  }
  const reversed = new Uint32Array(size);
  for (let i = 1; i < size; i++) reversed[i] = (reversed[i >> 1]! >> 1) | (i & 1 ? half : 0);

  function transformInPlace(real: Float64Array, imaginary: Float64Array): void {
    for (let i = 0; i < size; i++) {
      const j = reversed[i]!;
      if (j <= i) continue;
      const re = real[i]!;
      real[i] = real[j]!;
      real[j] = re;
      const im = imaginary[i]!;
      imaginary[i] = imaginary[j]!;
      imaginary[j] = im;
    }
    for (let span = 1; span < size; span <<= 1) {
      const step = half / span;
      for (let block = 0; block < size; block += span << 1) {
        for (let k = 0; k < span; k++) {
          const a = block + k;
          const b = a + span;
          const wr = cosines[k * step]!;
          const wi = -sines[k * step]!;
          const re = real[b]! * wr - imaginary[b]! * wi;
          const im = real[b]! * wi + imaginary[b]! * wr;
          real[b] = real[a]! - re;
          imaginary[b] = imaginary[a]! - im;
          real[a]! += re;
          imaginary[a]! += im;
        }
      }
    }
  }

  return { size, transformInPlace };
}
