import type { Track } from "@magtrace/contracts";
import { formatTime, type SeriesWindow } from "@magtrace/series";

/**
 * The points of a window as the interface gives readings: one row each, or buckets whose channels are means, with
 * `_min` and `_max` beside them, the last row (`end_index`, inclusive) and how many rows there are (`count`).
 */
export function readingObjects(window: SeriesWindow, tracks: readonly Track[]): Record<string, unknown>[] {
  const sensorOf = sensorFinder(tracks);
  return Array.from(window.index, (index, point) => {
    const time = formatTime(window.timeUs[point]!, window.timeKind);
    const object: Record<string, unknown> = {
      index,
      timestamp_pc: window.timeKind === "relative" ? Number(time) : time,
      sensor_id: sensorOf(index),
    };
    if (window.kind === "raw") {
      for (const { name, values } of window.channels) object[name] = numberOrNull(values[point]!);
      return object;
    }
    const endIndex = (window.index[point + 1] ?? window.endIndex) - 1;
    object.end_index = endIndex;
    object.count = endIndex - index + 1;
    for (const { name, min, max, mean } of window.channels) {
      object[name] = numberOrNull(mean[point]!);
      object[`${name}_min`] = numberOrNull(min[point]!);
      object[`${name}_max`] = numberOrNull(max[point]!);
    }
    return object;
  });
}

/** Sensor of a row; rows come in order, so the search goes on from the last answer. */
function sensorFinder(tracks: readonly Track[]): (index: number) => string | null {
  let at = 0;
  return (index) => {
    while (at < tracks.length - 1 && index > tracks[at]!.end_index) at++;
    return tracks[at]?.sensor_id ?? null;
  };
}

function numberOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
