import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Track } from "../types.ts";
import type { Windowing } from "../windows/chooseWindowing.ts";
import { bestClass } from "./bestClass.ts";
import { createClassDecoder } from "./createClassDecoder.ts";
import { createIntervalMerger } from "./createIntervalMerger.ts";
import { scoreEvents } from "./scoreEvents.ts";
import { slidingWindows } from "./slidingWindows.ts";

const event = (startIndex: number, endIndex: number, category = "a") => ({ startIndex, endIndex, category });
const windowing: Windowing = {
  lengthRows: 16,
  strideRows: 4,
  stepRows: 4,
  rateHz: null,
  nearRows: 0,
  farRows: 0,
  blockRows: 1,
};

test("an interval is found when it overlaps by half of the union, ends included", () => {
  // 10 rows each, 6 in common: 6 / 14; 7 in common: 7 / 13.
  assert.equal(scoreEvents([event(4, 13)], [event(0, 9)]).n_matched, 0);
  assert.equal(scoreEvents([event(3, 12)], [event(0, 9)]).n_matched, 1);
  assert.equal(scoreEvents([event(0, 4)], [event(0, 9)]).n_matched, 1); // exactly 1/2
  assert.equal(scoreEvents([event(0, 9, "b")], [event(0, 9)]).n_matched, 0);
});

test("each interval matches once, the best overlap first", () => {
  const score = scoreEvents([event(0, 9), event(1, 8), event(100, 109)], [event(0, 9), event(200, 209)]);
  assert.deepEqual(
    [score.n_matched, score.n_predicted, score.n_truth, score.precision, score.recall, score.f1],
    [1, 3, 2, 1 / 3, 1 / 2, 2 / 5],
  );
  const crossed = scoreEvents([event(0, 9), event(0, 7)], [event(0, 7), event(0, 3)]);
  assert.equal(crossed.n_matched, 1, "the exact match takes the interval both would like");
});

test("categories are scored apart, and nothing against nothing is zero, not NaN", () => {
  const score = scoreEvents([event(0, 9, "a"), event(50, 59, "b")], [event(0, 9, "a"), event(50, 59, "c")]);
  assert.deepEqual(
    score.per_category.map(({ category, f1 }) => [category, f1]),
    [
      ["a", 1],
      ["b", 0],
      ["c", 0],
    ],
  );
  const nothing = scoreEvents([], []);
  assert.deepEqual([nothing.precision, nothing.recall, nothing.f1], [0, 0, 0]);
  for (const iou of [0, 1.1, Number.NaN]) assert.throws(() => scoreEvents([], [], iou), RangeError);
});

test("a long interval far before others does not hide a match", () => {
  const predicted = [event(0, 10_000), event(20, 29), event(40, 49)];
  assert.equal(scoreEvents(predicted, [event(40, 49), event(0, 9_000)]).n_matched, 2);
});

/** Classes that a decoder settles for steps of two classes, given the probability of the first. */
function decode(probabilities: number[], smoothing: number, pieces = [probabilities.length]): number[] {
  const decoder = createClassDecoder(2, smoothing, windowing);
  const settled: number[] = [];
  let at = 0;
  for (const piece of [...pieces, probabilities.length]) {
    const part = probabilities.slice(at, at + piece).flatMap((p) => [p, 1 - p]);
    at += piece;
    settled.push(...decoder.push(Float64Array.from(part)).classes);
  }
  return [...settled, ...decoder.finish().classes];
}

test("a moment of doubt is overruled by what surrounds it, a lasting change is not", () => {
  const doubt = [0.9, 0.9, 0.9, 0.4, 0.9, 0.9, 0.9];
  assert.deepEqual(decode(doubt, 1), [0, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual(decode(doubt, 0), [0, 0, 0, 1, 0, 0, 0]);
  assert.deepEqual(decode([0.9, 0.9, 0.9, 0.1, 0.1, 0.1], 1), [0, 0, 0, 1, 1, 1]);
});

test("gaps stay gaps and part what is on either side", () => {
  const gap = Number.NaN;
  assert.deepEqual(decode([0.6, gap, gap, 0.4], 20), [0, -1, -1, 1]);
  assert.deepEqual(decode([gap], 1), [-1]);
  assert.deepEqual(decode([], 1), []);
});

test("a decoded sequence is the best of all sequences, however the steps are cut into pieces", () => {
  const step = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 3, maxLength: 3 });
  const pieces = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 6 });
  const smoothing = fc.constantFrom(0, 0.3, 1, 3);
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), pieces, smoothing, (steps, cuts, price) => {
      const rows = steps.map((votes) => votes.map((vote) => vote / votes.reduce((sum, one) => sum + one, 0)));
      const worth = (path: readonly number[]) =>
        path.reduce((sum, c, i) => {
          const isChange = i > 0 && path[i - 1] !== c;
          return sum + (4 / 16) * Math.log(rows[i]![c]! + 1e-3) - (isChange ? price / 2 : 0);
        }, 0);
      let most = Number.NEGATIVE_INFINITY;
      for (let code = 0; code < 3 ** rows.length; code++) {
        most = Math.max(most, worth(rows.map((_, i) => Math.floor(code / 3 ** i) % 3)));
      }
      const decoder = createClassDecoder(3, price, windowing);
      const path: number[] = [];
      const probabilities: number[] = [];
      let at = 0;
      for (const cut of [...cuts, rows.length]) {
        const settled = decoder.push(Float64Array.from(rows.slice(at, at + cut).flat()));
        path.push(...settled.classes);
        probabilities.push(...settled.probabilities);
        at += cut;
      }
      const rest = decoder.finish();
      assert.ok(Math.abs(worth([...path, ...rest.classes]) - most) < 1e-9);
      assert.deepEqual([...probabilities, ...rest.probabilities], rows.flat());
    }),
  );
});

