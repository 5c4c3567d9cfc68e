import type { FieldKind, Readings, Recording, ScalarReadings } from "../types.ts";

/** What all the recordings can be read as: their axes where every one has them, else the total field. */
export function commonField(recordings: readonly Recording[]): FieldKind {
  return recordings.some((recording) => fieldOf(recording) === "scalar") ? "scalar" : "vector";
}

export function fieldOf({ field }: Recording): FieldKind {
  return field ?? "vector";
}

/**
 * A recording as a model looks at it: one of axes is read as total field where the model wants no more.
 *
 * @throws {RangeError} axes are wanted and the recording has none; the message says what to do.
 */
export function recordingAs(recording: Recording, wanted: FieldKind): Recording {
  if (fieldOf(recording) === wanted) return recording;
  if (wanted === "vector") {
    throw new RangeError(
      "the model looks at b_x, b_y and b_z, and this dataset has the total field b alone; train a model on datasets of total field",
    );
  }
  return {
    tracks: recording.tracks,
    field: "scalar",
    read: async (startIndex, endIndex) => totalFieldOf(await recording.read(startIndex, endIndex)),
  };
}

/** Magnitude of each row, nT; NaN where an axis is. Cost O(n). */
function totalFieldOf(readings: Readings): ScalarReadings {
  if ("b" in readings) return readings;
  const { b_x, b_y, b_z } = readings;
  const b = new Float64Array(b_x.length);
  for (let i = 0; i < b.length; i++) {
    b[i] = Math.sqrt(b_x[i]! * b_x[i]! + b_y[i]! * b_y[i]! + b_z[i]! * b_z[i]!);
  }
  return { b };
}
