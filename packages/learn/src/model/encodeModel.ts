import { featureNames } from "../features/createFeatureExtractor.ts";
import type { FeatureConfig } from "../features/featureGroup.ts";
import type { ClassName } from "../types.ts";
import type { Windowing } from "../windows/chooseWindowing.ts";
import { decodeContainer, encodeContainer } from "./container.ts";
import type { ForestModel } from "./forestModel.ts";
import { ARRAYS_PER_TREE, treeFromArrays, treeToArrays } from "./treeArrays.ts";

const MAGIC = "MAGTRACE";
const VERSION = 1;

/** A model as a file. The same model always gives the same bytes. Cost O(size). */
export function encodeModel(model: ForestModel): Uint8Array {
  const { trees, ...header } = model;
  return encodeContainer(MAGIC, VERSION, { header, arrays: trees.flatMap(treeToArrays) });
}

/**
 * Reads a model file, checking all that prediction relies on, so that a file from anywhere can do no harm.
 *
 * @throws {RangeError} The file is damaged, of another version, or not a model.
 */
export function decodeModel(bytes: Uint8Array): ForestModel {
  const { header, arrays } = decodeContainer(MAGIC, VERSION, bytes);
  if (!isRecord(header) || header.algorithm !== "random_forest") throw new RangeError("file is not a forest");
  const classes = readClasses(header.classes);
  const features = readFeatures(header.features);
  const windowing = readWindowing(header.windowing);
  const names = featureNames(features);
  if (JSON.stringify(header.featureNames) !== JSON.stringify(names)) {
    throw new RangeError("model was trained on features this program does not compute");
  }
  const { programVersion, smoothing, hyperparameters } = header;
  if (typeof programVersion !== "string") throw new RangeError("model does not say which program made it");
  if (!isNumberIn(smoothing, 0, 20)) throw new RangeError("model has no valid smoothing");
  if (!isRecord(hyperparameters)) throw new RangeError("model has no hyperparameters");
  if (arrays.length === 0 || arrays.length % ARRAYS_PER_TREE !== 0)
    throw new RangeError("model has no whole trees");
  const trees = Array.from({ length: arrays.length / ARRAYS_PER_TREE }, (_, t) =>
    treeFromArrays(
      arrays.slice(t * ARRAYS_PER_TREE, (t + 1) * ARRAYS_PER_TREE),
      names.length,
      classes.length,
    ),
  );
  return {
    algorithm: "random_forest",
    programVersion,
    classes,
    features,
    featureNames: [...names],
    windowing,
    smoothing,
    hyperparameters,
    trees,
  };
}

function readClasses(value: unknown): ClassName[] {
  if (!Array.isArray(value) || value.length < 1 || value.length > 255)
    throw new RangeError("model has no classes");
  return value.map((name: unknown) => {
    if (name !== null && typeof name !== "string") throw new RangeError("a class of the model has no name");
    return name;
  });
}

function readFeatures(value: unknown): FeatureConfig {
  if (!isRecord(value)) throw new RangeError("model does not describe its features");
  const { unit, level, attitude, field, rateHz } = value;
  if (unit !== "window" && unit !== "annotation") throw new RangeError(`model has unit ${String(unit)}`);
  if (level !== "relative" && level !== "absolute") throw new RangeError(`model has level ${String(level)}`);
  if (attitude !== "keep" && attitude !== "invariant")
    throw new RangeError(`model has attitude ${String(attitude)}`);
  if (field !== undefined && field !== "scalar") throw new RangeError(`model has field ${String(field)}`);
  return { unit, level, attitude, ...(field && { field }), rateHz: readRate(rateHz) };
}

function readWindowing(value: unknown): Windowing {
  if (!isRecord(value)) throw new RangeError("model does not describe its windows");
  const rows = (name: string, least: number): number => {
    const count = value[name];
    if (!isNumberIn(count, least, 2 ** 40) || !Number.isInteger(count)) {
      throw new RangeError(`model has ${name} of ${String(count)}`);
    }
    return count;
  };
  return {
    lengthRows: rows("lengthRows", 1),
    strideRows: rows("strideRows", 1),
    stepRows: rows("stepRows", 1),
    rateHz: readRate(value.rateHz),
    nearRows: rows("nearRows", 0),
    farRows: rows("farRows", 0),
    blockRows: rows("blockRows", 1),
  };
}

function readRate(value: unknown): number | null {
  if (value === null || isNumberIn(value, Number.MIN_VALUE, 1e9)) return value;
  throw new RangeError(`model has a sampling rate of ${String(value)}`);
}

function isNumberIn(value: unknown, low: number, high: number): value is number {
  return typeof value === "number" && value >= low && value <= high;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
