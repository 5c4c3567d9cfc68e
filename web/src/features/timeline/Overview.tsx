import { type PointerEvent, useCallback, useEffect, useRef } from "react";
import { CanvasSurface } from "./CanvasSurface.tsx";
import { channelLook } from "./channelLooks.ts";
import type { TileData } from "./decodeTile.ts";
import { paddedRange } from "./drawSeries.ts";
import type { ChartInterval } from "./intervals.ts";
import { GUTTER_LEFT, OVERVIEW_HEIGHT, plotWidth } from "./layout.ts";
import classes from "./TimelineChart.module.css";
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

  const draw = useCallback(
    (context: CanvasRenderingContext2D) => {
      const whole = fullView(model.rows);
      const perRow = plot / spanOf(whole);
      const toX = (row: number) => GUTTER_LEFT + (row - whole.start) * perRow;
      const bottom = OVERVIEW_HEIGHT - MARKS_HEIGHT;
      const series = data?.channels.get(channel);
      if (data !== undefined && series !== undefined) {
        let low = Number.POSITIVE_INFINITY;
        let high = Number.NEGATIVE_INFINITY;
        for (const value of series.low) if (value < low) low = value;
        for (const value of series.high) if (value > high) high = value;
        const [least, most] = paddedRange(low <= high ? [low, high] : null);
        const toY = (value: number) => bottom - ((value - least) / (most - least)) * bottom;
        context.fillStyle = channelLook(channel)[scheme];
        context.globalAlpha = 0.7;
        for (let i = 0; i < data.index.length; i += 1) {
          const from = toX((data.index[i] as number) - 0.5);
          const to = toX((i + 1 < data.index.length ? (data.index[i + 1] as number) : data.endIndex) - 0.5);
          const top = toY(series.high[i] as number);
          if (Number.isNaN(top)) continue;
          context.fillRect(
            from,
            top,
            Math.max(to - from, 1),
            Math.max(toY(series.low[i] as number) - top, 1),
          );
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
    [model, data, channel, intervals, plot, scheme],
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
