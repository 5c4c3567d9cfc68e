import type { BinnedData } from "../types.ts";
import type { WorkBudget } from "../workBudget.ts";
import { BIN_STRIDE } from "./binStride.ts";

export interface BinOptions {
  /** Row-major matrix, shape (n, features); not every row needs to be used. */
  matrix: Float32Array;
  features: number;
  /** Class of each row of the matrix, shape (n), 0 … classes − 1. */
  labels: Uint8Array;
  classes: number;
  /** Rows of the matrix to use, in this order. */
  rows: Uint32Array;
  /** 2 … 255. */
  maxBins: number;
}

/**
 * Sorts each feature's values into at most `maxBins` bins of about equal counts, so that a split is sought among
 * bins instead of values. A feature with few distinct values gets one bin for each. NaN takes the last bin alone.
 *
 * Edges lie halfway between the neighbouring values seen, rounded to single precision such that value ≤ edge
 * holds exactly for the codes at or below it.
 *
 * @throws {RangeError} maxBins outside 2…255.
 * Cost O(features × rows log rows). Source: quantile binning as in Ke et al., "LightGBM" (2017), §2.
 */
export function binFeatures(options: BinOptions): BinnedData {
  const binning = beginBinning(options);
  for (let f = 0; f < options.features; f++) binFeature(binning, options, f);
  return binning.data;
}

/** Sorting one value into its bin; a feature's values are sorted first. */
const BIN_NS = 250;

/** `binFeatures` that yields between features. The result is the same. */
export async function binFeaturesInStretches(options: BinOptions, work: WorkBudget): Promise<BinnedData> {
  const binning = beginBinning(options);
  for (let f = 0; f < options.features; f++) {
    if (work.spend(BIN_NS * options.rows.length)) await work.yield();
    binFeature(binning, options, f);
  }
  return binning.data;
}

interface Binning {
  data: BinnedData;
  /** The feature's values, as they come and sorted; reused from feature to feature. */
  column: Float32Array;
  sorted: Float32Array;
}

function beginBinning({ features, labels, classes, rows, maxBins }: BinOptions): Binning {
  if (!(maxBins >= 2 && maxBins <= BIN_STRIDE)) throw new RangeError(`maxBins must be 2…255, not ${maxBins}`);
  const n = rows.length;
  const data: BinnedData = {
    rows: n,
    features,
    classes,
    codes: new Uint8Array(n * features),
    binCounts: new Uint16Array(features),
    edges: new Float32Array(features * BIN_STRIDE),
    labels: new Uint8Array(n),
  };
  for (let i = 0; i < n; i++) data.labels[i] = labels[rows[i]!]!;
  return { data, column: new Float32Array(n), sorted: new Float32Array(n) };
}

function binFeature({ data, column, sorted }: Binning, options: BinOptions, f: number): void {
  const { matrix, features, rows, maxBins } = options;
  const n = rows.length;
  for (let i = 0; i < n; i++) column[i] = matrix[rows[i]! * features + f]!;
  sorted.set(column);
  sorted.sort(); // NaN last
  let finite = n;
  while (finite > 0 && Number.isNaN(sorted[finite - 1]!)) finite--;
  const edges = data.edges.subarray(f * BIN_STRIDE, (f + 1) * BIN_STRIDE);
  const binsForValues = finite < n ? maxBins - 1 : maxBins;
  const edgeCount = findEdges(sorted.subarray(0, finite), binsForValues, edges);
  data.binCounts[f] = finite < n ? edgeCount + 2 : edgeCount + 1;
  // Values above the last edge, and the NaNs' own bin behind it, have no upper edge.
  if (finite < n && finite > 0) edges[edgeCount] = Number.POSITIVE_INFINITY;
  const nanCode = finite > 0 ? edgeCount + 1 : 0;
  if (finite === 0) data.binCounts[f] = 1;
  const codes = data.codes.subarray(f * n, (f + 1) * n);
  for (let i = 0; i < n; i++) {
    const value = column[i]!;
    codes[i] = Number.isNaN(value) ? nanCode : countBelow(edges, edgeCount, value);
  }
}

/** Writes ascending edges between the sorted values and returns how many there are (bins − 1). */
function findEdges(sorted: Float32Array, maxBins: number, edges: Float32Array): number {
  const n = sorted.length;
  let distinct = n === 0 ? 0 : 1;
  for (let i = 1; i < n; i++) if (sorted[i] !== sorted[i - 1]) distinct++;
  if (distinct < 2 || maxBins < 2) return 0;
  let count = 0;
  let nextQuantile = 1;
  for (let i = 1; i < n; i++) {
    if (sorted[i] === sorted[i - 1]) continue;
    if (distinct > maxBins) {
      if (i * maxBins < nextQuantile * n) continue;
      nextQuantile = Math.floor((i * maxBins) / n) + 1;
    }
    edges[count++] = midpoint(sorted[i - 1]!, sorted[i]!);
    if (count === maxBins - 1) break;
  }
  return count;
}

/** A single-precision number m with low ≤ m < high. */
function midpoint(low: number, high: number): number {
  const middle = Math.fround(low / 2 + high / 2);
  return middle >= low && middle < high ? middle : low;
}

/** How many of the first `count` ascending edges lie below the value: its bin. */
function countBelow(edges: Float32Array, count: number, value: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value <= edges[middle]!) high = middle;
    else low = middle + 1;
  }
  return low;
}
