/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { nearestPoint, pointsInView, projectTrack, scaleBarLength } from "./projectTrack.ts";

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

test("half a position is none, and does not stretch the track", () => {
  const track = projectTrack(at(0, 1, 2), at(1, 999, 1), at(2, 999, 2.1), at(0, 0, 0));
  assert.ok(Number.isNaN(track?.x[1]));
  assert.ok(Math.max(...(track?.x ?? []).filter((x) => !Number.isNaN(x))) < 10_000);
  const withoutLongitude = projectTrack(at(0, 1), at(1, 80), at(2, Number.NaN), at(0, 0));
  assert.ok(Number.isNaN(withoutLongitude?.y[1]));
});

test("a view holds the points of its first and last row and those between", () => {
  const single = at(0, 1, 2, 3, 4);
  assert.deepEqual(pointsInView(single, { start: 0.5, end: 3.5 }), { first: 1, end: 4 });
  assert.deepEqual(pointsInView(single, { start: 1, end: 3 }), { first: 1, end: 4 });
  assert.deepEqual(pointsInView(single, { start: -0.5, end: 4.5 }), { first: 0, end: 5 });
  // Points of a hundred rows each.
  assert.deepEqual(pointsInView(at(0, 100, 200), { start: 120, end: 130 }), { first: 1, end: 2 });
  assert.deepEqual(pointsInView(at(0, 100, 200), { start: 99, end: 100 }), { first: 0, end: 2 });
  assert.deepEqual(pointsInView(at(0, 100, 200), { start: 99.5, end: 110 }), { first: 1, end: 2 });
  assert.deepEqual(pointsInView(at(0, 100, 200), { start: 250, end: 260 }), { first: 2, end: 3 });
  assert.deepEqual(pointsInView(at(), { start: -0.5, end: 0.5 }), { first: 0, end: 0 });
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
