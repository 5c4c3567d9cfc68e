import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createRandom } from "@magtrace/signal";
import type { VectorReadings } from "../types.ts";
import { createFeatureExtractor, featureNames } from "./createFeatureExtractor.ts";
import type { FeatureConfig } from "./featureGroup.ts";
import { symmetricEigenvalues } from "./symmetricEigenvalues.ts";

const windowConfig: FeatureConfig = { unit: "window", level: "relative", attitude: "keep", rateHz: 64 };
const configs = (["window", "annotation"] as const).flatMap((unit) =>
  (["relative", "absolute"] as const).flatMap((level) =>
    (["keep", "invariant"] as const).map(
      (attitude): FeatureConfig => ({ unit, level, attitude, rateHz: 64 }),
    ),
  ),
);

/** VectorReadings of n rows from a function of the row. */
function readingsOf(n: number, field: (i: number) => [number, number, number]): VectorReadings {
  const rows = Array.from({ length: n }, (_, i) => field(i));
  const column = (axis: number) => Float64Array.from(rows, (row) => row[axis]!);
  return { b_x: column(0), b_y: column(1), b_z: column(2) };
}

function featuresOf(readings: VectorReadings, config = windowConfig): Record<string, number> {
  const extractor = createFeatureExtractor(config);
  const out = new Float32Array(extractor.names.length);
  assert.ok(extractor.extract(readings, 0, readings.b_x.length, config.rateHz, null, out, 0));
  return Object.fromEntries(extractor.names.map((name, i) => [name, out[i]!]));
}

const near = (actual: number | undefined, wanted: number, tolerance: number) =>
  assert.ok(Math.abs(actual! - wanted) <= tolerance, `${actual} is not within ${tolerance} of ${wanted}`);

test("FEATURES.md lists exactly the features that the code computes, with when it does", () => {
  const text = readFileSync(join(import.meta.dirname, "../../FEATURES.md"), "utf8");
  const listed = [...text.matchAll(/^\| `(\S+)`(?: … `(\S+)`)? \| [^|]+ \| ([a-z]+) \| [^|]/gm)].map(
    (match) => ({
      first: match[1]!,
      last: match[2],
      use: match[3]!,
    }),
  );
  for (const config of configs) {
    const wanted = new Set<string>();
    for (const { first, last, use } of listed) {
      const isUsed = use === "always" || Object.values(config).includes(use);
      if (!isUsed) continue;
      const isShape = use === "annotation";
      const channels =
        config.attitude === "invariant" ? ["b"] : isShape ? ["x", "y", "z"] : ["x", "y", "z", "b"];
      for (const channel of first.includes("{c}") ? channels : [""]) {
        const name = first.replace("{c}", channel);
        const stem = name.replace(/1$/, "");
        const count = last === undefined ? 1 : Number(/\d+$/.exec(last)![0]);
        for (let i = 1; i <= count; i++) wanted.add(last === undefined ? name : `${stem}${i}`);
      }
    }
    assert.deepEqual([...featureNames(config)].sort(), [...wanted].sort(), JSON.stringify(config));
  }
});

test("a sine along one axis shows its spread, its tone and its direction", () => {
  const amplitude = 30;
  const features = featuresOf(
    readingsOf(256, (i) => [-20_000 + amplitude * Math.sin((2 * Math.PI * i) / 8), 5, -9]),
  );
  near(features.std_x, amplitude / Math.SQRT2, 1e-3);
  near(features.range_x, 2 * amplitude, 1e-3);
  near(features.skewness_x, 0, 1e-6);
  near(features.kurtosis_x, -1.5, 1e-6);
  near(features.crossings_x, 0.25, 0.01);
  near(features.tone_frequency, 8, 0.01);
  near(features.tone_share, 1, 1e-2);
  near(features.first_axis_share, 1, 1e-9);
  near(features.change_band_2! + features.change_band_3!, 1, 1e-3);
  assert.equal(features.std_y, 0);
  assert.equal(features.correlation_xy, 0);
});

test("a ramp shows its slope per second and crosses itself at rounding only", () => {
  const features = featuresOf(readingsOf(100, (i) => [1000 - 2 * i, 0, 0]));
  near(features.slope_x, -128, 1e-3);
  near(features.slope_b, -128, 1e-3);
  near(features.step_mean, 2, 1e-6);
  near(features.step_std, 0, 1e-6);
});

