/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { levelFor, requestOf, tileRows, tilesIn, tilesNear, topLevel } from "./tiles.ts";
import { fullView } from "./viewport.ts";

test("one tile of the top level holds the whole series", () => {
  assert.equal(topLevel(0), 0);
  assert.equal(topLevel(1024), 0);
  assert.equal(topLevel(1025), 1);
  assert.equal(topLevel(10_000_000), 14);
  assert.deepEqual(tilesIn(fullView(10_000_000), 14, 10_000_000), [{ level: 14, index: 0 }]);
});

test("a point is about a pixel wide at every zoom", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2000, max: 100_000_000 }),
      fc.double({ min: 0.0001, max: 1, noNaN: true }),
      (rows, share) => {
        const view = { start: 0, end: rows * share };
        const level = levelFor(view, 1000, rows);
        const pointsPerPixel = (rows * share) / 2 ** level / 1000;
        assert.ok(pointsPerPixel <= Math.SQRT2 + 1e-9);
        // Below one row a pixel there is nothing finer; at the top the series is narrower than the screen.
        if (level > 0 && level < topLevel(rows)) assert.ok(pointsPerPixel >= Math.SQRT1_2 - 1e-9);
      },
    ),
  );
});

test("the tiles in view cover it without a hole", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 0, max: 14 }),
      (rows, a, b, level) => {
        const view = { start: Math.min(a, b) * rows - 0.5, end: Math.max(a, b) * rows - 0.5 };
        const tiles = tilesIn(view, level, rows);
        assert.ok(tiles.length > 0);
        assert.ok((tiles[0]?.index ?? 0) * tileRows(level) <= Math.max(view.start, 0));
        assert.ok(((tiles.at(-1)?.index ?? 0) + 1) * tileRows(level) > Math.min(view.end, rows - 1));
        for (const [i, tile] of tiles.entries()) assert.equal(tile.index, (tiles[0]?.index ?? 0) + i);
      },
    ),
  );
});

test("an empty series has no tiles", () => {
  assert.deepEqual(tilesIn(fullView(0), 0, 0), []);
  assert.deepEqual(tilesNear(fullView(0), 0, 0), []);
});

test("neighbours are prefetched where there are any, and the level above", () => {
  const rows = 4 * 1024;
  assert.deepEqual(tilesNear({ start: 1100, end: 1200 }, 0, rows), [
    { level: 0, index: 2 },
    { level: 0, index: 0 },
    { level: 1, index: 0 },
  ]);
  assert.deepEqual(tilesNear(fullView(rows), topLevel(rows), rows), []);
});

test("a request begins one point before its tile, ends with the series, and has a point for every 2^k rows", () => {
  assert.deepEqual(requestOf({ level: 0, index: 0 }, 46, [0]), { startIndex: 0, endIndex: 45, points: 46 });
  assert.deepEqual(requestOf({ level: 3, index: 1 }, 1_000_000, [0]), {
    startIndex: 8192 - 8,
    endIndex: 16383,
    points: 1025,
  });
  assert.equal(requestOf({ level: 3, index: 1 }, 1_000_000, [0, 9000, 20_000]).points, 1027);
});
