import { Text, useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { type MouseEvent, useCallback, useMemo, useRef } from "react";
import { send } from "../../api/client.ts";
import { keys } from "../../api/keys.ts";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { LoadingBlock } from "../../ui/LoadingBlock.tsx";
import { CanvasSurface } from "../timeline/CanvasSurface.tsx";
import { CHART_COLOURS } from "../timeline/channelLooks.ts";
import { decodeTile } from "../timeline/decodeTile.ts";
import { useViewFrame } from "../timeline/useViewFrame.ts";
import type { ViewportModel } from "../timeline/ViewportModel.ts";
import { nearestPoint, type PlaneTrack, pointsInView, projectTrack, scaleBarLength } from "./projectTrack.ts";

const MOST_POINTS = 4000;
const MARGIN_PX = 16;
const REACH_PX = 14;

interface TrackMapProps {
  datasetId: number;
  model: ViewportModel;
  onGoTo: (row: number) => void;
}

/** Where the readings were taken, coloured by |b|, with the part in view drawn stronger. No map tiles: no network. */
export function TrackMap({ datasetId, model, onGoTo }: TrackMapProps) {
  const positions = useQuery({
    queryKey: keys.trackPositions(datasetId),
    queryFn: async ({ signal }) => {
      const response = await send(`datasets/${datasetId}/data/`, {
        signal,
        accept: "application/vnd.apache.arrow.stream",
        query: { max_points: MOST_POINTS, channels: "lat,lon,b", format: "arrow" },
      });
      const tile = decodeTile(new Uint8Array(await response.arrayBuffer()), model.rows - 1);
      const [lat, lon, b] = ["lat", "lon", "b"].map((name) => tile.channels.get(name)?.mean);
      return lat === undefined || lon === undefined || b === undefined
        ? null
        : projectTrack(tile.index, lat, lon, b);
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (positions.isPending) return <LoadingBlock what="the track" />;
  if (positions.isError) {
    return (
      <ErrorNotice
        title="The track could not be loaded"
        error={positions.error}
        onRetry={() => void positions.refetch()}
      />
    );
  }
  if (positions.data === null) {
    return (
      <Text size="sm" c="dimmed" p="sm">
        This recording has no positions.
      </Text>
    );
  }
  return <TrackCanvas track={positions.data} model={model} onGoTo={onGoTo} />;
}

/** Metres to pixels: both axes alike, the whole track inside. */
function fit(track: PlaneTrack, width: number, height: number) {
  let [reachX, reachY] = [1, 1];
  for (const x of track.x) if (Math.abs(x) > reachX) reachX = Math.abs(x);
  for (const y of track.y) if (Math.abs(y) > reachY) reachY = Math.abs(y);
  const perMetre = Math.min((width / 2 - MARGIN_PX) / reachX, (height / 2 - MARGIN_PX) / reachY);
  return {
    perMetre,
    toX: (x: number) => width / 2 + x * perMetre,
    toY: (y: number) => height / 2 - y * perMetre,
  };
}

function TrackCanvas({
  track,
  model,
  onGoTo,
}: { track: PlaneTrack } & Pick<TrackMapProps, "model" | "onGoTo">) {
  const { ref, width, height } = useElementSize<HTMLDivElement>();
  const scheme = useComputedColorScheme("light");
  const redraw = useRef<(() => void) | null>(null);
  const [low, high] = useMemo(() => {
    const sorted = track.value.filter((value) => !Number.isNaN(value)).sort();
    // The middle 96 %: one spike must not make everything else one colour.
    return [sorted[Math.floor(sorted.length * 0.02)] ?? 0, sorted[Math.floor(sorted.length * 0.98)] ?? 1];
  }, [track]);

  const draw = useCallback(
    (context: CanvasRenderingContext2D) => {
      const { toX, toY, perMetre } = fit(track, width, height);
      const inView = pointsInView(track.row, model.get());
      const paint = (first: number, end: number, isInView: boolean) => {
        context.globalAlpha = isInView ? 1 : 0.28;
        const size = isInView ? 4 : 2.5;
        for (let i = first; i < end; i += 1) {
          const share = Math.min(Math.max(((track.value[i] as number) - low) / (high - low || 1), 0), 1);
          context.fillStyle = Number.isNaN(share)
            ? CHART_COLOURS[scheme].text
            : `hsl(${220 - 215 * share} 75% ${scheme === "dark" ? 60 : 45}%)`;
          context.fillRect(
            toX(track.x[i] as number) - size / 2,
            toY(track.y[i] as number) - size / 2,
            size,
            size,
          );
        }
        context.globalAlpha = 1;
      };
      paint(0, inView.first, false);
      paint(inView.end, track.x.length, false);
      paint(inView.first, inView.end, true);
      const bar = scaleBarLength((width * 0.4) / perMetre);
      context.fillStyle = CHART_COLOURS[scheme].text;
      context.fillRect(10, height - 10, bar * perMetre, 2);
      context.font = "11px system-ui";
      context.fillText(bar >= 1000 ? `${bar / 1000} km` : `${bar} m`, 10, height - 15);
    },
    [track, width, height, model, low, high, scheme],
  );
  useViewFrame(model, () => redraw.current?.());

  function pick(event: MouseEvent<HTMLDivElement>) {
    const box = event.currentTarget.getBoundingClientRect();
    const { perMetre } = fit(track, width, height);
    const x = (event.clientX - box.left - width / 2) / perMetre;
    const y = (height / 2 - (event.clientY - box.top)) / perMetre;
    const at = nearestPoint(track, x, y, REACH_PX / perMetre);
    if (at >= 0) onGoTo(track.row[at] as number);
  }

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the timeline reaches every row by keyboard
    <div
      ref={ref}
      role="img"
      aria-label="Map of the track. Click a place to see its readings."
      style={{ height: "100%", minHeight: 260, cursor: "crosshair" }}
      onClick={pick}
    >
      {width > 0 && height > 0 ? (
        <CanvasSurface width={width} height={height} draw={draw} drawRef={redraw} />
      ) : null}
    </div>
  );
}
