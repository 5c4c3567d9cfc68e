/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  clampView,
  fractionOf,
  fullView,
  panBy,
  rangeBetween,
  rowAt,
  spanOf,
  viewAround,
  viewShowing,
  zoomAt,
} from "./viewport.ts";

const close = (actual: number, expected: number) => assert.ok(Math.abs(actual - expected) < 1e-6);

test("the full view shows every row and half a row on each side", () => {
  assert.deepEqual(fullView(46), { start: -0.5, end: 45.5 });
  assert.deepEqual(fullView(0), { start: -0.5, end: 0.5 });
});

test("zooming keeps the row under the pointer in place", () => {
  const view = zoomAt({ start: 1000, end: 2000 }, 100_000, 0.5, 0.25);
  close(spanOf(view), 500);
  close(view.start + 0.25 * spanOf(view), 1250);
});

test("zooming out stops at the whole series and zooming in at eight rows", () => {
  assert.deepEqual(zoomAt({ start: 10, end: 60 }, 100, 1000, 0.5), fullView(100));
  close(spanOf(zoomAt({ start: 10, end: 60 }, 100, 1e-9, 0.5)), 8);
  assert.deepEqual(zoomAt(fullView(3), 3, 1e-9, 0.5), fullView(3));
});

test("panning stops at either end without changing the width", () => {
  assert.deepEqual(panBy({ start: 10, end: 20 }, 100, -1000), { start: -0.5, end: 9.5 });
  assert.deepEqual(panBy({ start: 10, end: 20 }, 100, 1000), { start: 89.5, end: 99.5 });
});

test("a view around a label shows all of it", () => {
  const view = viewAround({ start: 500, end: 599 }, 10_000);
  assert.deepEqual(view, { start: 399.5, end: 699.5 });
});

test("showing a range leaves a view alone that has it, and moves it otherwise", () => {
  const view = { start: 100, end: 200 };
  assert.equal(viewShowing(view, { start: 120, end: 130 }, 1000), view);
  const moved = viewShowing(view, { start: 400, end: 410 }, 1000);
  close(spanOf(moved), 100);
  assert.ok(moved.start < 400 && moved.end > 410);
  const widened = viewShowing(view, { start: 300, end: 800 }, 1000);
  assert.ok(widened.start <= 300 && widened.end >= 800);
});

test("a drag in either direction names the same rows, kept inside the series", () => {
  const view = { start: -0.5, end: 99.5 };
  assert.deepEqual(rangeBetween(view, 100, 0.1, 0.2), { start: 10, end: 20 });
  assert.deepEqual(rangeBetween(view, 100, 0.2, 0.1), { start: 10, end: 20 });
  assert.deepEqual(rangeBetween(view, 100, -3, 7), { start: 0, end: 99 });
  assert.equal(rowAt(view, 0, 0.5), 0);
});

test("any view becomes one inside the series", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 100_000_000 }),
      fc.double({ min: -1e9, max: 1e9, noNaN: true }),
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      (rows, start, span) => {
        const view = clampView({ start, end: start + span }, rows);
        const full = fullView(rows);
        assert.ok(view.start >= full.start - 1e-6 && view.end <= full.end + 1e-6);
        assert.ok(spanOf(view) >= Math.min(8, spanOf(full)) - 1e-6);
        close(fractionOf(view, view.end), 1);
      },
    ),
  );
});
