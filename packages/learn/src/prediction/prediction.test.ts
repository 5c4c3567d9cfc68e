import assert from "node:assert/strict";
import { before, test } from "node:test";
import { runTreesHere } from "../forest/runTreesHere.ts";
import { readHyperparameters } from "../hyperparameters.ts";
import type { ForestModel } from "../model/forestModel.ts";
import { simulateEvents } from "../testing/simulateEvents.ts";
import { trainForest } from "../training/trainForest.ts";
import type { Recording } from "../types.ts";
import { createUncertainWindows } from "./createUncertainWindows.ts";
import { predictGivenIntervals } from "./predictGivenIntervals.ts";
import { predictIntervals } from "./predictIntervals.ts";
import type { WindowSummary } from "./windowSummary.ts";

const first = simulateEvents({ seed: 31, rows: 6_000, rateHz: 10, eventSeconds: [3, 10] });
const second = simulateEvents({ seed: 32, rows: 30_000, rateHz: 10, eventSeconds: [3, 10] });
const models = new Map<string, ForestModel>();

before(async () => {
  for (const unit of ["window", "annotation"]) {
    const reading = readHyperparameters({ unit, background: true, n_trees: 15, folds: 2 });
    assert.ok(reading.ok);
    const { hyperparameters } = reading;
    const options = { sources: [first], hyperparameters, programVersion: "test", runTrees: runTreesHere };
    models.set(unit, (await trainForest(options)).model);
  }
});

test("steps cover every row once, intervals lie within tracks and do not overlap, progress ends at 1", async () => {
  const rows = 30_000;
  const tracks = [
    { startIndex: 0, endIndex: 11_999, sampleRateHz: 10 },
    { startIndex: 12_000, endIndex: 12_004, sampleRateHz: 10 },
    { startIndex: 12_005, endIndex: rows - 1, sampleRateHz: null },
  ];
  const recording: Recording = { ...second.recording, tracks };
  const windows: WindowSummary[] = [];
  const progress: number[] = [];
  const result = await predictIntervals({
    recording,
    model: models.get("window")!,
    onWindows: (some) => {
      windows.push(...some);
    },
    onProgress: (fraction) => progress.push(fraction),
  });
  let next = 0;
  for (const { startIndex, endIndex, confidence, margin } of windows) {
    assert.equal(startIndex, next);
    assert.ok(confidence > 0 && confidence <= 1 && margin >= 0 && margin <= confidence);
    next = endIndex + 1;
  }
  assert.equal(next, rows);
  assert.equal(result.windows, windows.length);
  assert.ok(windows.length > 4096, "more than one batch");
  assert.ok(result.intervals.length > 100);
  for (const [i, { startIndex, endIndex, category }] of result.intervals.entries()) {
    assert.ok(i === 0 || startIndex > result.intervals[i - 1]!.endIndex);
    assert.ok(tracks.some((track) => startIndex >= track.startIndex && endIndex <= track.endIndex));
    assert.ok(["bump", "noise", "tone"].includes(category));
  }
  assert.deepEqual(
    progress,
    [...progress].sort((a, b) => a - b),
  );
  assert.equal(progress.at(-1), 1);
});

test("the result does not depend on where batches end", async () => {
  // The same recording, and its second half alone: away from the cut, the answers must agree.
  const model = models.get("window")!;
  const whole = await predictIntervals({ recording: second.recording, model });
  const { stepRows, blockRows, farRows } = model.windowing;
  const cut = 4096 * stepRows;
  // Where the tail's steps and blocks lie on the same rows.
  const from = Math.floor((cut - 2 * farRows - 600) / (stepRows * blockRows)) * stepRows * blockRows;
  const tail: Recording = {
    tracks: [{ startIndex: from, endIndex: 29_999, sampleRateHz: 10 }],
    read: (start, end) => second.recording.read(start, end),
  };
  const part = await predictIntervals({ recording: tail, model });
  const settled = from + farRows + 200;
  const wanted = whole.intervals.filter(({ startIndex }) => startIndex > settled);
  assert.deepEqual(
    part.intervals.filter(({ startIndex }) => startIndex > settled),
    wanted,
  );
  assert.ok(from > 0 && wanted.some(({ startIndex }) => startIndex < cut) && wanted.at(-1)!.startIndex > cut);
});

