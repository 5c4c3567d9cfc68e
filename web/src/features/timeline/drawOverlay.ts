import type { ChartColours } from "./channelLooks.ts";
import { type ChartInterval, type Lane, visibleIn } from "./intervals.ts";
import { AXIS_HEIGHT, GUTTER_LEFT, LANE_HEIGHT, plotWidth } from "./layout.ts";
import type { RowRange, Viewport } from "./viewport.ts";

export interface OverlayContent {
  readonly lanes: readonly Lane[];
  readonly crowded: Lane;
  readonly picked: ChartInterval | null;
  readonly selection: RowRange | null;
  readonly trackStarts: readonly number[];
  /** Rows before which time jumps, ascending. */
  readonly gapRows: Float64Array;
}

interface Surface {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
}

const GRIP_PX = 5;
/** A recording full of gaps would otherwise be all dots. */
const LEAST_BREAK_PX = 4;

/** Draws what lies over all plots: label lanes, their shades in the plots, the selection, where tracks begin. */
export function drawOverlay(
  surface: Surface,
  view: Viewport,
  content: OverlayContent,
  colours: ChartColours,
): void {
  const { context, width, height } = surface;
  const plot = plotWidth(width);
  const perRow = plot / (view.end - view.start);
  const toX = (x: number) => GUTTER_LEFT + (x - view.start) * perRow;
  const laneRows = content.lanes.length + (content.crowded.length > 0 ? 1 : 0);
  const plotsTop = laneRows * LANE_HEIGHT;
  const plotsBottom = height - AXIS_HEIGHT;

  context.clearRect(0, 0, width, height);
  context.save();
  context.beginPath();
  context.rect(GUTTER_LEFT, 0, plot, height);
  context.clip();

  const drawLane = (lane: Lane, laneIndex: number) => {
    // Thousands of labels narrower than a pixel: each pixel is shaded once, or they would add up to mud.
    let drawnX = Number.NEGATIVE_INFINITY;
    for (const interval of visibleIn(lane, view)) {
      const left = Math.max(toX(interval.start - 0.5), drawnX);
      const right = Math.max(toX(interval.end + 0.5), toX(interval.start - 0.5) + 1);
      if (right <= drawnX) continue;
      drawnX = right;
      drawInterval(context, interval, { left, right, laneIndex, plotsTop, plotsBottom });
    }
  };
  content.lanes.forEach(drawLane);
  for (const interval of content.crowded) drawLane([interval], content.lanes.length);

  if (content.picked !== null) {
    drawFrame(context, toX, content.picked, [plotsTop, plotsBottom], content.picked.color);
  }
  if (content.selection !== null) {
    const left = toX(content.selection.start - 0.5);
    const right = Math.max(toX(content.selection.end + 0.5), left + 1);
    context.globalAlpha = 0.16;
    context.fillStyle = colours.selection;
    context.fillRect(left, 0, right - left, plotsBottom);
    context.globalAlpha = 1;
    drawFrame(context, toX, content.selection, [0, plotsBottom], colours.selection);
  }

  context.strokeStyle = colours.boundary;
  const drawBreaks = (rows: ArrayLike<number>, dash: number[]) => {
    context.setLineDash(dash);
    let drawnX = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < rows.length; i += 1) {
      const row = rows[i] as number;
      const x = Math.round(toX(row - 0.5)) + 0.5;
      if (row === 0 || row - 0.5 < view.start || row - 0.5 > view.end || x - drawnX < LEAST_BREAK_PX)
        continue;
      drawnX = x;
      context.beginPath();
      context.moveTo(x, plotsTop);
      context.lineTo(x, plotsBottom);
      context.stroke();
    }
  };
  drawBreaks(content.gapRows, [1, 3]);
  drawBreaks(content.trackStarts, [5, 3]);
  context.restore();
}

function drawInterval(
  context: CanvasRenderingContext2D,
  interval: ChartInterval,
  at: { left: number; right: number; laneIndex: number; plotsTop: number; plotsBottom: number },
): void {
  const { left, right } = at;
  const top = at.laneIndex * LANE_HEIGHT;
  context.fillStyle = interval.color;
  context.globalAlpha = interval.faint ? 0.04 : 0.12;
  context.fillRect(left, at.plotsTop, right - left, at.plotsBottom - at.plotsTop);
  context.globalAlpha = interval.faint ? 0.35 : 0.95;
  context.fillRect(left, top + 1, right - left, LANE_HEIGHT - 3);
  context.globalAlpha = 1;
  const visibleLeft = Math.max(left, GUTTER_LEFT);
  if (right - visibleLeft < 24) return;
  context.save();
  context.beginPath();
  context.rect(visibleLeft, top, right - visibleLeft - 3, LANE_HEIGHT);
  context.clip();
  context.fillStyle = interval.faint ? "#868e96" : readableOn(interval.color);
  context.font = "600 11px system-ui";
  context.textBaseline = "middle";
  context.fillText(interval.text, visibleLeft + 5, top + LANE_HEIGHT / 2);
  context.restore();
}

/** Two edges with grips: what can be dragged looks so. */
function drawFrame(
  context: CanvasRenderingContext2D,
  toX: (x: number) => number,
  range: RowRange,
  [top, bottom]: [number, number],
  color: string,
): void {
  context.strokeStyle = color;
  context.fillStyle = color;
  context.lineWidth = 1.5;
  for (const x of [toX(range.start - 0.5), Math.max(toX(range.end + 0.5), toX(range.start - 0.5) + 1)]) {
    context.beginPath();
    context.moveTo(x, top);
    context.lineTo(x, bottom);
    context.stroke();
    context.fillRect(x - GRIP_PX / 2, (top + bottom) / 2 - 12, GRIP_PX, 24);
  }
  context.lineWidth = 1;
}

/** Black or white, whichever reads better on a colour `#rrggbb` (relative luminance as in WCAG 2). */
export function readableOn(color: string): string {
  const channel = (at: number) => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  const luminance = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
  return luminance > 0.36 ? "#111827" : "#ffffff";
}
