import { createPowerSpectrum, type PowerSpectrum } from "@magtrace/signal";
import { trendOf } from "./channelFeatures.ts";
import type { FeatureGroup } from "./featureGroup.ts";
import type { WindowRows } from "./windowRows.ts";

/** Upper ends of the bands as shares of the Nyquist frequency: octaves, the lowest down to zero. */
const BAND_ENDS = [1 / 16, 1 / 8, 1 / 4, 1 / 2];
/** Spectra prepared for the most recent window lengths; whole annotations differ in length. */
const PREPARED_LENGTHS = 16;

/**
 * The power spectrum of the field vector: the sum of the three components' spectra, each detrended and seen
 * through a Hann window, so that neither level nor attitude matter. Bands are laid out for the model's sampling
 * rate in Hz and mean the same at another rate. A constant window has power 0: all values are 0.
 *
 * @param rateHz Sampling rate of the model, Hz; 1 makes frequencies "per row".
 * Cost O(n log n) a window. Source: band powers, centroid and flatness as in Peeters, "A large set of audio
 * features" (2004), §6 and §9.
 */
export function spectralFeatures(rateHz: number): FeatureGroup {
  const prepared = new Map<number, PowerSpectrum>();
  let power = new Float64Array(0);
  let first = new Float64Array(0);
  let second = new Float64Array(0);
  const bandNames = Array.from({ length: BAND_ENDS.length + 1 }, (_, i) => `power_band_${i + 1}`);
  const names = [...bandNames, "spectral_centroid", "spectral_flatness", "peak_frequency", "peak_share"];
  const nyquistHz = rateHz / 2;

  function write(rows: WindowRows, out: Float32Array, at: number): void {
    const { length } = rows;
    const spectrum = prepare(length);
    const bins = spectrum.bins;
    power.fill(0, 0, bins);
    detrend(rows.x, length, first);
    detrend(rows.y, length, second);
    spectrum.addInto(power, first, second);
    detrend(rows.z, length, first);
    second.fill(0, 0, length);
    spectrum.addInto(power, first, second);

    out.fill(0, at, at + names.length);
    const hzPerBin = rows.rateHz / spectrum.size;
    let total = 0;
    let moment = 0;
    let logs = 0;
    let peak = 1;
    for (let k = 1; k < bins; k++) {
      const p = power[k]!;
      total += p;
      moment += p * k;
      logs += Math.log(p + 1e-12);
      if (p > power[peak]!) peak = k;
      const share = (k * hzPerBin) / nyquistHz;
      let band = 0;
      while (band < BAND_ENDS.length && share > BAND_ENDS[band]!) band++;
      out[at + band]! += p;
    }
    if (!(total > 0) || bins < 2) {
      out.fill(0, at, at + names.length);
      return;
    }
    const bands = bandNames.length;
    for (let band = 0; band < bands; band++) out[at + band]! /= total;
    const next = at + bands;
    out[next] = (moment / total) * hzPerBin;
    out[next + 1] = Math.exp(logs / (bins - 1)) / (total / (bins - 1));
    out[next + 2] = peak * hzPerBin;
    const beside = (peak > 1 ? power[peak - 1]! : 0) + (peak + 1 < bins ? power[peak + 1]! : 0);
    out[next + 3] = (power[peak]! + beside) / total;
  }

  function prepare(length: number): PowerSpectrum {
    let spectrum = prepared.get(length);
    if (spectrum === undefined) {
      spectrum = createPowerSpectrum(length);
      if (prepared.size === PREPARED_LENGTHS) prepared.delete(prepared.keys().next().value!);
      prepared.set(length, spectrum);
    }
    if (power.length < spectrum.bins) power = new Float64Array(spectrum.bins);
    if (first.length < length) {
      first = new Float64Array(length);
      second = new Float64Array(length);
    }
    return spectrum;
  }

  return { names, write };
}

function detrend(values: Float64Array, length: number, into: Float64Array): void {
  const slope = trendOf(values, length);
  let mean = 0;
  for (let i = 0; i < length; i++) mean += values[i]!;
  mean /= length;
  const start = mean - (slope * (length - 1)) / 2;
  for (let i = 0; i < length; i++) into[i] = values[i]! - start - slope * i;
}
