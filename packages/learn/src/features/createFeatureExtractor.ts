import type { Readings } from "../types.ts";
import { axisFeatures } from "./axisFeatures.ts";
import type { BackgroundLevels } from "./backgroundBlocks.ts";
import { channelFeatures } from "./channelFeatures.ts";
import type { FeatureConfig, FeatureGroup } from "./featureGroup.ts";
import { levelFeatures } from "./levelFeatures.ts";
import { shapeFeatures } from "./shapeFeatures.ts";
import { spectralFeatures } from "./spectralFeatures.ts";
import { stepFeatures } from "./stepFeatures.ts";
import { surroundingsFeatures } from "./surroundingsFeatures.ts";
import { createWindowRows, fillWindowRows } from "./windowRows.ts";

export interface FeatureExtractor {
  names: readonly string[];
  /**
   * Writes the features of rows offset … offset + length − 1 to out[at …]. All values written are finite.
   *
   * @param rateHz Sampling rate of these rows; null takes the model's.
   * @param background Surroundings of the window, for unit "window"; null has none.
   * @returns False, writing nothing, when over half of the rows are missing.
   */
  extract(
    readings: Readings,
    offset: number,
    length: number,
    rateHz: number | null,
    background: BackgroundLevels | null,
    out: Float32Array,
    at: number,
  ): boolean;
}

/** The features a configuration asks for, in their order. They are documented one by one in FEATURES.md. */
export function createFeatureExtractor(config: FeatureConfig): FeatureExtractor {
  const groups = featureGroups(config);
  const names = groups.flatMap((group) => group.names);
  let rows = createWindowRows(256);

  return {
    names,
    extract(readings, offset, length, rateHz, background, out, at) {
      if (rows.x.length < length) rows = createWindowRows(2 * length);
      if (!fillWindowRows(rows, readings, offset, length)) return false;
      rows.rateHz = rateHz ?? config.rateHz ?? 1;
      let next = at;
      for (const group of groups) {
        group.write(rows, out, next, background);
        next += group.names.length;
      }
      for (let i = at; i < next; i++) out[i] = clampFinite(out[i]!);
      return true;
    },
  };
}

/** Names of the features a configuration gives, in the order of a matrix's columns. */
export function featureNames(config: FeatureConfig): readonly string[] {
  return createFeatureExtractor(config).names;
}

function featureGroups(config: FeatureConfig): FeatureGroup[] {
  const isScalar = config.field === "scalar";
  const keep = config.attitude === "keep" && !isScalar;
  const channels = keep ? (["x", "y", "z", "b"] as const) : (["b"] as const);
  const groups = channels.map((channel) => channelFeatures(channel));
  groups.push(stepFeatures());
  if (!isScalar) groups.push(axisFeatures(keep));
  groups.push(spectralFeatures(config.rateHz ?? 1));
  if (config.unit === "window") groups.push(surroundingsFeatures(keep, !isScalar));
  else groups.push(shapeFeatures(keep ? ["x", "y", "z"] : ["b"]));
  if (config.level === "absolute") groups.push(levelFeatures(channels));
  return groups;
}

/** Fields beyond single precision cannot occur, but a file may hold them. */
function clampFinite(value: number): number {
  if (Number.isNaN(value)) return 0;
  return Math.max(-3.4e38, Math.min(3.4e38, value));
}
