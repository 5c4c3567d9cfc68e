import type { IngestAccepted } from "../ingest/types.ts";
import { type StoredDataset, wireTracks } from "../queries.ts";

/**
 * Why row N of the new reading is not row N of the one before, or null where it is: then whatever speaks of rows by
 * their numbers stays as it is.
 */
export function movedRows(before: StoredDataset, outcome: IngestAccepted): string | null {
  if (before.totalRecords !== outcome.rows) {
    return `it gives ${outcome.rows} rows, and there were ${before.totalRecords}`;
  }
  const tracks = wireTracks(outcome);
  const sameTracks =
    tracks.length === before.tracks.length &&
    tracks.every((track, i) => {
      const other = before.tracks[i]!;
      const sameSensor = tracks.length === 1 || track.sensor_id === other.sensor_id;
      return sameSensor && track.start_index === other.start_index && track.end_index === other.end_index;
    });
  if (!sameTracks) return "it shares the rows out among sensors in another way";
  const wasReordered = before.quality?.assumptions?.some(({ subject }) => subject === "row_order") ?? false;
  const isReordered = outcome.quality.assumptions.some(({ subject }) => subject === "row_order");
  return wasReordered === isReordered ? null : "it puts the rows in another order";
}
