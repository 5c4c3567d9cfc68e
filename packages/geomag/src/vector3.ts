/** Three components. Which axes and what unit, the name of the variable says. */
export type Vector3 = readonly [number, number, number];

export function addVectors(a: Vector3, b: Vector3): Vector3 {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

export function scaleVector(factor: number, a: Vector3): Vector3 {
  return [factor * a[0], factor * a[1], factor * a[2]];
}

export function vectorLength(a: Vector3): number {
  return Math.hypot(a[0], a[1], a[2]);
}
