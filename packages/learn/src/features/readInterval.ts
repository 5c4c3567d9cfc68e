import type { Readings, Recording } from "../types.ts";
import { fieldOf } from "./totalField.ts";

/** An interval longer than this is averaged down to it: its course needs no more rows, and memory stays bounded. */
export const MOST_ROWS = 65_536;

export interface IntervalReadings {
  readings: Readings;
  rows: number;
  /** Rows of the recording to one row here. */
  factor: number;
}

/**
 * Reads an interval of any length. Over 65,536 rows, each row is the mean of `factor` successive ones that are not
 * NaN (NaN when none is); the last, partial one is left out.
 */
export async function readInterval(
  recording: Recording,
  startIndex: number,
  endIndex: number,
  mostRows = MOST_ROWS,
): Promise<IntervalReadings> {
  const length = endIndex - startIndex + 1;
  if (length <= mostRows) {
    return { readings: await recording.read(startIndex, endIndex), rows: length, factor: 1 };
  }
  const factor = Math.ceil(length / mostRows);
  const rows = Math.floor(length / factor);
  const column = () => new Float64Array(rows);
  const columns: Record<string, Float64Array> =
    fieldOf(recording) === "scalar" ? { b: column() } : { b_x: column(), b_y: column(), b_z: column() };
  const rowsAtOnce = Math.max(1, Math.floor(mostRows / factor));
  for (let row = 0; row < rows; row += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, rows - row);
    const from = startIndex + row * factor;
    const chunk: Partial<Record<string, Float64Array>> = {
      ...(await recording.read(from, from + count * factor - 1)),
    };
    for (const [channel, means] of Object.entries(columns)) {
      for (let i = 0; i < count; i++) means[row + i] = meanOf(chunk[channel]!, i * factor, factor);
    }
  }
  return { readings: columns as unknown as Readings, rows, factor };
}

function meanOf(values: Float64Array, from: number, count: number): number {
  let sum = 0;
  let kept = 0;
  for (let i = from; i < from + count; i++) {
    if (Number.isNaN(values[i]!)) continue;
    sum += values[i]!;
    kept++;
  }
  return sum / kept;
}
