import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { evenTimes, writtenSeries } from "../test/writtenSeries.ts";
import { openSeries } from "./openSeries.ts";
import type { Series, SeriesWindow } from "./types.ts";

/** Small, quick, seeded: xorshift32. */
function noise(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Holds a window against its rows: every extreme exact, every row in one point, times and gaps right. */
function checkWindow(
  window: SeriesWindow,
  timeUs: Float64Array,
  values: Float64Array,
  gapStepUs: number,
  trackStarts: ReadonlySet<number> = new Set(),
): void {
  const points = window.index.length;
  for (let p = 0; p < points; p++) {
    const first = window.index[p];
    const end = p + 1 < points ? window.index[p + 1] : window.endIndex;
    assert.ok(end > first);
    assert.equal(window.timeUs[p], timeUs[first]);
    if (p > 0) {
      let broken = false;
      for (let row = window.index[p - 1] + 1; row <= first; row++) {
        if (Math.abs(timeUs[row] - timeUs[row - 1]) > gapStepUs || trackStarts.has(row)) broken = true;
      }
      assert.equal(window.gap[p], broken ? 1 : 0, `gap at point ${p}`);
    }
    if (window.kind === "raw") {
      assert.equal(end, first + 1);
      assert.ok(Object.is(window.channels[0].values[p], values[first]));
      continue;
    }
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    let sum = 0;
    let count = 0;
    for (let row = first; row < end; row++) {
      if (Number.isNaN(values[row])) continue;
      min = Math.min(min, values[row]);
      max = Math.max(max, values[row]);
      sum += values[row];
      count++;
    }
    const channel = window.channels[0];
    assert.equal(channel.count[p], count);
    assert.equal(channel.min[p], count === 0 ? Number.NaN : min);
    assert.equal(channel.max[p], count === 0 ? Number.NaN : max);
    if (count === 0) assert.ok(Number.isNaN(channel.mean[p]));
    else assert.ok(Math.abs(channel.mean[p] - sum / count) < 1e-6);
  }
}

const rows = 100003;
const random = noise(7);
const timeUs = evenTimes(rows).map((t, i) => t + (i > 30000 ? 60e6 : 0) + (i > 77777 ? 3600e6 : 0));
const negative = Float64Array.from({ length: rows }, (_, i) =>
  (i > 5000 && i < 9000) || random() < 0.01 ? Number.NaN : -20000 - 1000 * random(),
);
negative[54321] = -1;
const large = await writtenSeries({ timeUs, columns: { other: timeUs, b: negative } }, 1 << 20);

test("any window of any series agrees with its rows to the last bit of its extremes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(rows), fc.nat(rows), fc.integer({ min: 1, max: 3000 }), async (a, b, points) => {
      const [startIndex, endIndex] = a < b ? [a, b] : [b, a];
      const window = await large.series.window({ startIndex, endIndex, points, channels: ["b"] });
      assert.ok(window.index.length <= points);
      if (endIndex > startIndex) assert.equal(window.index[0], startIndex);
      if (window.kind === "buckets") {
        // Fine enough: not fewer than a quarter of the points asked for, but for what alignment costs.
        assert.ok(window.index.length >= points / 4 - 2, `${window.index.length} of ${points}`);
      }
      checkWindow(window, timeUs, negative, 500000);
    }),
    { numRuns: 150, seed: 1 },
  );
});

test("windows of small series with tracks, gaps and odd reads are right too", async () => {
  const cases = fc.record({
    rows: fc.integer({ min: 1, max: 12000 }),
    cuts: fc.uniqueArray(fc.integer({ min: 1, max: 12000 }), { maxLength: 20 }),
    missing: fc.double({ min: 0, max: 1, noNaN: true }),
    range: fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
    points: fc.integer({ min: 1, max: 400 }),
    seed: fc.nat(),
    maxReadBytes: fc.integer({ min: 900, max: 9000 }),
  });
  await fc.assert(
    fc.asyncProperty(cases, async (one) => {
      const next = noise(one.seed);
      const times = evenTimes(one.rows);
      const values = times.map(() => (next() < one.missing ? Number.NaN : (next() - 0.5) * 1e5));
      const starts = [0, ...one.cuts.filter((cut) => cut < one.rows).sort((a, b) => a - b)];
      const tracks = starts.map((startIndex) => ({ sensorId: `s${startIndex}`, startIndex }));
      const { series } = await writtenSeries(
        { timeUs: times, columns: { b: values }, tracks },
        one.maxReadBytes,
      );
      const [a, b] = one.range.map((part) => Math.floor(part * one.rows)).sort((x, y) => x - y);
      const window = await series.window({ startIndex: a, endIndex: b, points: one.points });
      assert.ok(window.index.length <= one.points);
      checkWindow(window, times, values, 500000, new Set(starts));
    }),
    { numRuns: 60, seed: 2 },
  );
});

