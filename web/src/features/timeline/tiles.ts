import type { Viewport } from "./viewport.ts";

/** Points across one tile: about as many as half a screen has pixels. */
export const TILE_POINTS = 1024;

/**
 * A fixed piece of a series at a fixed coarseness: tile `index` of level k starts at row index × 1024 × 2^k and has
 * 1024 points of 2^k rows. Fixed pieces are asked for again and again with the same address, so the browser's cache
 * and ours have them.
 */
export interface Tile {
  readonly level: number;
  readonly index: number;
}

/** What to ask the server for: inclusive rows and the most points. */
export interface TileRequest {
  readonly startIndex: number;
  readonly endIndex: number;
  readonly points: number;
}

export function tileKey(tile: Tile): string {
  return `${tile.level}/${tile.index}`;
}

export function tileRows(level: number): number {
  return TILE_POINTS * 2 ** level;
}

/** The coarsest level worth having: the first at which one tile holds the whole series. */
export function topLevel(rows: number): number {
  return Math.max(0, Math.ceil(Math.log2(Math.max(rows, 1) / TILE_POINTS)));
}

/** The level at which a point is about a pixel wide (0.7 to 1.4 points a pixel). */
export function levelFor(view: Viewport, widthPx: number, rows: number): number {
  const rowsPerPixel = (view.end - view.start) / Math.max(widthPx, 1);
  return Math.min(Math.max(Math.round(Math.log2(rowsPerPixel)), 0), topLevel(rows));
}

/** Tiles of a level that a view touches, left to right. */
export function tilesIn(view: Viewport, level: number, rows: number): Tile[] {
  if (rows < 1) return [];
  const width = tileRows(level);
  const first = Math.floor(Math.max(view.start, 0) / width);
  const last = Math.floor(Math.min(Math.max(view.end, 0), rows - 1) / width);
  const tiles: Tile[] = [];
  for (let index = first; index <= last; index += 1) tiles.push({ level, index });
  return tiles;
}

/** What is likely wanted next: the tiles to either side, and the coarser ones that zooming out needs. */
export function tilesNear(view: Viewport, level: number, rows: number): Tile[] {
  const inView = tilesIn(view, level, rows);
  const first = inView[0];
  const last = inView.at(-1);
  if (first === undefined || last === undefined) return [];
  const near: Tile[] = [];
  if ((last.index + 1) * tileRows(level) < rows) near.push({ level, index: last.index + 1 });
  if (first.index > 0) near.push({ level, index: first.index - 1 });
  if (level < topLevel(rows)) near.push(...tilesIn(view, level + 1, rows));
  return near;
}

/**
 * The request for a tile. It begins one point early: the first point of an answer cannot know whether there is a gap
 * before it. Points end where a track ends, so each track's beginning inside the tile takes up to two more.
 */
export function requestOf(tile: Tile, rows: number, trackStarts: readonly number[]): TileRequest {
  const pointRows = 2 ** tile.level;
  const start = tile.index * tileRows(tile.level);
  const end = Math.min(start + tileRows(tile.level), rows) - 1;
  const startIndex = Math.max(0, start - pointRows);
  let breaks = 0;
  for (const at of trackStarts) if (at > startIndex && at <= end) breaks += 1;
  return { startIndex, endIndex: end, points: Math.ceil((end - startIndex + 1) / pointRows) + 2 * breaks };
}
