import type { Track } from "@magtrace/contracts";
import type { RowInterval } from "../types.ts";

export interface DatasetRows {
  readonly totalRecords: number;
  readonly tracks: readonly Track[];
}

/** Why a dataset has no such interval, as the end of a sentence, or null. Both indices are inclusive. */
export function rowFault({ totalRecords, tracks }: DatasetRows, interval: RowInterval): string | null {
  const { start_index: start, end_index: end } = interval;
  if (end < start) return `end_index ${end} is before start_index ${start}`;
  const last = totalRecords - 1;
  if (end > last) return `end_index ${end} is beyond the dataset's last row, ${last}`;
  const track = tracks.find(({ end_index }) => start <= end_index);
  if (track && end > track.end_index) {
    return `rows ${start} to ${end} leave their track, which has rows ${track.start_index} to ${track.end_index}`;
  }
  return null;
}
