import type { ReadingTable } from "./readingTable.ts";

/** Rows, both ends inclusive. */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

interface TrackOfRows {
  readonly sensor_id: string | null;
  readonly start_index: number;
  readonly end_index: number;
}

/** Where rows of the old order are now. */
export interface RowMap {
  /** Rows there were, those that were left out too. */
  readonly total: number;
  /** What became of rows of the old order: one range of each track they fell into, by their first rows; none where none of them is here. */
  ranges(old: RowRange): RowRange[];
  /** The row's place now; -1 where it was left out. */
  rowOf(oldIndex: number): number;
}

/**
 * Rows of one sensor keep their order, and sensors come one after the other.
 * @param isReversed The file began with its newest row and was turned round.
 * @returns why the rows cannot be matched, where they cannot.
 */
export function mapRows(
  { total, kept }: ReadingTable,
  tracks: readonly TrackOfRows[],
  isReversed: boolean,
): RowMap | string {
  const newIndex = new Int32Array(total).fill(-1);
  const trackOf = new Int32Array(total).fill(-1);
  const bySensor = Map.groupBy(kept, ({ sensor }) => sensor);
  for (const [at, { sensor_id, start_index, end_index }] of tracks.entries()) {
    const rows = bySensor.get(sensor_id ?? "") ?? [];
    const length = end_index - start_index + 1;
    if (rows.length !== length) {
      return `of the sensor "${sensor_id ?? ""}" there are ${length} rows here and ${rows.length} in the old database`;
    }
    rows.forEach(({ index }, place) => {
      newIndex[index] = isReversed ? end_index - place : start_index + place;
      trackOf[index] = at;
    });
  }
  return {
    total,
    rowOf: (oldIndex) => newIndex[oldIndex] ?? -1,
    ranges({ start, end }) {
      const found = new Map<number, RowRange>();
      for (let old = start; old <= end; old++) {
        const row = newIndex[old]!;
        if (row < 0) continue;
        const track = trackOf[old]!;
        const { start: first, end: last } = found.get(track) ?? { start: row, end: row };
        found.set(track, { start: Math.min(first, row), end: Math.max(last, row) });
      }
      return [...found.values()].sort((a, b) => a.start - b.start);
    },
  };
}
