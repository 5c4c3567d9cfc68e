import { createPowerSpectrum, type PowerSpectrum } from "@magtrace/signal";
import { trendOf } from "./channelFeatures.ts";
import type { FeatureGroup } from "./featureGroup.ts";
import type { WindowRows } from "./windowRows.ts";

/** Upper ends of the octave bands as shares of the Nyquist frequency; the lowest reaches down to zero. */
const OCTAVE_ENDS = [1 / 16, 1 / 8, 1 / 4, 1 / 2];
/** Equal bands of the spectrum of change. */
const CHANGE_BANDS = 8;
/** Spectra prepared for the most recent window lengths; whole annotations differ in length. */
const PREPARED_LENGTHS = 16;

/**
 * The power spectrum of the field vector: the sum of the three components' spectra, each detrended and seen
 * through a Hann window, so that neither level nor attitude matter. Beside it the spectrum of change: the same
 * times (2 sin πf/rate)², as if readings were subtracted from the next, so that slow movement of the sensor does
 * not hide a tone. Bands are laid out for the model's sampling rate in Hz and mean the same at another rate.
 * A constant window has power 0: all values are 0.
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
  const numbered = (name: string, count: number) =>
    Array.from({ length: count }, (_, i) => `${name}_${i + 1}`);
  const octaves = OCTAVE_ENDS.length + 1;
  const names = [
    ...numbered("power_band", octaves),
    "spectral_centroid",
    "spectral_flatness",
    ...numbered("change_band", CHANGE_BANDS),
    "tone_frequency",
    "tone_share",
  ];
  const nyquistHz = rateHz / 2;

  function write(rows: WindowRows, out: Float32Array, at: number): void {
    const { length } = rows;
    const { bins, size } = prepare(rows);
    out.fill(0, at, at + names.length);
    const hzPerBin = rows.rateHz / size;
    const changeAt = at + octaves + 2;
    let total = 0;
    let moment = 0;
    let logs = 0;
    let change = 0;
    let peak = 1;
    for (let k = 1; k < bins; k++) {
      const p = power[k]!;
      const share = (k * hzPerBin) / nyquistHz;
      total += p;
      moment += p * k;
      logs += Math.log(p + 1e-12);
      let octave = 0;
      while (octave < OCTAVE_ENDS.length && share > OCTAVE_ENDS[octave]!) octave++;
      out[at + octave]! += p;
      const sine = 2 * Math.sin((Math.PI * k) / size);
      const c = p * sine * sine;
      power[k] = c; // from here on the spectrum of change
      change += c;
      if (c > power[peak]!) peak = k;
      out[changeAt + Math.min(CHANGE_BANDS - 1, Math.floor(share * CHANGE_BANDS))]! += c;
    }
    if (!(change > 0) || length < 2) {
      out.fill(0, at, at + names.length);
      return;
    }
    for (let octave = 0; octave < octaves; octave++) out[at + octave]! /= total;
    out[at + octaves] = (moment / total) * hzPerBin;
    out[at + octaves + 1] = Math.exp(logs / (bins - 1)) / (total / (bins - 1));
    for (let band = 0; band < CHANGE_BANDS; band++) out[changeAt + band]! /= change;
    const before = peak > 1 ? power[peak - 1]! : 0;
    const after = peak + 1 < bins ? power[peak + 1]! : 0;
    const around = before + power[peak]! + after;
    out[changeAt + CHANGE_BANDS] = (peak + (after - before) / around) * hzPerBin;
    out[changeAt + CHANGE_BANDS + 1] = around / change;
  }

  /** Leaves the spectrum of the window in `power`. */
  function prepare({ x, y, z, length }: WindowRows): PowerSpectrum {
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
    power.fill(0, 0, spectrum.bins);
    detrend(x, length, first);
    detrend(y, length, second);
    spectrum.addInto(power, first, second);
    detrend(z, length, first);
    second.fill(0, 0, length);
    spectrum.addInto(power, first, second);
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