test("a spike of one sample shows at every zoom", async () => {
  for (const points of [1, 2, 10, 333, 2000]) {
    const window = await large.series.window({ startIndex: 0, endIndex: rows, points, channels: ["b"] });
    assert.equal(window.kind, "buckets");
    const peaks = window.kind === "buckets" ? window.channels[0].max : [];
    assert.equal(Math.max(...[...peaks].filter((v) => !Number.isNaN(v))), -1);
  }
});

test("points do not move when the window pans", async () => {
  const at = async (start: number): Promise<Set<number>> => {
    const window = await large.series.window({ startIndex: start, endIndex: start + 60000, points: 500 });
    return new Set(window.index.slice(1));
  };
  const before = await at(1000);
  const after = await at(1777);
  const shared = [...after].filter((row) => row < 61000);
  assert.ok(shared.length > 200);
  assert.ok(shared.every((row) => before.has(row)));
});

test("what a window reads depends on its points, not on its rows", async () => {
  const { reads } = large.files;
  const cost = async (startIndex: number, endIndex: number): Promise<number> => {
    reads.bytes = 0;
    await large.series.window({ startIndex, endIndex, points: 200, channels: ["b"] });
    return reads.bytes;
  };
  assert.ok((await cost(3, rows - 3)) < 3 * (await cost(3, 1700)) + 400000);
  assert.ok((await cost(3, rows - 3)) < 800000);
});

test("rows are read across batches, in the order of channels asked for", async () => {
  const { startIndex, timeUs: times, columns } = await large.series.readRows(8190, 16390, ["b", "other"]);
  assert.equal(startIndex, 8190);
  assert.deepEqual(times, timeUs.slice(8190, 16390));
  assert.deepEqual(columns, [negative.slice(8190, 16390), timeUs.slice(8190, 16390)]);
});

test("the row at a time is the first not before it, within its track", async () => {
  const track = large.series.tracks[0];
  for (const row of [0, 1, 7, 8, 4095, 8192, 30000, 30001, 65536, rows - 1]) {
    assert.equal(await large.series.rowAtTime(timeUs[row], track), row);
    assert.equal(await large.series.rowAtTime(timeUs[row] + 1, track), row + 1);
  }
  assert.equal(await large.series.rowAtTime(0, track), 0);
  assert.equal(await large.series.rowAtTime(timeUs[rows - 1] + 1, track), rows);

  const tracks = [
    { sensorId: "a", startIndex: 0 },
    { sensorId: "b", startIndex: 5001 },
  ];
  const twice = Float64Array.from({ length: 10002 }, (_, i) => (i % 5001) * 1000);
  const { series } = await writtenSeries({ timeUs: twice, columns: {}, tracks, timeKind: "relative" });
  assert.equal(await series.rowAtTime(17000, series.tracks[0]), 17);
  assert.equal(await series.rowAtTime(17000, series.tracks[1]), 5018);
  assert.equal(await series.rowAtTime(9e9, series.tracks[0]), 5001);
});

test("ranges and channels that are not there are refused", async () => {
  const ask = (startIndex: number, endIndex: number, points: number, channels?: string[]): Promise<unknown> =>
    large.series.window({ startIndex, endIndex, points, ...(channels ? { channels } : {}) });
  await assert.rejects(ask(-1, 5, 10), RangeError);
  await assert.rejects(ask(5, 4, 10), RangeError);
  await assert.rejects(ask(0, rows + 1, 10), RangeError);
  await assert.rejects(ask(0.5, 9, 10), RangeError);
  await assert.rejects(ask(0, 9, 0), RangeError);
  await assert.rejects(ask(0, 9, Number.NaN), RangeError);
  await assert.rejects(ask(0, 9, 10, ["nothing"]), RangeError);
});

test("a file that ends too early is an error, and an opening that failed is tried again", async () => {
  const { files } = await writtenSeries({ timeUs: evenTimes(100), columns: { b: evenTimes(100) } });
  files.files.set("base.arrow", files.files.get("base.arrow")!.slice(0, 700));
  const cut = await openSeries({ open: files.openSource });
  await assert.rejects(cut.readRows(0, 100), /ends/);

  let failures = 1;
  const series: Series = await openSeries({
    open: async (name) => {
      if (name !== "series.json" && failures-- > 0) throw new Error("busy");
      return large.files.openSource(name);
    },
  });
  await assert.rejects(series.readRows(0, 2), /busy/);
  assert.equal((await series.readRows(0, 2)).timeUs.length, 2);
});
