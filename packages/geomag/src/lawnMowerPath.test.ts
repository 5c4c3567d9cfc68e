import assert from "node:assert/strict";
import { test } from "node:test";
import { lawnMowerPath } from "./lawnMowerPath.ts";

const pattern = { lineLengthM: 100, lineSpacingM: 10, headingDeg: 0 };
const legM = 100 + 5 * Math.PI;
const close = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} ≠ ${expected}`);

test("lines run to and fro, each a spacing to the right of the first", () => {
  for (const [travelled, north, east, course] of [
    [0, 0, 0, 0],
    [100, 100, 0, 0],
    [100 + 2.5 * Math.PI, 105, 5, Math.PI / 2],
    [legM, 100, 10, Math.PI],
    [legM + 100, 0, 10, Math.PI],
    [legM + 100 + 2.5 * Math.PI, -5, 15, Math.PI / 2],
    [2 * legM, 0, 20, 0],
  ]) {
    const at = lawnMowerPath(pattern, travelled);
    close(at.northM, north);
    close(at.eastM, east);
    close(at.courseRad, course);
  }
});

test("a metre travelled is a metre moved, along the course, also in the turns", () => {
  const turned = { ...pattern, headingDeg: 237 };
  const step = 1e-3;
  for (let travelled = 0.5; travelled < 3 * legM; travelled += 0.7) {
    const from = lawnMowerPath(turned, travelled);
    const to = lawnMowerPath(turned, travelled + step);
    const north = (to.northM - from.northM) / step;
    const east = (to.eastM - from.eastM) / step;
    assert.ok(Math.abs(north - Math.cos(from.courseRad)) < 1e-3);
    assert.ok(Math.abs(east - Math.sin(from.courseRad)) < 1e-3);
  }
});

test("a pattern without extent is refused", () => {
  assert.throws(() => lawnMowerPath({ ...pattern, lineLengthM: 0 }, 1), RangeError);
  assert.throws(() => lawnMowerPath({ ...pattern, lineSpacingM: Number.NaN }, 1), RangeError);
});