test("what is settled does not wait for the end of the track", () => {
  const decoder = createClassDecoder(2, 1, windowing);
  let pending = 0;
  for (let batch = 0; batch < 20; batch++) {
    const part = Float64Array.from({ length: 2000 }, (_, i) =>
      (batch + (i >> 9)) % 2 === i % 2 ? 0.8 : 0.2,
    );
    pending += 1000 - decoder.push(part).classes.length;
    assert.ok(pending < 100, `${pending} steps are waiting`);
  }
});

test("the best class is the first of equals, with its lead over the runner-up", () => {
  assert.deepEqual(bestClass(Float64Array.of(0.5, 0.5), 0, 2), { best: 0, margin: 0 });
  assert.deepEqual(bestClass(Float64Array.of(9, 0.25, 0.125, 0.5), 1, 3), { best: 2, margin: 0.25 });
  assert.deepEqual(bestClass(Float64Array.of(0.75, 0.125, 0.125), 0, 3), { best: 0, margin: 0.625 });
  assert.deepEqual(bestClass(Float64Array.of(1), 0, 1), { best: 0, margin: 1 });
  assert.equal(bestClass(Float64Array.of(Number.NaN), 0, 1).best, -1);
});

/** Merges steps of four rows whose class is given by a letter: a, b, "-" background, "?" gap. */
function merge(letters: string, windowRows: number) {
  const merger = createIntervalMerger(["a", "b", null], windowRows);
  for (const [step, letter] of [...letters].entries()) {
    const p =
      letter === "?"
        ? [Number.NaN, Number.NaN, Number.NaN]
        : [..."ab-"].map((c) => (c === letter ? 0.8 : 0.1));
    merger.push(4 * step, 4 * step + 3, "ab-".indexOf(letter), Float64Array.from(p), 0);
  }
  return merger.finish().map(({ startIndex, endIndex, category }) => `${category}${startIndex}-${endIndex}`);
}

test("steps become intervals; background and gaps become none", () => {
  assert.deepEqual(merge("--aaaa--bbbb", 2), ["a8-23", "b32-47"]);
  assert.deepEqual(merge("aaaabbbb", 2), ["a0-15", "b16-31"]);
  assert.deepEqual(merge("", 2), []);
  assert.deepEqual(merge("----", 2), []);
  assert.deepEqual(merge("aa?aa", 2), ["a0-7", "a12-19"]);
});

test("short holes are bridged, blips dropped, and what a blip parted is joined again", () => {
  assert.deepEqual(merge("aaaa-aaaa", 16), ["a0-35"]);
  assert.deepEqual(merge("aaaa---aaaa", 16), ["a0-15", "a28-43"]);
  assert.deepEqual(merge("---b---", 16), []);
  assert.deepEqual(merge("aaaabaaaa", 16), ["a0-35"]);
});

test("confidence and margin are means over an interval's steps", () => {
  const merger = createIntervalMerger(["a", null], 1);
  merger.push(0, 0, 0, Float64Array.of(0.6, 0.4), 0);
  merger.push(1, 1, 0, Float64Array.of(0.9, 0.1), 0);
  merger.push(2, 2, 0, Float64Array.of(0.9, 0.1), 0);
  const [interval] = merger.finish();
  assert.ok(Math.abs(interval!.confidence - 0.8) < 1e-12);
  assert.ok(Math.abs(interval!.margin - 0.6) < 1e-12);
  assert.deepEqual(merger.finish(), []);
});

test("the steps of sliding windows tile a track of any length without hole or overlap", () => {
  for (let rows = 1; rows < 90; rows++) {
    const track: Track = { startIndex: 7, endIndex: rows + 6, sampleRateHz: null };
    const windows = slidingWindows(track, windowing);
    let next = track.startIndex;
    for (let window = 0; window < windows.count; window++) {
      const { startRow, endRow } = windows.stepOf(window);
      assert.equal(startRow, next);
      assert.ok(endRow >= startRow && windows.startOf(window) + windows.length - 1 <= track.endIndex);
      next = endRow + 1;
    }
    assert.equal(next, track.endIndex + 1);
  }
});
