import { type PointerEvent, useCallback, useEffect, useMemo, useRef } from "react";
import { CanvasSurface } from "./CanvasSurface.tsx";
import { channelLook } from "./channelLooks.ts";
import { composePicture, extremesIn } from "./composePicture.ts";
import type { TileData } from "./decodeTile.ts";
import { drawColumns, paddedRange, traceChannel } from "./drawSeries.ts";
import type { ChartInterval } from "./intervals.ts";
import { GUTTER_LEFT, OVERVIEW_HEIGHT, plotWidth } from "./layout.ts";
import classes from "./TimelineChart.module.css";
import { topLevel } from "./tiles.ts";
import { useViewFrame } from "./useViewFrame.ts";
import type { ViewportModel } from "./ViewportModel.ts";
import { fullView, panBy, spanOf } from "./viewport.ts";

interface OverviewProps {
  model: ViewportModel;
  data: TileData | undefined;
  channel: string;
  intervals: readonly ChartInterval[];
  width: number;
  scheme: "light" | "dark";
}

const MARKS_HEIGHT = 8;

/** The whole series in one strip, with the labels below and the part in view framed. Drag to move the view. */
export function Overview({ model, data, channel, intervals, width, scheme }: OverviewProps) {
  const full = fullView(model.rows);
  const plot = plotWidth(width);
  const redraw = useRef<(() => void) | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const grabbed = useRef<number | null>(null);

  const picture = useMemo(
    () =>
      data === undefined
        ? null
        : composePicture([{ level: topLevel(model.rows), index: 0 }], model.rows, [channel], () => data),
    [data, model, channel],
  );

  const draw = useCallback(
    (context: CanvasRenderingContext2D) => {
      const whole = fullView(model.rows);
      const perRow = plot / spanOf(whole);
      const toX = (row: number) => GUTTER_LEFT + (row - whole.start) * perRow;
      const bottom = OVERVIEW_HEIGHT - MARKS_HEIGHT;
      const series = picture?.channels.get(channel);
      if (picture !== null && series !== undefined) {
        const [valueMin, valueMax] = paddedRange(extremesIn(picture, series, whole.start, whole.end));
        const place = { left: GUTTER_LEFT, top: 0, width: plot, height: bottom };
        const scale = { ...place, rowMin: whole.start, rowMax: whole.end, valueMin, valueMax };
        context.fillStyle = channelLook(channel)[scheme];
        context.strokeStyle = channelLook(channel)[scheme];
        context.globalAlpha = 0.7;
        if (picture.x.length * 2 > plot) {
          drawColumns((x, y, w, h) => context.fillRect(x, y, w, h), picture, series, scale, 1);
        } else {
          const path = new Path2D();
          traceChannel(path, picture, series, scale);
          context.stroke(path);
        }
        context.globalAlpha = 1;
      }
      for (const interval of intervals) {
        context.fillStyle = interval.color;
        const from = Math.floor(toX(interval.start - 0.5));
        const to = Math.max(Math.ceil(toX(interval.end + 0.5)), from + 1);
        context.fillRect(from, bottom + 1, to - from, MARKS_HEIGHT - 2);
      }
    },
    [model, picture, channel, intervals, plot, scheme],
  );

  function placeFrame() {
    if (frame.current === null) return;
    const { start, end } = model.get();
    const perRow = plot / spanOf(full);
    frame.current.style.transform = `translateX(${GUTTER_LEFT + (start - full.start) * perRow}px)`;
    frame.current.style.width = `${Math.max((end - start) * perRow, 3)}px`;
  }
  useViewFrame(model, placeFrame);
  useEffect(placeFrame);

  function rowUnder(event: PointerEvent<HTMLElement>): number {
    const { left } = event.currentTarget.getBoundingClientRect();
    return full.start + ((event.clientX - left - GUTTER_LEFT) / plot) * spanOf(full);
  }

  return (
    <div
      role="img"
      aria-label="Overview of the whole recording. Drag to move the part in view."
      data-testid="overview"
      className={classes.overview}
      style={{ height: OVERVIEW_HEIGHT }}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        const row = rowUnder(event);
        const view = model.get();
        if (row < view.start || row > view.end) {
          const half = spanOf(view) / 2;
          model.jump({ start: row - half, end: row + half });
        }
        grabbed.current = row - model.get().start;
      }}
      onPointerMove={(event) => {
        if (grabbed.current === null) return;
        model.set(panBy(model.get(), model.rows, rowUnder(event) - grabbed.current - model.get().start));
      }}
      onPointerUp={() => {
        grabbed.current = null;
      }}
      onPointerCancel={() => {
        grabbed.current = null;
      }}
    >
      <CanvasSurface width={width} height={OVERVIEW_HEIGHT} draw={draw} drawRef={redraw} />
      <div ref={frame} className={classes.viewFrame} style={{ height: OVERVIEW_HEIGHT }} />
    </div>
  );
}
