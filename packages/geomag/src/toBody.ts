import type { Vector3 } from "./vector3.ts";

export interface Attitude {
  /** Right side down. */
  readonly rollRad: number;
  /** Nose up. */
  readonly pitchRad: number;
  /** Clockwise from north. */
  readonly yawRad: number;
}

/**
 * A vector in north, east, down seen along a vehicle's forward, right and down axes.
 * NaN propagates. Cost O(1). Source: the aerospace sequence yaw, pitch, roll; Kuipers, Quaternions and
 * Rotation Sequences (1999), §4.4.
 */
export function toBody(vector: Vector3, attitude: Attitude): Vector3 {
  const [north, east, down] = vector;
  const { rollRad, pitchRad, yawRad } = attitude;
  const level = north * Math.cos(yawRad) + east * Math.sin(yawRad);
  const right = east * Math.cos(yawRad) - north * Math.sin(yawRad);
  const forward = level * Math.cos(pitchRad) - down * Math.sin(pitchRad);
  const below = level * Math.sin(pitchRad) + down * Math.cos(pitchRad);
  return [
    forward,
    right * Math.cos(rollRad) + below * Math.sin(rollRad),
    below * Math.cos(rollRad) - right * Math.sin(rollRad),
  ];
}
