/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { composePicture, extremesIn, gapsIn, pictureIndexAt } from "./composePicture.ts";
import type { TileData } from "./decodeTile.ts";
import { requestOf, type Tile, tileKey, tilesIn, topLevel } from "./tiles.ts";

/** What a server answers for a tile: exact extremes of `values` over each point's rows. */
function answer(tile: Tile, values: Float64Array, gapRows: ReadonlySet<number> = new Set()): TileData {
  const { startIndex, endIndex } = requestOf(tile, values.length, [0]);
  const pointRows = 2 ** tile.level;
  const index: number[] = [];
  const low: number[] = [];
  const high: number[] = [];
  const gap: number[] = [];
  for (let first = startIndex; first <= endIndex; first += pointRows) {
    const rows = values.subarray(first, Math.min(first + pointRows, endIndex + 1));
    index.push(first);
    low.push(Math.min(...rows));
    high.push(Math.max(...rows));
    gap.push(first === startIndex || rows.some((_, i) => gapRows.has(first + i)) ? 1 : 0);
  }
  const lowValues = Float64Array.from(low);
  return {
    index: Float64Array.from(index),
    endIndex: endIndex + 1,
    seconds: Float64Array.from(index, (row) => row / 10),
    gap: Uint8Array.from(gap),
    channels: new Map([["b", { low: lowValues, high: Float64Array.from(high), mean: lowValues }]]),
  };
}

function shelf(tiles: Tile[], values: Float64Array, gapRows?: ReadonlySet<number>) {
  const kept = new Map(tiles.map((tile) => [tileKey(tile), answer(tile, values, gapRows)]));
  return (tile: Tile) => kept.get(tileKey(tile));
}

const ramp = (rows: number) => Float64Array.from({ length: rows }, (_, i) => -i);

test("neighbouring tiles join without a repeated point, a hole or a false gap", () => {
  const values = ramp(3000);
  const tiles = tilesIn({ start: 0, end: 2999 }, 0, 3000);
  const picture = composePicture(tiles, 3000, ["b"], shelf(tiles, values));
  assert.equal(picture.row.length, 3000);
  for (const [i, row] of picture.row.entries()) assert.equal(row, i);
  assert.deepEqual([...picture.gap].filter(Boolean), []);
  assert.deepEqual([...(picture.channels.get("b")?.low ?? [])], [...values]);
});

test("a gap that begins exactly at a seam is kept", () => {
  const tiles = tilesIn({ start: 0, end: 2999 }, 0, 3000);
  const picture = composePicture(tiles, 3000, ["b"], shelf(tiles, ramp(3000), new Set([1024, 1500])));
  assert.deepEqual([...gapsIn(picture)], [1024, 1500]);
});

test("while zooming in the coarse tile stands in, cut to the rows that are missing", () => {
  const values = ramp(5000);
  const top = { level: topLevel(5000), index: 0 };
  const fine = { level: 0, index: 1 };
  const picture = composePicture(
    [
      { level: 0, index: 0 },
      { level: 0, index: 1 },
    ],
    5000,
    ["b"],
    shelf([top, fine], values),
  );
  assert.equal(picture.row[0], 0);
  assert.equal(picture.row.length, 1024 / 8 + 1024);
});

test("while zooming out the finer halves stand in", () => {
  const values = ramp(2048);
  const picture = composePicture(
    [{ level: 1, index: 0 }],
    2048,
    ["b"],
    shelf([{ level: 0, index: 1 }], values),
  );
  assert.equal(picture.row[0], 1024);
  assert.equal(picture.row.length, 1024);
});

test("nothing loaded is an empty picture, and a channel nobody sent is NaN", () => {
  const empty = composePicture([{ level: 0, index: 0 }], 100, ["b"], () => undefined);
  assert.equal(empty.row.length, 0);
  assert.equal(pictureIndexAt(empty, 5), -1);
  const tiles = [{ level: 0, index: 0 }];
  const picture = composePicture(tiles, 10, ["b", "lat"], shelf(tiles, ramp(10)));
  assert.ok(Number.isNaN(picture.channels.get("lat")?.low[3]));
});

test("x never decreases and no extreme is lost, whatever is loaded", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9000 }),
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: 0, max: 15 }),
      fc.integer({ min: 0, max: 8999 }),
      (rows, level, loaded, spikeAt) => {
        const values = new Float64Array(rows).fill(-100);
        const spike = spikeAt % rows;
        values[spike] = 7;
        const wanted = tilesIn({ start: 0, end: rows }, Math.min(level, topLevel(rows)), rows);
        const tiles = [{ level: topLevel(rows), index: 0 }, ...wanted.filter((_, i) => (loaded >> i) & 1)];
        const picture = composePicture(wanted, rows, ["b"], shelf(tiles, values));
        for (let i = 1; i < picture.x.length; i += 1) {
          assert.ok((picture.x[i] as number) >= (picture.x[i - 1] as number));
        }
        const channel = picture.channels.get("b");
        assert.ok(channel);
        assert.deepEqual(extremesIn(picture, channel, 0, rows), rows === 1 ? [7, 7] : [-100, 7]);
        const at = pictureIndexAt(picture, spike);
        assert.equal(channel.high[at], 7);
      },
    ),
    { numRuns: 60 },
  );
});

test("extremes look only at the range, also where all values are negative", () => {
  const tiles = [{ level: 0, index: 0 }];
  const picture = composePicture(tiles, 10, ["b"], shelf(tiles, ramp(10)));
  const channel = picture.channels.get("b");
  assert.ok(channel);
  assert.deepEqual(extremesIn(picture, channel, 2, 4), [-4, -2]);
  channel.low.fill(Number.NaN);
  channel.high.fill(Number.NaN);
  assert.equal(extremesIn(picture, channel, 2, 4), null);
});
