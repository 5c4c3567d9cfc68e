import assert from "node:assert/strict";
import { test } from "node:test";
import { PlaceFixes } from "./placeFixes.ts";

function latitudes(fixes: PlaceFixes, ...seconds: readonly number[]): number[] {
  const timeUs = Float64Array.from(seconds, (s) => 1e6 * s);
  return [...fixes.locate(timeUs, timeUs.length).lat];
}

test("between fixes up to 10 s apart there is a line, else the nearest within 5 s, else nothing", () => {
  const fixes = new PlaceFixes();
  // Not in the order of time.
  for (const [s, lat] of [
    [10, 11],
    [0, 1],
    [40, 41],
  ])
    fixes.add(1e6 * s, lat, 5, 0);
  assert.deepEqual(latitudes(fixes, -5.1, -5, 0, 4, 10, 15, 15.1, 34.9, 35, 40, 45, 46), [
    Number.NaN,
    1,
    1,
    5,
    11,
    11,
    Number.NaN,
    Number.NaN,
    41,
    41,
    41,
    Number.NaN,
  ]);
  const { count, farthestUs } = fixes.locate(Float64Array.of(4e6, 100e6), 2);
  assert.deepEqual([count, farthestUs], [1, 4e6]);
});

test("no line is drawn over the date line, and places that cannot be are left out", () => {
  const fixes = new PlaceFixes();
  fixes.add(0, -17, 179.9, 0);
  fixes.add(4e6, -17, -179.9, 0);
  for (const lat of [0, 91, Number.NaN]) fixes.add(2e6, lat, 0, 0);
  assert.equal(fixes.count, 2);
  assert.deepEqual([...fixes.locate(Float64Array.of(1e6, 3e6), 2).lon], [179.9, -179.9]);
  assert.deepEqual(latitudes(new PlaceFixes(), 1), [Number.NaN]);
});

test("of more than a million fixes some are kept, over all the time", () => {
  const fixes = new PlaceFixes();
  for (let i = 0; i < 2_500_000; i++) fixes.add(1e4 * i, 1 + i / 1e6, 5, 0);
  assert.ok(fixes.count <= 1_000_000 && fixes.count > 500_000);
  assert.deepEqual(
    latitudes(fixes, 1000, 20_000).map((lat) => Math.round(lat * 1e4) / 1e4),
    [1.1, 3],
  );
});