test("relative features do not see the level, and invariant ones do not see the attitude", () => {
  const random = createRandom(3);
  const noise = Array.from({ length: 128 }, () => [random(), 5 * random(), 9 * random()] as const);
  const at = (x: number, y: number, z: number) =>
    readingsOf(128, (i) => [x + noise[i]![0], y + noise[i]![1], z + noise[i]![2]]);
  const here = featuresOf(at(100, 200, 300));
  const there = featuresOf(at(-40_100, 200, 300));
  for (const [name, value] of Object.entries(here)) {
    if (!name.endsWith("_b")) near(there[name], value, 2e-3 * Math.max(1, Math.abs(value)));
  }

  const invariant = { ...windowConfig, attitude: "invariant" } as const;
  const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
  const turned = readingsOf(128, (i) => {
    const [x, y, z] = [1000 + noise[i]![0], -2000 + noise[i]![1], noise[i]![2]];
    return [c * x - s * z, y, s * x + c * z];
  });
  const straight = featuresOf(at(1000, -2000, 0), invariant);
  for (const [name, value] of Object.entries(featuresOf(turned, invariant))) {
    near(straight[name], value, 1e-4 * Math.max(1, Math.abs(value)));
  }
});

test("every feature of every configuration is finite for 1, 2 and 3 rows, constants, infinities and huge values", () => {
  for (const config of configs) {
    for (const n of [1, 2, 3, 50]) {
      for (const field of [
        (): [number, number, number] => [0, 0, 0],
        (): [number, number, number] => [-48_000, 1, 1e-300],
        (i: number): [number, number, number] => [i % 2 ? 1e150 : -1e150, i, -i],
        (i: number): [number, number, number] => [i === 0 ? 5 : Number.POSITIVE_INFINITY, 1, 1],
      ]) {
        const extractor = createFeatureExtractor(config);
        const out = new Float32Array(extractor.names.length).fill(Number.NaN);
        if (!extractor.extract(readingsOf(n, field), 0, n, null, null, out, 0)) continue;
        for (const [i, value] of out.entries())
          assert.ok(Number.isFinite(value), `${extractor.names[i]} of ${n} rows`);
      }
    }
  }
});

test("rows that are NaN are ignored, and a window that lost over half of its rows has no features", () => {
  const whole = readingsOf(64, (i) => [10 * Math.sin(i / 5), i, -100]);
  const gappy = readingsOf(64, (i) => [10 * Math.sin(i / 5), i, i % 8 === 3 ? Number.NaN : -100]);
  const expected = featuresOf(whole);
  const features = featuresOf(gappy);
  near(features.slope_y, expected.slope_y!, 1e-3);
  near(features.step_median, expected.step_median!, 0.2); // of other steps
  near(features.range_y, expected.range_y!, 1e-6);

  const extractor = createFeatureExtractor(windowConfig);
  const out = new Float32Array(extractor.names.length);
  const lost = readingsOf(9, (i) => [i < 5 ? Number.NaN : 1, 1, 1]);
  const kept = readingsOf(10, (i) => [i < 5 ? Number.NaN : 1, 1, 1]);
  assert.equal(extractor.extract(lost, 0, 9, null, null, out, 0), false);
  assert.equal(extractor.extract(kept, 0, 10, null, null, out, 0), true);
});

test("the course of an interval is the same at any length and any amplitude", () => {
  const config: FeatureConfig = { unit: "annotation", level: "relative", attitude: "keep", rateHz: null };
  const course = (n: number, amplitude: number) =>
    featuresOf(
      readingsOf(n, (i) => [amplitude * Math.sin((6 * (i + 0.5)) / n) - 5e4, 0, 0]),
      config,
    );
  const [short, long] = [course(200, 10), course(2000, 900)];
  for (const name of Object.keys(short).filter((key) => /^(shape|change)_x/.test(key))) {
    near(short[name], long[name]!, 0.02);
  }
  assert.equal(short.shape_y_4, 0);
});

test("eigenvalues of a symmetric matrix are found, largest first", () => {
  const [a, b, c] = symmetricEigenvalues(2, 2, 3, 1, 0, 0);
  near(a, 3, 1e-7);
  near(b, 3, 1e-7);
  near(c, 1, 1e-7);
  assert.deepEqual(symmetricEigenvalues(4, 4, 4, 0, 0, 0), [4, 4, 4]);
});
