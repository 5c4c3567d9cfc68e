import type { ColumnSpec } from "./arrowLayout.ts";
import type { TimeKind } from "./types.ts";

/** Rows of a bucket of level k + 1 are eight of level k: DESIGN §4. */
export const LEVEL_FACTOR = 8;
/** Readings in a batch of the base: 32 KiB a column. */
export const BASE_BATCH_ROWS = 4096;
/**
 * Buckets in a batch of a level: what one base batch makes of level 1. Small, for the ends of every window are read
 * from every level: with 1,024 these cost as much as all the rest.
 */
export const LEVEL_BATCH_ROWS = BASE_BATCH_ROWS / LEVEL_FACTOR;
/** Indices are int32 on the wire and in the database. */
export const MAX_ROWS = 2 ** 31 - 1;

export const MANIFEST_NAME = "series.json";

/** Columns of a level before those of its channels. */
export const LEVEL_LEAD_COLUMNS = 2;
/** Columns a channel has in a level: min, max, mean, count. */
export const LEVEL_CHANNEL_COLUMNS = 4;

const RESERVED = ["t", "index", "gap", "step_max"];
const SUFFIXES = ["", "_min", "_max", "_mean", "_count"];

export function fileName(level: number): string {
  return level === 0 ? "base.arrow" : `level${level}.arrow`;
}

function timeColumn(timeKind: TimeKind): ColumnSpec {
  return { name: "t", kind: timeKind === "absolute" ? "timestamp_utc" : "timestamp" };
}

/** `t`, then the channels. */
export function baseColumns(timeKind: TimeKind, channels: readonly string[]): ColumnSpec[] {
  return [timeColumn(timeKind), ...channels.map((name): ColumnSpec => ({ name, kind: "float64" }))];
}

/**
 * `t` (of the bucket's first row), `step_max` (µs: the longest step, forward or back, from a row of the bucket to the
 * row after it, ∞ where that row is of another track), then min, max, mean and count of each channel.
 */
export function levelColumns(timeKind: TimeKind, channels: readonly string[]): ColumnSpec[] {
  return [timeColumn(timeKind), { name: "step_max", kind: "float64" }, ...bucketColumns(channels)];
}

export function bucketColumns(channels: readonly string[]): ColumnSpec[] {
  return channels.flatMap((name): ColumnSpec[] => [
    { name: `${name}_min`, kind: "float64" },
    { name: `${name}_max`, kind: "float64" },
    { name: `${name}_mean`, kind: "float64" },
    { name: `${name}_count`, kind: "int32" },
  ]);
}

/** Every column name that a channel of this name claims somewhere in a series or on the wire. */
export function claimedNames(channel: string): string[] {
  return SUFFIXES.map((suffix) => channel + suffix);
}

export function reservedNames(): readonly string[] {
  return RESERVED;
}

/** @throws {RangeError} where two columns of a base, a level or a window would have one name. */
export function requireDistinctNames(channels: readonly string[]): void {
  const taken = new Set(RESERVED);
  for (const channel of channels) {
    for (const name of claimedNames(channel)) {
      if (channel === "" || taken.has(name)) throw new RangeError(`channel name not usable: "${channel}"`);
      taken.add(name);
    }
  }
}

export function seriesMetadata(timeKind: TimeKind, level: number): Map<string, string> {
  return new Map([
    ["magtrace.format", "series/1"],
    ["magtrace.time_kind", timeKind],
    ["magtrace.level", String(level)],
    ["magtrace.rows_per_bucket", String(LEVEL_FACTOR ** level)],
  ]);
}
