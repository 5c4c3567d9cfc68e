import { Loader, Text, useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { type PointerEvent, useCallback, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { formatCount, formatReading } from "../../ui/formatNumber.ts";
import { CanvasSurface } from "./CanvasSurface.tsx";
import { ChannelPlot } from "./ChannelPlot.tsx";
import { CHART_COLOURS, channelLook } from "./channelLooks.ts";
import { gapsIn, type Picture, pictureIndexAt } from "./composePicture.ts";
import { drawOverlay } from "./drawOverlay.ts";
import { digitsFor, formatInstant, type TimeKind } from "./formatTime.ts";
import { type ChartInterval, packLanes } from "./intervals.ts";
import { AXIS_HEIGHT, GUTTER_LEFT, LANE_HEIGHT, LEAST_PLOT_HEIGHT, plotWidth } from "./layout.ts";
import { Overview } from "./Overview.tsx";
import classes from "./TimelineChart.module.css";
import { type DragMode, usePointer } from "./usePointer.ts";
import { useSeriesTiles } from "./useSeriesTiles.ts";
import { useViewFrame } from "./useViewFrame.ts";
import type { ViewportModel } from "./ViewportModel.ts";
import { type RowRange, rowAt, spanOf } from "./viewport.ts";

export interface TimelineChartProps {
  datasetId: number;
  /** Another one: the readings are others, and are fetched anew. */
  version?: number;
  /** First rows of the tracks, ascending. */
  trackStarts: readonly number[];
  timeKind: TimeKind;
  model: ViewportModel;
  /** Shown, from top to bottom. */
  channels: readonly string[];
  /** Fetched, so that switching one of them on costs nothing. */
  loadedChannels: readonly string[];
  intervals: readonly ChartInterval[];
  /** Under the overview, where `intervals` are not all there are. */
  overviewIntervals?: readonly ChartInterval[];
  mode: DragMode;
  selection: RowRange | null;
  onSelect: (range: RowRange | null) => void;
  pickedKey: string | null;
  onPick: (interval: ChartInterval | null) => void;
  onReshape?: ((interval: ChartInterval, range: RowRange) => void) | undefined;
}

/** The readings of a dataset over rows, at any zoom, with intervals over them. */
export function TimelineChart(props: TimelineChartProps) {
  const { model, channels, intervals, trackStarts, timeKind, pickedKey } = props;
  const scheme = useComputedColorScheme("light");
  const { ref: stack, width, height } = useElementSize<HTMLDivElement>();
  const area = useRef<HTMLDivElement>(null);
  const redraw = useRef<(() => void) | null>(null);
  /** Where the pointer is, 0 left edge … 1 right edge. */
  const [hover, setHover] = useState<number | null>(null);
  const plot = plotWidth(width);

  const tiles = useSeriesTiles({
    datasetId: props.datasetId,
    version: props.version ?? 0,
    rows: model.rows,
    trackStarts,
    channels: props.loadedChannels,
    model,
    widthPx: plot,
  });

  const { lanes, crowded } = useMemo(() => packLanes(intervals), [intervals]);
  const picked = useMemo(
    () => intervals.find((interval) => interval.key === pickedKey) ?? null,
    [intervals, pickedKey],
  );
  const pointer = usePointer(area, { ...props, lanes, crowded, picked });
  const draft = pointer.draft;
  const gapRows = useMemo(() => gapsIn(tiles.picture), [tiles.picture]);
  const drawn = picked !== null && draft?.key === picked.key ? { ...picked, ...draft.range } : picked;

  const draw = useCallback(
    (context: CanvasRenderingContext2D) =>
      drawOverlay(
        { context, width, height },
        model.get(),
        { lanes, crowded, picked: drawn, selection: props.selection, trackStarts, gapRows },
        CHART_COLOURS[scheme],
      ),
    [width, height, model, lanes, crowded, drawn, props.selection, trackStarts, gapRows, scheme],
  );
  useViewFrame(model, () => redraw.current?.());

  const laneRows = lanes.length + (crowded.length > 0 ? 1 : 0);
  const lanesHeight = laneRows * LANE_HEIGHT;
  const forPlots = Math.max(height - lanesHeight - AXIS_HEIGHT, LEAST_PLOT_HEIGHT);
  const plotHeight = Math.max(Math.floor(forPlots / Math.max(channels.length, 1)), 24);

  function follow(event: PointerEvent<HTMLDivElement>) {
    pointer.onPointerMove(event);
    const box = event.currentTarget.getBoundingClientRect();
    setHover((event.clientX - box.left) / box.width);
  }

  return (
    <section className={classes.chart} aria-label="Timeline">
      <div ref={stack} className={classes.stack}>
        {width > 0 && height > 0 ? (
          <>
            <div style={{ height: lanesHeight }} />
            {channels.map((channel, i) => (
              <ChannelPlot
                key={channel}
                channel={channel}
                picture={tiles.picture}
                model={model}
                timeKind={timeKind}
                width={width}
                height={plotHeight + (i === channels.length - 1 ? AXIS_HEIGHT : 0)}
                hasAxis={i === channels.length - 1}
                scheme={scheme}
              />
            ))}
            <div className={classes.overlay} style={{ pointerEvents: "none" }} aria-hidden="true">
              <CanvasSurface width={width} height={height} draw={draw} drawRef={redraw} />
            </div>
          </>
        ) : null}
        {channels.map((channel, i) => (
          <Readout
            key={channel}
            channel={channel}
            top={lanesHeight + i * plotHeight + 4}
            picture={tiles.picture}
            model={model}
            hover={hover}
            scheme={scheme}
          />
        ))}
        {/* biome-ignore lint/a11y/noStaticElementInteractions: everything it does can be done from the toolbar and the keyboard */}
        <div
          ref={area}
          data-testid="timeline"
          className={classes.area}
          style={{
            left: GUTTER_LEFT,
            width: plot,
            height: Math.max(height - AXIS_HEIGHT, 0),
            cursor: pointer.cursor,
          }}
          onPointerDown={pointer.onPointerDown}
          onPointerMove={follow}
          onPointerUp={pointer.onPointerUp}
          onPointerCancel={pointer.onPointerCancel}
          onPointerLeave={() => setHover(null)}
          onDoubleClick={pointer.onDoubleClick}
        >
          {hover === null ? null : (
            <div
              className={classes.crosshair}
              style={{
                left: hover * plot,
                height: Math.max(height - AXIS_HEIGHT, 0),
              }}
            />
          )}
        </div>
        {tiles.loading ? (
          <div className={classes.working} role="status" aria-label="Loading readings">
            <Loader size={16} />
          </div>
        ) : null}
        {tiles.error === undefined ? null : (
          <div className={classes.notice}>
            <ErrorNotice
              title="These readings could not be loaded"
              error={tiles.error}
              onRetry={tiles.retry}
            />
          </div>
        )}
      </div>
      <StatusLine
        model={model}
        picture={tiles.picture}
        timeKind={timeKind}
        hover={hover}
        selection={props.selection}
      />
      <Overview
        model={model}
        data={tiles.overview}
        channel={props.loadedChannels.includes("b") ? "b" : (props.loadedChannels[0] ?? "b")}
        intervals={props.overviewIntervals ?? intervals}
        width={width}
        scheme={scheme}
      />
    </section>
  );
}

interface ReadoutProps {
  channel: string;
  top: number;
  picture: Picture;
  model: ViewportModel;
  hover: number | null;
  scheme: "light" | "dark";
}

/** A channel's name, and its value (or its lowest and highest, where a pixel holds many readings) at the pointer. */
function Readout({ channel, top, picture, model, hover, scheme }: ReadoutProps) {
  const view = useSyncExternalStore(model.subscribe, model.get);
  const at = hover === null ? -1 : pictureIndexAt(picture, rowAt(view, model.rows, hover));
  const look = channelLook(channel);
  const data = picture.channels.get(channel);
  const low = at < 0 ? undefined : data?.low[at];
  const high = at < 0 ? undefined : data?.high[at];
  return (
    <div className={classes.readout} style={{ top, left: GUTTER_LEFT + 6 }}>
      <span className={classes.readoutName} style={{ color: look[scheme] }}>
        {look.title}
      </span>
      {low === undefined || high === undefined ? (
        <span>{look.unit}</span>
      ) : (
        <span>
          {low === high || Number.isNaN(low)
            ? formatReading(low, look.unit)
            : `${formatReading(low, look.unit)} … ${formatReading(high, look.unit)}`}{" "}
          {look.unit}
        </span>
      )}
    </div>
  );
}

interface StatusLineProps {
  model: ViewportModel;
  picture: Picture;
  timeKind: TimeKind;
  hover: number | null;
  selection: RowRange | null;
}

function StatusLine({ model, picture, timeKind, hover, selection }: StatusLineProps) {
  const view = useSyncExternalStore(model.subscribe, model.get);
  const firstRow = Math.max(0, Math.ceil(view.start));
  const lastRow = Math.min(model.rows - 1, Math.floor(view.end));
  const first = pictureIndexAt(picture, firstRow);
  const last = pictureIndexAt(picture, lastRow);
  const from = first < 0 ? Number.NaN : (picture.seconds[first] as number);
  const to = last < 0 ? Number.NaN : (picture.seconds[last] as number);
  const digits = to > from ? digitsFor((to - from) / 500) : 3;
  const hoverRow = hover === null ? -1 : rowAt(view, model.rows, hover);
  const at = hoverRow < 0 ? -1 : pictureIndexAt(picture, hoverRow);
  const perPoint = spanOf(view) / Math.max(picture.x.length, 1);
  return (
    <div className={classes.status}>
      <Text size="xs" component="span" data-testid="view-range" className={classes.statusView}>
        rows {formatCount(firstRow)}–{formatCount(lastRow)} of {formatCount(model.rows)} ·{" "}
        {formatInstant(from, timeKind, digits)} → {formatInstant(to, timeKind, digits)}
        {perPoint > 1.5
          ? ` · lowest to highest of about ${formatCount(Math.round(perPoint))} rows a point`
          : ""}
      </Text>
      <Text size="xs" component="span">
        {selection === null
          ? at < 0
            ? ""
            : `row ${formatCount(hoverRow)} · ${formatInstant(picture.seconds[at] as number, timeKind, digits)}`
          : `selected: rows ${formatCount(selection.start)}–${formatCount(selection.end)} (${formatCount(selection.end - selection.start + 1)})`}
      </Text>
    </div>
  );
}
