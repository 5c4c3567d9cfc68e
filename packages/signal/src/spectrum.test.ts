import assert from "node:assert/strict";
import { test } from "node:test";
import { createFourierTransform } from "./createFourierTransform.ts";
import { createPowerSpectrum } from "./createPowerSpectrum.ts";
import { createRandom } from "./createRandom.ts";
import { hannWindow } from "./hannWindow.ts";

test("the transform equals the defining sum for every power of two up to 64", () => {
  const random = createRandom(5);
  for (let size = 1; size <= 64; size *= 2) {
    const re = Float64Array.from({ length: size }, () => random() - 0.5);
    const im = Float64Array.from({ length: size }, () => random() - 0.5);
    const real = re.slice();
    const imaginary = im.slice();
    createFourierTransform(size).transformInPlace(real, imaginary);
    for (let k = 0; k < size; k++) {
      let wantedRe = 0;
      let wantedIm = 0;
      for (let j = 0; j < size; j++) {
        const angle = (-2 * Math.PI * j * k) / size;
        wantedRe += re[j]! * Math.cos(angle) - im[j]! * Math.sin(angle);
        wantedIm += re[j]! * Math.sin(angle) + im[j]! * Math.cos(angle);
      }
      assert.ok(
        Math.abs(real[k]! - wantedRe) < 1e-12 * size && Math.abs(imaginary[k]! - wantedIm) < 1e-12 * size,
      );
    }
  }
});

test("a transform of a size that is no power of two is refused", () => {
  for (const size of [0, 3, -4, 1.5, Number.NaN])
    assert.throws(() => createFourierTransform(size), RangeError);
});

test("a sine of amplitude A has the power A²/2, at its frequency", () => {
  const length = 256;
  const amplitude = 12;
  const signal = Float64Array.from(
    { length },
    (_, i) => amplitude * Math.sin((2 * Math.PI * 20 * i) / length),
  );
  const spectrum = createPowerSpectrum(length);
  const power = new Float64Array(spectrum.bins);
  spectrum.addInto(power, signal, new Float64Array(length));
  const total = power.reduce((sum, p) => sum + p, 0);
  assert.ok(Math.abs(total - amplitude ** 2 / 2) < 1e-9 * total);
  assert.equal(power.indexOf(Math.max(...power)), 20);
});

test("two signals at once have the sum of their powers, and power adds up to the windowed mean square", () => {
  const random = createRandom(9);
  for (const length of [1, 2, 3, 33, 100]) {
    const first = Float64Array.from({ length }, () => random() - 2);
    const second = Float64Array.from({ length }, () => random() + 1);
    const none = new Float64Array(length);
    const spectrum = createPowerSpectrum(length);
    const both = new Float64Array(spectrum.bins);
    const single = new Float64Array(spectrum.bins);
    spectrum.addInto(both, first, second);
    spectrum.addInto(single, first, none);
    spectrum.addInto(single, none, second);
    const weights = hannWindow(length);
    let energy = 0;
    let wanted = 0;
    for (let i = 0; i < length; i++) {
      energy += weights[i]! ** 2;
      wanted += weights[i]! ** 2 * (first[i]! ** 2 + second[i]! ** 2);
    }
    for (let k = 0; k < both.length; k++) assert.ok(Math.abs(both[k]! - single[k]!) < 1e-12);
    const total = both.reduce((sum, p) => sum + p, 0);
    assert.ok(Math.abs(total - wanted / energy) < 1e-12 * Math.max(1, total), `length ${length}`);
  }
});

test("NaN in a signal makes the spectrum NaN, and no samples are refused", () => {
  const spectrum = createPowerSpectrum(4);
  const power = new Float64Array(spectrum.bins);
  spectrum.addInto(power, Float64Array.of(1, Number.NaN, 2, 3), new Float64Array(4));
  assert.ok(power.every(Number.isNaN));
  assert.throws(() => createPowerSpectrum(0), RangeError);
});

test("the Hann window is a raised cosine that overlaps itself to one", () => {
  assert.deepEqual([...hannWindow(0)], []);
  assert.deepEqual([...hannWindow(1)], [1]);
  const weights = hannWindow(10);
  for (let i = 0; i < 5; i++) assert.ok(Math.abs(weights[i]! + weights[i + 5]! - 1) < 1e-15);
  assert.throws(() => hannWindow(-1), RangeError);
});
