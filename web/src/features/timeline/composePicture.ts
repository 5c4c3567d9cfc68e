import type { TileData } from "./decodeTile.ts";
import { type Tile, tileRows, topLevel } from "./tiles.ts";

/** A run of rows to be drawn from one tile: half-open. */
interface Piece {
  readonly data: TileData;
  readonly startRow: number;
  readonly endRow: number;
}

export interface PictureChannel {
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly mean: Float64Array;
}

/** All points to be drawn, left to right, put together from the tiles that are there. */
export interface Picture {
  /** First row of each point, shape (points). */
  readonly row: Float64Array;
  /** Where the point is drawn: the middle of its rows, never decreasing, shape (points). */
  readonly x: Float64Array;
  readonly seconds: Float64Array;
  readonly gap: Uint8Array;
  readonly channels: ReadonlyMap<string, PictureChannel>;
}

type Look = (tile: Tile) => TileData | undefined;

/**
 * Where a tile has not come yet its two halves one level finer are taken (zooming out), else the nearest coarser
 * tile (zooming in): the old picture stays until the new one is there.
 */
function collect(tile: Tile, rows: number, look: Look, into: Piece[]): void {
  const startRow = tile.index * tileRows(tile.level);
  const endRow = Math.min(startRow + tileRows(tile.level), rows);
  if (startRow >= endRow) return;
  const exact = look(tile);
  if (exact !== undefined) {
    into.push({ data: exact, startRow, endRow });
    return;
  }
  if (tile.level > 0) {
    const halves = [0, 1].map((half) => ({ level: tile.level - 1, index: tile.index * 2 + half }));
    if (halves.some((half) => look(half) !== undefined)) {
      for (const half of halves) {
        const data = look(half);
        const from = half.index * tileRows(half.level);
        const to = Math.min(from + tileRows(half.level), rows);
        if (from >= to) continue;
        if (data !== undefined) into.push({ data, startRow: from, endRow: to });
        else collectCoarser(half, from, to, rows, look, into);
      }
      return;
    }
  }
  collectCoarser(tile, startRow, endRow, rows, look, into);
}

function collectCoarser(
  tile: Tile,
  startRow: number,
  endRow: number,
  rows: number,
  look: Look,
  into: Piece[],
): void {
  for (let level = tile.level + 1; level <= topLevel(rows); level += 1) {
    const data = look({ level, index: Math.floor(startRow / tileRows(level)) });
    if (data !== undefined) {
      into.push({ data, startRow, endRow });
      return;
    }
  }
}

/** Index of the point that holds `row`, or of the first point where none does. */
function pointAt(index: Float64Array, row: number): number {
  let low = 0;
  let high = index.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((index[middle] as number) <= row) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

/**
 * Puts a picture together.
 *
 * @param tiles Tiles of one level, left to right.
 * @param channelNames Channels of the picture; one that a tile lacks is NaN there.
 * Cost O(points × channels).
 */
export function composePicture(
  tiles: readonly Tile[],
  rows: number,
  channelNames: readonly string[],
  look: Look,
): Picture {
  const pieces: Piece[] = [];
  for (const tile of tiles) collect(tile, rows, look, pieces);

  const slices = pieces.map(({ data, startRow, endRow }) => {
    const from = pointAt(data.index, startRow);
    let to = pointAt(data.index, endRow - 1) + 1;
    if (data.index.length === 0) to = 0;
    return { data, startRow, endRow, from, to };
  });
  const points = slices.reduce((sum, slice) => sum + slice.to - slice.from, 0);

  const row = new Float64Array(points);
  const x = new Float64Array(points);
  const seconds = new Float64Array(points);
  const gap = new Uint8Array(points);
  const channels = new Map<string, PictureChannel>(
    channelNames.map((name) => [
      name,
      {
        low: new Float64Array(points).fill(Number.NaN),
        high: new Float64Array(points).fill(Number.NaN),
        mean: new Float64Array(points).fill(Number.NaN),
      },
    ]),
  );

  let at = 0;
  for (const { data, startRow, endRow, from, to } of slices) {
    for (let i = from; i < to; i += 1) {
      const first = Math.max(data.index[i] as number, startRow);
      const next = i + 1 < data.index.length ? (data.index[i + 1] as number) : data.endIndex;
      const k = at + i - from;
      row[k] = first;
      x[k] = (first + Math.min(next, endRow) - 1) / 2;
      seconds[k] = data.seconds[i] as number;
      // The first point of an answer never knows what was before it; a point cut by the seam had its gap earlier.
      gap[k] = i === 0 || (data.index[i] as number) < startRow ? 0 : (data.gap[i] as number);
    }
    for (const [name, target] of channels) {
      const source = data.channels.get(name);
      if (source === undefined) continue;
      target.low.set(source.low.subarray(from, to), at);
      target.high.set(source.high.subarray(from, to), at);
      target.mean.set(source.mean.subarray(from, to), at);
    }
    at += to - from;
  }
  return { row, x, seconds, gap, channels };
}

/** Rows before which there is a gap in time or another track begins. Cost O(points). */
export function gapsIn(picture: Picture): Float64Array {
  return picture.row.filter((_, i) => picture.gap[i] === 1);
}

/** Point of a picture that holds a row, or −1 in an empty picture. Cost O(log points). */
export function pictureIndexAt(picture: Picture, row: number): number {
  return picture.row.length === 0 ? -1 : pointAt(picture.row, row);
}

/**
 * Lowest and highest value of a channel among the points at x from `start` to `end`, or null where there is none.
 * Cost O(log points + points in the range).
 */
export function extremesIn(
  picture: Picture,
  channel: PictureChannel,
  start: number,
  end: number,
): [number, number] | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = pointAt(picture.x, start); i < picture.x.length && (picture.x[i] as number) <= end; i += 1) {
    if ((channel.low[i] as number) < low) low = channel.low[i] as number;
    if ((channel.high[i] as number) > high) high = channel.high[i] as number;
  }
  return low <= high ? [low, high] : null;
}
