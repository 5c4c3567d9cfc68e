import type { FeatureGroup } from "./featureGroup.ts";
import type { WindowRows } from "./windowRows.ts";

/** The absolute level, nT: means over the rows read. Only where asked for, since it drifts. Cost O(n) a window. */
export function levelFeatures(channels: readonly ("x" | "y" | "z" | "b")[]): FeatureGroup {
  function write(rows: WindowRows, out: Float32Array, at: number): void {
    for (const [i, channel] of channels.entries()) {
      const values = rows[channel];
      let sum = 0;
      for (let k = 0; k < rows.length; k++) if (rows.valid[k] === 1) sum += values[k]!;
      out[at + i] = sum / rows.validCount;
    }
  }
  return { names: channels.map((channel) => `mean_${channel}`), write };
}
