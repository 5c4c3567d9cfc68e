/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Picture } from "./composePicture.ts";
import { drawColumns, paddedRange, traceChannel } from "./drawSeries.ts";

const scale = {
  left: 0,
  top: 0,
  width: 100,
  height: 100,
  rowMin: 0,
  rowMax: 100,
  valueMin: -100,
  valueMax: 0,
};

/** Points `step` rows apart. */
function recording(low: number[], high: number[], gaps: number[], step: number) {
  const channel = {
    low: Float64Array.from(low),
    high: Float64Array.from(high),
    mean: Float64Array.from(low),
  };
  const rows = Float64Array.from(low, (_, i) => i * step);
  const picture: Picture = {
    row: rows,
    x: rows,
    seconds: rows,
    gap: Uint8Array.from(low, (_, i) => (gaps.includes(i) ? 1 : 0)),
    channels: new Map(),
  };
  return { picture, channel };
}

function trace(low: number[], high: number[], gaps: number[] = []): string[] {
  const strokes: string[] = [];
  const { picture, channel } = recording(low, high, gaps, 10);
  const path = {
    moveTo: (x: number, y: number) => strokes.push(`M${x},${y}`),
    lineTo: (x: number, y: number) => strokes.push(`L${x},${y}`),
  };
  traceChannel(path, picture, channel, scale);
  return strokes;
}

/** Columns as [x, top, width, bottom]. */
function columns(low: number[], high: number[], gaps: number[] = [], step = 1): number[][] {
  const rects: number[][] = [];
  const { picture, channel } = recording(low, high, gaps, step);
  drawColumns((x, y, width, height) => rects.push([x, y, width, y + height]), picture, channel, scale, 0);
  return rects;
}

test("a spike inside one point is drawn to its full height, also when all values are negative", () => {
  assert.deepEqual(trace([-90, -90, -90], [-90, -10, -90]), [
    "M0,90",
    "L0.5,90",
    "L10,90",
    "L10,10",
    "L20,90",
  ]);
});

test("the line goes on from the nearer end of the next point", () => {
  assert.deepEqual(trace([-20, -50], [-20, -30]), ["M0,20", "L0.5,20", "L10,30", "L10,50"]);
});

test("a missing value lifts the pen, and the reading after it stands alone", () => {
  assert.deepEqual(trace([-10, Number.NaN, -20], [-10, Number.NaN, -20]), [
    "M0,10",
    "L0.5,10",
    "M20,20",
    "L20.5,20",
  ]);
});

test("no line is drawn across a gap in time", () => {
  assert.deepEqual(trace([-10, -20], [-10, -20], [1]), ["M0,10", "L0.5,10", "M10,20", "L10.5,20"]);
});

test("nothing is drawn of an empty channel", () => {
  assert.deepEqual(trace([], []), []);
  assert.deepEqual(trace([Number.NaN], [Number.NaN]), []);
});

test("a constant channel and an empty one still have an axis", () => {
  const [low, high] = paddedRange([-48_000, -48_000]);
  assert.ok(low < -48_000 && high > -48_000);
  assert.deepEqual(paddedRange(null), [0, 1]);
  assert.deepEqual(paddedRange([0, 100]), [-6, 106]);
});

test("each pixel column reaches from its lowest to its highest value and on to its neighbour", () => {
  assert.deepEqual(columns([-50, -20, -80], [-40, -10, -70]), [
    [0, 40, 1, 50],
    [1, 10, 1, 40],
    [2, 20, 1, 80],
  ]);
});

test("points that share a pixel are one column with the extremes of all", () => {
  assert.deepEqual(columns([-50, -90, -20], [-40, -85, -10], [], 0.25), [[0, 10, 1, 90]]);
});

test("columns before and after a missing value or a gap are not joined", () => {
  assert.deepEqual(columns([-90, Number.NaN, -10], [-90, Number.NaN, -10]), [
    [0, 90, 1, 90],
    [2, 10, 1, 10],
  ]);
  assert.deepEqual(columns([-90, -10], [-90, -10], [1]), [
    [0, 90, 1, 90],
    [1, 10, 1, 10],
  ]);
});

test("columns outside the plot are not drawn, one beyond each edge is", () => {
  const many = Array.from({ length: 300 }, () => -50);
  const drawn = columns(many, many);
  assert.ok(drawn.length <= 103);
  assert.equal(drawn[0]?.[0], 0);
});

test("a flat channel still has the thickness of a line", () => {
  const heights: number[] = [];
  const { picture, channel } = recording([-50, -50], [-50, -50], [], 1);
  drawColumns((_x, _y, _width, height) => heights.push(height), picture, channel, scale, 1.5);
  assert.deepEqual(heights, [1.5, 1.5]);
});
