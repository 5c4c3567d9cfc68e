import assert from "node:assert/strict";
import { test } from "node:test";
import { writtenSeries } from "../test/writtenSeries.ts";
import type { FinishedSeries, TimeAxis } from "./types.ts";

async function axisOf(stepsUs: number[], trackStart?: number): Promise<TimeAxis> {
  return (await written(stepsUs, trackStart)).timeAxis;
}

async function written(stepsUs: number[], trackStart?: number): Promise<FinishedSeries> {
  let t = 0;
  const timeUs = Float64Array.from([0, ...stepsUs.map((step) => (t += step))]);
  const tracks = [{ sensorId: "a", startIndex: 0 }];
  if (trackStart !== undefined) tracks.push({ sensorId: "b", startIndex: trackStart });
  return (await writtenSeries({ timeUs, columns: {}, tracks, timeKind: "relative" })).manifest;
}

test("an even axis has nothing to report", async () => {
  const axis = await axisOf(Array<number>(20000).fill(100000));
  assert.equal(axis.medianStepUs, 100000);
  assert.equal(axis.gapStepUs, 500000);
  assert.equal(axis.startUs, 0);
  assert.equal(axis.endUs, 2e9);
  for (const kind of [axis.duplicates, axis.backwardSteps, axis.gaps, axis.rateChanges]) {
    assert.deepEqual(kind, { count: 0, first: [] });
  }
  assert.equal(axis.longestGap, null);
});

test("a step of five medians is none, of more is a gap, with its place", async () => {
  const steps = Array<number>(20000).fill(1000);
  steps[9] = 5000;
  steps[12000] = 5200;
  steps[15000] = 700000;
  const axis = await axisOf(steps);
  assert.equal(axis.gaps.count, 2);
  assert.deepEqual(
    axis.gaps.first.map(({ index, stepUs }) => [index, stepUs]),
    [
      [12001, 5200],
      [15001, 700000],
    ],
  );
  assert.equal(axis.longestGap?.index, 15001);
});

test("duplicates and backward steps are counted and no median", async () => {
  const axis = await axisOf([0, 0, 0, 0, 0, 10, -40, 10, 30]);
  assert.equal(axis.duplicates.count, 5);
  assert.deepEqual(axis.duplicates.first[0], { index: 1, timeUs: 0, stepUs: 0 });
  assert.deepEqual(axis.backwardSteps, { count: 1, first: [{ index: 7, timeUs: -30, stepUs: -40 }] });
  assert.equal(axis.medianStepUs, 10);
  assert.equal(axis.startUs, -30);
});

test("only the first ten places are kept, all are counted", async () => {
  const axis = await axisOf(Array<number>(30000).fill(0));
  assert.equal(axis.duplicates.count, 30000);
  assert.equal(axis.duplicates.first.length, 10);
  assert.equal(axis.medianStepUs, null);
  assert.equal(axis.gapStepUs, null);
});

test("a clock coarser than the sampling still tells the rate", async () => {
  const steps: number[] = Array.from({ length: 6000 }, (_, i) => (i % 4 === 3 ? 1e6 : 0));
  steps[3001] = 60e6;
  const axis = await axisOf(steps);
  assert.equal(axis.medianStepUs, 1e6);
  assert.ok(Math.abs(axis.sampleStepUs! - 250000) < 200);
  assert.equal(axis.gaps.count, 1);
  assert.equal(axis.rateChanges.count, 0);
});

test("the step from one track to the next is no step", async () => {
  const axis = await axisOf([10, 10, -1e9, 10, 10], 3);
  assert.equal(axis.backwardSteps.count, 0);
  assert.equal(axis.medianStepUs, 10);
});

test("a lasting change of rate is found once, jitter is not", async () => {
  const jitter = Array.from({ length: 5000 }, (_, i) => 10000 + ((i * 7919) % 3000) - 1500);
  assert.equal((await axisOf(jitter)).rateChanges.count, 0);
  const axis = await axisOf([...Array<number>(10000).fill(10000), ...Array<number>(10000).fill(20000)]);
  assert.equal(axis.rateChanges.count, 1);
  const [change] = axis.rateChanges.first;
  assert.equal(change.fromHz, 100);
  assert.equal(change.toHz, 50);
  assert.ok(Math.abs(change.index - 10000) <= 256);
});

test("one row, and two, have an axis", async () => {
  const one = await axisOf([]);
  assert.deepEqual([one.medianStepUs, one.startUs, one.endUs], [null, 0, 0]);
  const two = await axisOf([250]);
  assert.deepEqual([two.medianStepUs, two.endUs, two.gaps.count], [250, 250, 0]);
});

test("each track has a step of its own, whatever the others have", async () => {
  const [fast, slow] = [Array<number>(2000).fill(1000), Array<number>(30).fill(50_000)];
  fast[40] = 9_000_000;
  const axis = await written([...fast, -5_000_000, ...slow], 2001);
  assert.deepEqual(axis.trackStepUs, [1000, 50_000]);
  assert.deepEqual((await written([])).trackStepUs, [null], "one row has no step");
  assert.deepEqual((await written([0, 0, 0])).trackStepUs, [null]);
});

test("a track's step is told by all of a long one, and with a coarse clock by its mean", async () => {
  const changing = [...Array<number>(2560).fill(1000), ...Array<number>(25_600).fill(2000)];
  assert.deepEqual((await written(changing)).trackStepUs, [2000]);
  const coarse = Array.from({ length: 1000 }, (_, i) => (i % 4 === 0 ? 4000 : 0));
  assert.deepEqual((await written(coarse)).trackStepUs, [1000]);
});
