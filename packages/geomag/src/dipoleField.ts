import type { Vector3 } from "./vector3.ts";

/** μ₀ / 4π in nT·m³ per A·m²: 10⁻⁷ T·m/A. */
const fieldConstant = 100;

/**
 * Field of a point magnetic dipole, nT: μ₀/4π · (3 r̂ (m·r̂) − m) / r³.
 *
 * @param momentAm2 Dipole moment, A·m², along any right-handed axes.
 * @param offsetM From the dipole to the point of observation, m, along the same axes.
 * @returns nT along the same axes. NaN propagates.
 * @throws {RangeError} at the dipole itself, where the field has no value.
 * Cost O(1). Source: Blakely, Potential Theory in Gravity and Magnetic Applications (1995), §4.1.
 */
export function dipoleField(momentAm2: Vector3, offsetM: Vector3): Vector3 {
  const [mx, my, mz] = momentAm2;
  const [rx, ry, rz] = offsetM;
  const squared = rx * rx + ry * ry + rz * rz;
  if (squared === 0) throw new RangeError("the field of a dipole has no value at the dipole (offset 0 m)");
  const radial = (3 * (mx * rx + my * ry + mz * rz)) / squared;
  const scale = fieldConstant / (squared * Math.sqrt(squared));
  return [scale * (radial * rx - mx), scale * (radial * ry - my), scale * (radial * rz - mz)];
}
