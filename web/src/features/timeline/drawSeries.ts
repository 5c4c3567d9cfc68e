import type { Picture, PictureChannel } from "./composePicture.ts";

/** Where rows and values lie on the canvas, device pixels. */
export interface PlotScale {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly rowMin: number;
  readonly rowMax: number;
  readonly valueMin: number;
  readonly valueMax: number;
}

/** The part of Path2D that a line needs. */
export interface LinePath {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
}

/**
 * Traces a channel: each point from its lowest to its highest value, joined to the next one at the nearer end. So a
 * spike of one reading is as tall as it was at every zoom. NaN and gaps lift the pen.
 *
 * Cost O(points).
 */
export function traceChannel(
  path: LinePath,
  picture: Picture,
  channel: PictureChannel,
  scale: PlotScale,
): void {
  const { x, gap } = picture;
  const { low, high } = channel;
  const perRow = scale.width / (scale.rowMax - scale.rowMin);
  const perUnit = scale.height / (scale.valueMax - scale.valueMin);
  const bottom = scale.top + scale.height;
  let penY = Number.NaN;
  for (let i = 0; i < x.length; i += 1) {
    // One point beyond each edge is drawn too, so that the line runs to the edge.
    if (i + 1 < x.length && (x[i + 1] as number) < scale.rowMin) continue;
    const lowest = low[i] as number;
    const highest = high[i] as number;
    if (!(lowest <= highest)) {
      penY = Number.NaN;
      continue;
    }
    const atX = scale.left + ((x[i] as number) - scale.rowMin) * perRow;
    const lowY = bottom - (lowest - scale.valueMin) * perUnit;
    const highY = bottom - (highest - scale.valueMin) * perUnit;
    const fromLow = Number.isNaN(penY) || Math.abs(penY - lowY) <= Math.abs(penY - highY);
    const nearY = fromLow ? lowY : highY;
    const farY = fromLow ? highY : lowY;
    if (Number.isNaN(penY) || gap[i] === 1) {
      path.moveTo(atX, nearY);
      // A reading alone between two gaps would be a line of no length, which canvases leave out.
      path.lineTo(atX + 0.5, nearY);
    } else {
      path.lineTo(atX, nearY);
    }
    if (farY !== nearY) path.lineTo(atX, farY);
    penY = farY;
    if ((x[i] as number) > scale.rowMax) return;
  }
}

export type DrawRect = (x: number, y: number, width: number, height: number) => void;

/**
 * Draws a channel whose points are closer than two pixels as one upright rectangle a pixel column, from the lowest to
 * the highest value in it and on to its neighbour. The same picture as the line, of aligned rectangles only: a stroked
 * line of thousands of near-vertical pieces is what canvases are slowest at.
 *
 * @param thickness Least height of a rectangle, device pixels. Cost O(points).
 */
export function drawColumns(
  drawRect: DrawRect,
  picture: Picture,
  channel: PictureChannel,
  scale: PlotScale,
  thickness: number,
): void {
  const { x, gap } = picture;
  const { low, high } = channel;
  const perRow = scale.width / (scale.rowMax - scale.rowMin);
  const perUnit = scale.height / (scale.valueMax - scale.valueMin);
  const base = scale.top + scale.height;
  const first = scale.left - 1;
  const last = scale.left + scale.width;
  const pixelOf = (i: number) => Math.floor(scale.left + ((x[i] as number) - scale.rowMin) * perRow);

  // What the column being gathered and the one before it cover; infinite: nothing.
  let [top, bottom] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [topBefore, bottomBefore] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  let isJoined = false;
  for (let i = 0; i < x.length; i += 1) {
    const pixel = pixelOf(i);
    const next = i + 1 < x.length ? pixelOf(i + 1) : pixel + 1;
    if (next < first) continue;
    const lowest = low[i] as number;
    const highest = high[i] as number;
    const isKnown = lowest <= highest;
    if (!isKnown || gap[i] === 1) isJoined = false;
    if (isKnown) {
      top = Math.min(top, base - (highest - scale.valueMin) * perUnit);
      bottom = Math.max(bottom, base - (lowest - scale.valueMin) * perUnit);
    }
    if (next === pixel && i + 1 < x.length) continue;
    if (top <= bottom) {
      const from = isJoined ? Math.min(top, bottomBefore) : top;
      const to = isJoined ? Math.max(bottom, topBefore) : bottom;
      const spare = Math.max(thickness - (to - from), 0) / 2;
      drawRect(pixel, from - spare, Math.max(Math.min(next, last) - pixel, 1), to - from + 2 * spare);
      [topBefore, bottomBefore] = [top, bottom];
      isJoined = isKnown;
    }
    [top, bottom] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    if (pixel > last) return;
  }
}

/** The range to show for values from `low` to `high`: a margin on both sides, and never nothing. */
export function paddedRange(extremes: readonly [number, number] | null): [number, number] {
  if (extremes === null) return [0, 1];
  const [low, high] = extremes;
  const span = high - low;
  const margin = span > 0 ? span * 0.06 : Math.max(Math.abs(high) * 1e-4, 0.5);
  return [low - margin, high + margin];
}
