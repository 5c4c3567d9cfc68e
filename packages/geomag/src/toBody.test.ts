import assert from "node:assert/strict";
import { test } from "node:test";
import { toBody } from "./toBody.ts";
import type { Vector3 } from "./vector3.ts";

const level = { rollRad: 0, pitchRad: 0, yawRad: 0 };
const quarter = Math.PI / 2;

function close(actual: Vector3, expected: Vector3): void {
  for (const axis of [0, 1, 2])
    assert.ok(Math.abs(actual[axis] - expected[axis]) < 1e-12, `${actual} ≠ ${expected}`);
}

test("heading east, north is to the left", () => {
  close(toBody([1, 0, 0], { ...level, yawRad: quarter }), [0, -1, 0]);
  close(toBody([0, 1, 0], { ...level, yawRad: quarter }), [1, 0, 0]);
});

test("nose straight up, down is behind; rolled to the right, down is to the right", () => {
  close(toBody([0, 0, 1], { ...level, pitchRad: quarter }), [-1, 0, 0]);
  close(toBody([0, 0, 1], { ...level, rollRad: quarter }), [0, 1, 0]);
});

test("no attitude changes a length, so a turning vehicle sees the same magnitude", () => {
  const vector: Vector3 = [12, -5, 44];
  for (let step = 0; step < 50; step += 1) {
    const attitude = { rollRad: 0.1 * step, pitchRad: -0.23 * step, yawRad: 0.77 * step };
    assert.ok(Math.abs(Math.hypot(...toBody(vector, attitude)) - Math.hypot(...vector)) < 1e-12);
  }
});
