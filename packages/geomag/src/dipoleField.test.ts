import assert from "node:assert/strict";
import { test } from "node:test";
import { dipoleField } from "./dipoleField.ts";
import type { Vector3 } from "./vector3.ts";

const near = (actual: number, expected: number, tolerance: number, name = "") =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${name} ${actual} is not ${expected} ± ${tolerance}`);

test("on its axis 1 A·m² gives 200 nT at 1 m, beside it 100 nT the other way", () => {
  assert.deepEqual(dipoleField([0, 0, 1], [0, 0, 1]), [0, 0, 200]);
  assert.deepEqual(dipoleField([0, 0, 1], [1, 0, 0]), [0, 0, -100]);
  assert.deepEqual(dipoleField([0, 0, -1], [0, 0, -1]), [0, 0, -200]);
});

test("it falls with the cube of the distance and is linear in the moment", () => {
  const field = dipoleField([1, -2, 0.5], [2, 1, -1]);
  const farther = dipoleField([1, -2, 0.5], [6, 3, -3]);
  const stronger = dipoleField([-3, 6, -1.5], [2, 1, -1]);
  for (const axis of [0, 1, 2]) {
    near(farther[axis], field[axis] / 27, 1e-12);
    near(stronger[axis], -3 * field[axis], 1e-12);
  }
});

test("it has neither sources nor curl away from the dipole", () => {
  const moment: Vector3 = [3, -1, 2];
  const step = 1e-4;
  const slope = (component: number, axis: number) => {
    const at = (sign: number): Vector3 => {
      const point = [1.1, -0.7, 0.9];
      point[axis] += sign * step;
      return [point[0], point[1], point[2]];
    };
    return (dipoleField(moment, at(1))[component] - dipoleField(moment, at(-1))[component]) / (2 * step);
  };
  near(slope(0, 0) + slope(1, 1) + slope(2, 2), 0, 1e-4, "divergence");
  near(slope(2, 1), slope(1, 2), 1e-4, "curl x");
  near(slope(0, 2), slope(2, 0), 1e-4, "curl y");
  near(slope(1, 0), slope(0, 1), 1e-4, "curl z");
});

test("at the dipole there is no value, and NaN stays NaN", () => {
  assert.throws(() => dipoleField([1, 0, 0], [0, 0, 0]), RangeError);
  assert.ok(dipoleField([1, 0, 0], [Number.NaN, 0, 0]).every(Number.isNaN));
});
