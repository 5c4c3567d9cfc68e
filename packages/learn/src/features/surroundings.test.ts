import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "@magtrace/signal";
import { recordingOf } from "../testing/recordingOf.ts";
import type { Windowing } from "../windows/chooseWindowing.ts";
import { createWorkBudget } from "../workBudget.ts";
import { createBackgroundLevels, levelsAround, summarizeBlocks } from "./backgroundBlocks.ts";
import { createFeatureExtractor } from "./createFeatureExtractor.ts";
import { extractWindows } from "./extractWindows.ts";
import { readInterval } from "./readInterval.ts";

const windowing: Windowing = {
  lengthRows: 32,
  strideRows: 8,
  stepRows: 4,
  rateHz: 10,
  nearRows: 80,
  farRows: 400,
  blockRows: 16,
};

test("the background of a window is the median of the blocks around it, without those that touch it", () => {
  const rows = 200;
  // Level 5, but −1000 in the window and a spike beside it.
  const level = Float64Array.from({ length: rows }, (_, i) =>
    i >= 96 && i < 128 ? -1000 : i === 90 ? 9e9 : 5,
  );
  const readings = { b_x: level, b_y: level.slice().fill(0), b_z: level.slice().fill(-2) };
  const blocks = summarizeBlocks(readings, 0, rows, rows, 16);
  assert.equal(blocks.count, 12);
  const levels = createBackgroundLevels();
  levelsAround(blocks, windowing, 96, 32, levels, new Float64Array(blocks.count));
  assert.deepEqual([...levels.near], [5, 0, -2, Math.sqrt(29)]);
  assert.deepEqual([...levels.far], [5, 0, -2, Math.sqrt(29)]);
  assert.ok(levels.farSpread < 1e-12);
});

test("without surroundings the levels are NaN and the features 0", () => {
  const readings = { b_x: new Float64Array(8), b_y: new Float64Array(8), b_z: new Float64Array(8).fill(7) };
  const blocks = summarizeBlocks(readings, 0, 8, 8, 16);
  const levels = createBackgroundLevels();
  levelsAround(blocks, windowing, 0, 8, levels, new Float64Array(blocks.count));
  assert.ok([...levels.near, ...levels.far, levels.farSpread].every(Number.isNaN));
  const extractor = createFeatureExtractor({
    unit: "window",
    level: "relative",
    attitude: "keep",
    rateHz: 10,
  });
  const out = new Float32Array(extractor.names.length);
  assert.ok(extractor.extract(readings, 0, 8, 10, levels, out, 0));
  for (const name of ["near_x", "far_b", "near_vector", "far_vector", "activity"]) {
    assert.equal(out[extractor.names.indexOf(name)], 0);
  }
});

test("a window has the same features alone, among others, and read in another order of pieces", async () => {
  const random = createRandom(8);
  const column = () =>
    Float64Array.from({ length: 300_000 }, (_, i) => (i % 977 === 0 ? Number.NaN : 100 * random()));
  const recording = recordingOf({ b_x: column(), b_y: column(), b_z: column() }, 10);
  const extractor = createFeatureExtractor({
    unit: "window",
    level: "relative",
    attitude: "keep",
    rateHz: 10,
  });
  const work = createWorkBudget(undefined);
  const extract = async (starts: number[]) => {
    const out = new Float32Array(starts.length * extractor.names.length);
    const usable = new Uint8Array(starts.length);
    const track = recording.tracks[0]!;
    await extractWindows({ recording, track, windowing, extractor, starts, out, at: 0, usable, work });
    assert.ok(usable.every((one) => one === 1));
    return out;
  };
  const starts = [0, 7, 131_050, 131_060, 140_000, 290_003, 299_968];
  const together = await extract(starts);
  for (const [i, start] of starts.entries()) {
    const size = extractor.names.length;
    assert.deepEqual(await extract([start]), together.slice(i * size, (i + 1) * size), `window at ${start}`);
  }
});

test("an interval longer than fits is averaged down piece by piece, gaps left out", async () => {
  const n = 1001;
  const values = Float64Array.from({ length: n }, (_, i) => (i < 3 || i === 500 ? Number.NaN : -i));
  const recording = recordingOf({ b_x: values, b_y: values, b_z: values }, 10);
  const { readings, rows, factor } = await readInterval(recording, 0, n - 1, 100);
  assert.equal(factor, 11);
  assert.equal(rows, 91);
  assert.ok("b_x" in readings);
  assert.equal(readings.b_x[0], -(3 + 10) / 2);
  assert.equal(readings.b_x[1], -16);
  assert.equal(readings.b_z[90], -(990 + 1000) / 2);
  assert.equal((await readInterval(recording, 10, 19, 100)).rows, 10);
});
