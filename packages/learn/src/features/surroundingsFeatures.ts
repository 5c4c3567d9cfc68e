import type { BackgroundLevels } from "./backgroundBlocks.ts";
import type { FeatureGroup } from "./featureGroup.ts";
import type { WindowRows } from "./windowRows.ts";

const CHANNELS = ["x", "y", "z", "b"] as const;

/**
 * The window against its surroundings: how far its mean lies from the median of the near and of the far
 * surroundings, by channel and as a vector, nT, and how lively |b| is in it compared with them (logarithm of the
 * ratio of standard deviations). This is what a slow drift leaves alone. Without surroundings all are 0. Of the total
 * field alone there is no vector. Cost O(n) a window.
 */
export function surroundingsFeatures(keepAttitude: boolean, withVector = true): FeatureGroup {
  const channels = keepAttitude ? CHANNELS : (["b"] as const);
  const names = [
    ...channels.flatMap((channel) => [`near_${channel}`, `far_${channel}`]),
    ...(withVector ? ["near_vector", "far_vector"] : []),
    "activity",
  ];
  const means = new Float64Array(CHANNELS.length);

  function write(rows: WindowRows, out: Float32Array, at: number, background: BackgroundLevels | null): void {
    out.fill(0, at, at + names.length);
    if (background === null) return;
    for (const [c, channel] of CHANNELS.entries()) {
      let sum = 0;
      for (let i = 0; i < rows.length; i++) if (rows.valid[i] === 1) sum += rows[channel][i]!;
      means[c] = sum / rows.validCount;
    }
    let next = at;
    for (const channel of channels) {
      const c = CHANNELS.indexOf(channel);
      out[next++] = difference(means[c]!, background.near[c]!);
      out[next++] = difference(means[c]!, background.far[c]!);
    }
    if (withVector) {
      out[next++] = distance(means, background.near);
      out[next++] = distance(means, background.far);
    }
    if (Number.isNaN(background.farSpread)) return;
    let squares = 0;
    for (let i = 0; i < rows.length; i++) if (rows.valid[i] === 1) squares += (rows.b[i]! - means[3]!) ** 2;
    out[next] = Math.log((Math.sqrt(squares / rows.validCount) + 1e-3) / (background.farSpread + 1e-3));
  }

  return { names, write };
}

function difference(mean: number, level: number): number {
  return Number.isNaN(level) ? 0 : mean - level;
}

function distance(means: Float64Array, levels: Float64Array): number {
  let squares = 0;
  for (let c = 0; c < 3; c++) squares += difference(means[c]!, levels[c]!) ** 2;
  return Math.sqrt(squares);
}
