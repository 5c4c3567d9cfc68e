import type { Readings, ScalarReadings, VectorReadings } from "../types.ts";

/** The rows of one window, as the feature groups see them. Buffers are reused from window to window. */
export interface WindowRows {
  length: number;
  /** Rows per second used for rates and frequencies; 1 when unknown, which makes them "per row". */
  rateHz: number;
  /**
   * Components and magnitude in nT, shape (≥ length); missing rows filled in along a line from their neighbours. A
   * total field alone is `b` and `x`, and the other components are 0.
   */
  x: Float64Array;
  y: Float64Array;
  z: Float64Array;
  b: Float64Array;
  /** 1 where the row was read, 0 where it was filled in, shape (≥ length). */
  valid: Uint8Array;
  validCount: number;
}

export function createWindowRows(capacity: number): WindowRows {
  return {
    length: 0,
    rateHz: 1,
    x: new Float64Array(capacity),
    y: new Float64Array(capacity),
    z: new Float64Array(capacity),
    b: new Float64Array(capacity),
    valid: new Uint8Array(capacity),
    validCount: 0,
  };
}

/**
 * Copies rows offset … offset + length − 1 of the readings into the window and fills its missing rows. A row with
 * any component NaN is missing as a whole.
 *
 * @returns False, leaving the window unusable, when over half of the rows are missing. Cost O(length).
 */
export function fillWindowRows(
  rows: WindowRows,
  readings: Readings,
  offset: number,
  length: number,
): boolean {
  const { x, y, z, b, valid } = rows;
  rows.length = length;
  const count = "b" in readings ? copyTotalField(rows, readings, offset) : copyVector(rows, readings, offset);
  rows.validCount = count;
  if (count === 0 || 2 * count < length) return false;
  if (count < length) for (const channel of [x, y, z, b]) fillMissingInPlace(channel, valid, length);
  return true;
}

/** @returns How many of the rows were read. */
function copyVector(rows: WindowRows, readings: VectorReadings, offset: number): number {
  const { x, y, z, b, valid, length } = rows;
  let count = 0;
  for (let i = 0; i < length; i++) {
    const bx = readings.b_x[offset + i]!;
    const by = readings.b_y[offset + i]!;
    const bz = readings.b_z[offset + i]!;
    const magnitude = Math.sqrt(bx * bx + by * by + bz * bz);
    const isValid = Number.isFinite(magnitude);
    x[i] = bx;
    y[i] = by;
    z[i] = bz;
    b[i] = magnitude;
    valid[i] = isValid ? 1 : 0;
    if (isValid) count++;
  }
  return count;
}

/** @returns How many of the rows were read. */
function copyTotalField(rows: WindowRows, readings: ScalarReadings, offset: number): number {
  const { x, y, z, b, valid, length } = rows;
  let count = 0;
  for (let i = 0; i < length; i++) {
    const field = readings.b[offset + i]!;
    const isValid = Number.isFinite(field);
    x[i] = field;
    y[i] = 0;
    z[i] = 0;
    b[i] = field;
    valid[i] = isValid ? 1 : 0;
    if (isValid) count++;
  }
  return count;
}

function fillMissingInPlace(values: Float64Array, valid: Uint8Array, length: number): void {
  let last = -1;
  for (let i = 0; i <= length; i++) {
    if (i < length && valid[i] === 0) continue;
    for (let k = last + 1; k < i; k++) {
      if (last < 0) values[k] = values[i]!;
      else if (i === length) values[k] = values[last]!;
      else values[k] = values[last]! + ((values[i]! - values[last]!) * (k - last)) / (i - last);
    }
    last = i;
  }
}
