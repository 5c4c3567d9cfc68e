import { type Table, tableFromIPC, type Vector } from "apache-arrow";

/** Lowest and highest value of a channel in each point; the same array twice where points are single rows. */
export interface TileChannel {
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly mean: Float64Array;
}

/** One answer of `GET /api/datasets/{id}/data/`. A value that is missing is NaN. */
export interface TileData {
  /** First row of each point, shape (points). */
  readonly index: Float64Array;
  /** One past the last row of the answer. */
  readonly endIndex: number;
  /** Time of that row, seconds since 1970 or since the recording's own zero, shape (points). NaN if unknown. */
  readonly seconds: Float64Array;
  /** 1: no line may be drawn from the point before to this one, shape (points). */
  readonly gap: Uint8Array;
  readonly channels: ReadonlyMap<string, TileChannel>;
}

function numbers(vector: Vector | null): Float64Array | null {
  if (vector === null) return null;
  const out = new Float64Array(vector.length);
  // Chunks are whole typed arrays: the values are copied without a call per value, unless some are null.
  if (vector.nullCount === 0) {
    let at = 0;
    for (const chunk of vector.data) {
      const values = chunk.values as ArrayLike<number | bigint>;
      for (let i = 0; i < chunk.length; i += 1) out[at + i] = Number(values[i]);
      at += chunk.length;
    }
    return out;
  }
  for (let i = 0; i < vector.length; i += 1) {
    const value: unknown = vector.get(i);
    out[i] = value === null ? Number.NaN : Number(value);
  }
  return out;
}

const SECONDS_PER_UNIT = [1, 1e-3, 1e-6, 1e-9];

/** Timestamps as seconds. Float64 holds them to 0.3 µs, which is finer than any axis shows. */
function secondsOf(table: Table, rows: number): Float64Array {
  const vector = table.getChild("t");
  if (vector === null) return new Float64Array(rows).fill(Number.NaN);
  const unit = (vector.type as { unit?: number }).unit ?? 2;
  const scale = SECONDS_PER_UNIT[unit] ?? 1e-6;
  const out = new Float64Array(rows);
  let at = 0;
  for (const chunk of vector.data) {
    const values = chunk.values as ArrayLike<number | bigint>;
    for (let i = 0; i < chunk.length; i += 1) out[at + i] = Number(values[i]) * scale;
    at += chunk.length;
  }
  return out;
}

/** Booleans are bit-packed in Arrow, so they are asked for one by one; anything else is a number. */
function flags(vector: Vector | null, rows: number): Uint8Array {
  const out = new Uint8Array(rows);
  if (vector === null) return out;
  for (let i = 0; i < rows; i += 1) out[i] = vector.get(i) ? 1 : 0;
  return out;
}

/**
 * Reads a window as it comes over the wire.
 *
 * @param endIndex Last row asked for, inclusive.
 * @throws {Error} when the bytes are no Arrow stream or have no `index` column.
 * Cost O(points × channels).
 */
export function decodeTile(bytes: Uint8Array, endIndex: number): TileData {
  const table = tableFromIPC(bytes);
  const index = numbers(table.getChild("index"));
  if (index === null) throw new Error("the server's answer has no column named index");
  const channels = new Map<string, TileChannel>();
  for (const { name } of table.schema.fields) {
    if (name === "index" || name === "t" || name === "gap") continue;
    const bucketed = /^(.+)_min$/.exec(name);
    if (bucketed?.[1] !== undefined) {
      const channel = bucketed[1];
      const low = numbers(table.getChild(name));
      const high = numbers(table.getChild(`${channel}_max`));
      if (low === null || high === null) continue;
      channels.set(channel, { low, high, mean: numbers(table.getChild(`${channel}_mean`)) ?? low });
    } else if (
      !/_(max|mean|count)$/.test(name) ||
      table.getChild(name.replace(/_[a-z]+$/, "_min")) === null
    ) {
      const values = numbers(table.getChild(name));
      if (values !== null) channels.set(name, { low: values, high: values, mean: values });
    }
  }
  return {
    index,
    endIndex: endIndex + 1,
    seconds: secondsOf(table, index.length),
    gap: flags(table.getChild("gap"), index.length),
    channels,
  };
}
