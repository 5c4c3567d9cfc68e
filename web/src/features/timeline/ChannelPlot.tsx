import "uplot/dist/uPlot.min.css";
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import { CHART_COLOURS, channelLook } from "./channelLooks.ts";
import { extremesIn, type Picture } from "./composePicture.ts";
import { drawColumns, type PlotScale, paddedRange, traceChannel } from "./drawSeries.ts";
import type { TimeKind } from "./formatTime.ts";
import { AXIS_HEIGHT, GUTTER_LEFT, GUTTER_RIGHT, plotWidth } from "./layout.ts";
import { type Tick, timeTicks } from "./timeTicks.ts";
import { useViewFrame } from "./useViewFrame.ts";
import type { ViewportModel } from "./ViewportModel.ts";

interface ChannelPlotProps {
  channel: string;
  picture: Picture;
  model: ViewportModel;
  timeKind: TimeKind;
  width: number;
  height: number;
  /** Only the lowest plot has the time axis. */
  hasAxis: boolean;
  scheme: "light" | "dark";
}

/** Points closer than this many pixels are drawn as columns. */
const LINE_FROM_PX = 2;
const LINE_WIDTH = 1.25;
/** From this many pixels a row the readings themselves are marked. */
const DOT_FROM_PX = 7;

/** One channel over rows. uPlot keeps canvas, scales and axes; the line is ours, drawn from typed arrays. */
export function ChannelPlot(props: ChannelPlotProps) {
  const { channel, picture, model, timeKind, width, height, hasAxis, scheme } = props;
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const shown = useRef({ picture, timeKind });
  shown.current = { picture, timeKind };

  useEffect(() => {
    if (host.current === null) return;
    const colours = CHART_COLOURS[scheme];
    const stroke = channelLook(channel)[scheme];
    let ticks: Tick[] = [];
    const axis = { stroke: colours.text, grid: { stroke: colours.grid, width: 1 }, font: "11px system-ui" };

    const created = new uPlot(
      {
        width: 100,
        height: 100,
        padding: [4, GUTTER_RIGHT, hasAxis ? 0 : 4, 0],
        cursor: { show: false },
        legend: { show: false },
        scales: {
          x: { time: false, range: () => [model.get().start, model.get().end] },
          y: {
            range: () => {
              const data = shown.current.picture.channels.get(channel);
              const view = model.get();
              return paddedRange(
                data === undefined ? null : extremesIn(shown.current.picture, data, view.start, view.end),
              );
            },
          },
        },
        axes: [
          {
            ...axis,
            size: hasAxis ? AXIS_HEIGHT : 0,
            ticks: { show: hasAxis, stroke: colours.grid, size: 4 },
            splits: (u) => {
              const { picture, timeKind } = shown.current;
              ticks = timeTicks(model.get(), picture, timeKind, u.bbox.width / uPlot.pxRatio);
              return ticks.map((tick) => tick.x);
            },
            values: () => ticks.map((tick) => (hasAxis ? tick.text : "")),
          },
          {
            ...axis,
            size: GUTTER_LEFT,
            space: 28,
            ticks: { stroke: colours.grid, size: 4 },
            values: (_, splits) =>
              splits.map((value) => value.toLocaleString("en", { maximumFractionDigits: 6 })),
          },
        ],
        // uPlot never draws the line itself: it would need arrays with nulls and knows no lowest and highest.
        series: [{}, { paths: () => null, points: { show: false } }],
        hooks: {
          draw: [(u) => drawChannel(u, shown.current.picture, channel, stroke)],
        },
      },
      [[0], [0]],
      host.current,
    );
    plot.current = created;
    return () => {
      plot.current = null;
      created.destroy();
    };
  }, [channel, model, hasAxis, scheme]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a plot that was made anew needs its size again
  useEffect(() => {
    plot.current?.setSize({ width, height });
  }, [width, height, channel, model, hasAxis, scheme]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a plot that was made anew needs its data again
  useEffect(() => {
    // The line is drawn from `picture`. uPlot itself only needs as many finite values as there are points, so that it
    // asks for the ranges and the path.
    const x = picture.x.length === 0 ? new Float64Array(1) : picture.x;
    plot.current?.setData([x, x], false);
    show();
  }, [picture, timeKind, channel, model, hasAxis, scheme]);

  function show() {
    const { start, end } = model.get();
    plot.current?.setScale("x", { min: start, max: end });
  }
  useViewFrame(model, show);

  return <div ref={host} style={{ width, height, minWidth: plotWidth(width) }} aria-hidden="true" />;
}

function drawChannel(u: uPlot, picture: Picture, channel: string, color: string): void {
  const data = picture.channels.get(channel);
  const { min: rowMin, max: rowMax } = u.scales.x as uPlot.Scale;
  const { min: valueMin, max: valueMax } = u.scales.y as uPlot.Scale;
  if (data === undefined || rowMin == null || rowMax == null || valueMin == null || valueMax == null) return;
  const scale: PlotScale = { ...u.bbox, rowMin, rowMax, valueMin, valueMax };
  const { ctx } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
  ctx.clip();
  ctx.fillStyle = color;
  ctx.strokeStyle = color;
  ctx.lineWidth = LINE_WIDTH * uPlot.pxRatio;
  ctx.lineJoin = "round";
  const pixelsAPoint = (u.bbox.width / (rowMax - rowMin)) * rowsAPoint(picture);
  if (pixelsAPoint < LINE_FROM_PX * uPlot.pxRatio) {
    drawColumns((x, y, w, h) => ctx.fillRect(x, y, w, h), picture, data, scale, ctx.lineWidth);
  } else {
    const path = new Path2D();
    traceChannel(path, picture, data, scale);
    ctx.stroke(path);
    if (pixelsAPoint >= DOT_FROM_PX * uPlot.pxRatio) markReadings(u, picture, data.low);
  }
  ctx.restore();
}

/** Typical distance of neighbouring points, rows. */
function rowsAPoint({ x }: Picture): number {
  return x.length < 2 ? 1 : ((x.at(-1) as number) - (x[0] as number)) / (x.length - 1);
}

/** Squares on single readings, once they are far enough apart to be told from each other. */
function markReadings(u: uPlot, picture: Picture, values: Float64Array): void {
  const { min = 0, max = 1 } = u.scales.x as { min?: number; max?: number };
  const size = 1.5 * uPlot.pxRatio;
  for (let i = 0; i < picture.x.length; i += 1) {
    const row = picture.x[i] as number;
    const value = values[i] as number;
    if (row < min || row > max || Number.isNaN(value)) continue;
    u.ctx.fillRect(
      u.valToPos(row, "x", true) - size,
      u.valToPos(value, "y", true) - size,
      2 * size,
      2 * size,
    );
  }
}
