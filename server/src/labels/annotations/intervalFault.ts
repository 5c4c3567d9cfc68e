import type { Track } from "@magtrace/contracts";

/** The rows a dataset has to label. */
export interface LabelledRows {
  readonly totalRecords: number;
  /** Ascending, without gaps. Empty means one track. */
  readonly tracks: readonly Track[];
}

export interface Interval {
  readonly start_index: number;
  readonly end_index: number;
}

/** The field of an interval that is wrong, and why in a sentence. */
export interface IntervalFault {
  readonly field: keyof Interval;
  readonly reason: string;
}

/** Why these rows cannot be labelled as one interval, or null. Both indices are inclusive. */
export function intervalFault(rows: LabelledRows, interval: Interval): IntervalFault | null {
  const { start_index: start, end_index: end } = interval;
  const lastIndex = rows.totalRecords - 1;
  if (end < start) {
    return fault(
      "end_index",
      `end_index ${end} is before start_index ${start}. Indices are inclusive: for a single row, give the same twice.`,
    );
  }
  if (lastIndex < 0) return fault("start_index", "This dataset has no rows to label.");
  if (end > lastIndex) {
    const field = start > lastIndex ? "start_index" : "end_index";
    return fault(
      field,
      `${field} ${interval[field]} is beyond the dataset's last row. The last valid index is ${lastIndex}.`,
    );
  }
  const track = rows.tracks.find(({ end_index }) => start <= end_index);
  if (track && end > track.end_index) {
    const name = track.sensor_id === null ? "its track" : `the track of sensor "${track.sensor_id}"`;
    return fault(
      "end_index",
      `Rows ${start} to ${end} reach from one track into another: ${name} has rows ${track.start_index} to ${track.end_index}. Label each track on its own.`,
    );
  }
  return null;
}

function fault(field: keyof Interval, reason: string): IntervalFault {
  return { field, reason };
}
