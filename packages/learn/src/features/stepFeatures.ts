import { medianInPlace } from "@magtrace/signal";
import type { FeatureGroup } from "./featureGroup.ts";
import type { WindowRows } from "./windowRows.ts";

/**
 * Statistics of |Δb|, the length of the vector from one reading to the next, nT: fast change, whatever the level
 * and the attitude. Only steps between two rows that were read count; 0 when there are none. Cost O(n) a window.
 */
export function stepFeatures(): FeatureGroup {
  let steps = new Float64Array(0);

  function write(rows: WindowRows, out: Float32Array, at: number): void {
    const { x, y, z, valid, length } = rows;
    if (steps.length < length) steps = new Float64Array(length);
    let count = 0;
    let sum = 0;
    let largest = 0;
    for (let i = 1; i < length; i++) {
      if (valid[i] === 0 || valid[i - 1] === 0) continue;
      const dx = x[i]! - x[i - 1]!;
      const dy = y[i]! - y[i - 1]!;
      const dz = z[i]! - z[i - 1]!;
      const step = Math.sqrt(dx * dx + dy * dy + dz * dz);
      steps[count++] = step;
      sum += step;
      if (step > largest) largest = step;
    }
    if (count === 0) {
      out.fill(0, at, at + 4);
      return;
    }
    const mean = sum / count;
    let variance = 0;
    for (let i = 0; i < count; i++) variance += (steps[i]! - mean) ** 2;
    out[at] = mean;
    out[at + 1] = Math.sqrt(variance / count);
    out[at + 2] = medianInPlace(steps, count);
    out[at + 3] = largest;
  }

  return { names: ["step_mean", "step_std", "step_median", "step_max"], write };
}
