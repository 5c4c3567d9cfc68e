/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { nearestPoint, projectTrack, scaleBarLength } from "./projectTrack.ts";

const at = (...values: number[]) => Float64Array.from(values);

test("a degree of latitude is 111 km and a degree of longitude less away from the equator", () => {
  const track = projectTrack(at(0, 1, 2), at(59.5, 60.5, 60), at(10, 10, 11), at(0, 0, 0));
  assert.ok(track);
  assert.ok(Math.abs((track.y[1] ?? 0) - (track.y[0] ?? 0) - 111_320) < 1);
  assert.ok(Math.abs((track.x[2] ?? 0) - (track.x[0] ?? 0) - 55_660) < 1);
});

test("points without a position stay without one, and a track of only those is none", () => {
  const track = projectTrack(at(0, 1), at(1, Number.NaN), at(1, 2), at(0, 0));
  assert.ok(Number.isNaN(track?.y[1]));
  assert.equal(projectTrack(at(0), at(Number.NaN), at(0), at(0)), null);
  assert.equal(projectTrack(at(0), at(500), at(0), at(0)), null);
  assert.equal(projectTrack(at(), at(), at(), at()), null);
});

test("the nearest point is found within reach only", () => {
  const track = { row: at(0, 1, 2), x: at(0, 10, Number.NaN), y: at(0, 0, 0), value: at(0, 0, 0) };
  assert.equal(nearestPoint(track, 8, 1, 5), 1);
  assert.equal(nearestPoint(track, 50, 0, 5), -1);
});

test("scale bars are round", () => {
  assert.equal(scaleBarLength(99), 50);
  assert.equal(scaleBarLength(23), 20);
  assert.equal(scaleBarLength(1.4), 1);
});
