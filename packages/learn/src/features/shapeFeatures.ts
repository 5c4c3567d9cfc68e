import type { FeatureGroup } from "./featureGroup.ts";
import type { WindowRows } from "./windowRows.ts";

/** Equal parts of an interval whose means describe its course. */
export const SHAPE_PARTS = 10;

/**
 * The course of a whole interval, whatever its length: the mean of each channel over successive tenths, less their
 * mean and divided by their standard deviation, and the change from each tenth to the next in the same unit. Without
 * a unit, so that the same movement nearer to a source looks the same. A constant interval is all 0; one of fewer
 * rows than parts repeats rows. Cost O(n) an interval.
 */
export function shapeFeatures(channels: readonly ("x" | "y" | "z" | "b")[]): FeatureGroup {
  const numbered = (name: string, count: number) =>
    Array.from({ length: count }, (_, i) => `${name}_${i + 1}`);
  const names = channels.flatMap((channel) => [
    ...numbered(`shape_${channel}`, SHAPE_PARTS),
    ...numbered(`change_${channel}`, SHAPE_PARTS - 1),
  ]);
  const parts = new Float64Array(SHAPE_PARTS);

  function write(rows: WindowRows, out: Float32Array, at: number): void {
    let next = at;
    for (const channel of channels) {
      standardizedParts(rows[channel], rows.length, parts);
      for (let part = 0; part < SHAPE_PARTS; part++) out[next++] = parts[part]!;
      for (let part = 1; part < SHAPE_PARTS; part++) out[next++] = parts[part]! - parts[part - 1]!;
    }
  }

  return { names, write };
}

function standardizedParts(values: Float64Array, length: number, parts: Float64Array): void {
  const first = values[0]!; // sums of differences keep their digits where the level is far above the change
  let mean = 0;
  for (let part = 0; part < SHAPE_PARTS; part++) {
    const start = Math.min(length - 1, Math.floor((part * length) / SHAPE_PARTS));
    const end = Math.max(start + 1, Math.floor(((part + 1) * length) / SHAPE_PARTS));
    let sum = 0;
    for (let i = start; i < end; i++) sum += values[i]! - first;
    parts[part] = sum / (end - start);
    mean += parts[part]! / SHAPE_PARTS;
  }
  let variance = 0;
  for (let part = 0; part < SHAPE_PARTS; part++) variance += (parts[part]! - mean) ** 2 / SHAPE_PARTS;
  const scale = variance > 0 ? 1 / Math.sqrt(variance) : 0;
  for (let part = 0; part < SHAPE_PARTS; part++) parts[part] = (parts[part]! - mean) * scale;
}