test("no interval reaches over a gap, and windows in it are counted", async () => {
  const gappy: Recording = {
    ...second.recording,
    async read(start, end) {
      const readings = await second.recording.read(start, end);
      assert.ok("b_z" in readings);
      for (let row = Math.max(start, 3000); row <= Math.min(end, 4999); row++)
        readings.b_z[row - start] = Number.NaN;
      return readings;
    },
  };
  const { intervals, windowsInGaps } = await predictIntervals({
    recording: gappy,
    model: models.get("window")!,
  });
  const { stepRows, lengthRows } = models.get("window")!.windowing;
  assert.ok(Math.abs(windowsInGaps - 2000 / stepRows) <= 2, `${windowsInGaps}`);
  for (const { startIndex, endIndex } of intervals) {
    assert.ok(endIndex < 3000 + lengthRows || startIndex > 4999 - lengthRows);
  }
});

test("a recording that is one gap, or one row, has an answer", async () => {
  for (const rows of [1, 500]) {
    const nothing = new Float64Array(rows).fill(rows === 1 ? 5 : Number.NaN);
    const recording: Recording = {
      tracks: [{ startIndex: 0, endIndex: rows - 1, sampleRateHz: null }],
      read: async (start, end) => {
        const part = nothing.subarray(start, end + 1);
        return { b_x: part, b_y: part, b_z: part };
      },
    };
    for (const model of models.values()) {
      const { intervals, windows, windowsInGaps } = await predictIntervals({ recording, model });
      if (rows === 500) assert.deepEqual([intervals.length, windowsInGaps], [0, windows]);
      const [answer] = await predictGivenIntervals({
        recording,
        model,
        intervals: [{ startIndex: 0, endIndex: rows - 1 }],
      });
      if (rows === 500) assert.deepEqual([answer!.category, answer!.confidence], [null, 0]);
    }
  }
  const empty: Recording = { tracks: [], read: () => Promise.reject(new Error("nothing to read")) };
  assert.deepEqual(
    (await predictIntervals({ recording: empty, model: models.get("window")! })).intervals,
    [],
  );
});

test("given intervals are answered one by one, in their order, by either kind of model", async () => {
  const intervals = second.labels.slice(0, 60).reverse();
  for (const [unit, model] of models) {
    const answers = await predictGivenIntervals({ recording: second.recording, model, intervals });
    assert.deepEqual(
      answers.map(({ startIndex, endIndex }) => [startIndex, endIndex]),
      intervals.map(({ startIndex, endIndex }) => [startIndex, endIndex]),
    );
    const hits = answers.filter(({ category }, i) => category === intervals[i]!.category).length;
    assert.ok(hits >= 54, `${hits} of 60 by ${unit}`);
  }
});

test("intervals outside the recording are refused", async () => {
  for (const [startIndex, endIndex] of [
    [-1, 5],
    [29_990, 30_000],
    [9, 8],
  ] as const) {
    const options = {
      recording: second.recording,
      model: models.get("window")!,
      intervals: [{ startIndex, endIndex }],
    };
    await assert.rejects(predictGivenIntervals(options), RangeError);
  }
});

test("a stop ends a prediction with the stop's own reason", async () => {
  const reason = new Error("stopped");
  const controller = new AbortController();
  const running = predictIntervals({
    recording: second.recording,
    model: models.get("window")!,
    onProgress: () => controller.abort(reason),
    signal: controller.signal,
  });
  await assert.rejects(running, reason);
});

test("the least certain windows come first, one from a place", () => {
  const uncertain = createUncertainWindows(3);
  for (let start = 0; start < 2000; start += 5) {
    const margin = start === 1005 ? 0.001 : start === 1010 ? 0.0005 : 0.1 + start / 1e4;
    uncertain.offer(
      { startIndex: start + 20, endIndex: start + 24, category: "a", confidence: 0.5, margin },
      start,
      50,
    );
  }
  const found = uncertain.finish();
  assert.deepEqual(
    found.map(({ startIndex, endIndex, margin }) => [startIndex, endIndex, margin]),
    [
      [1010, 1059, 0.0005],
      [0, 49, 0.1],
      [50, 99, 0.1 + 50 / 1e4],
    ],
  );
});
