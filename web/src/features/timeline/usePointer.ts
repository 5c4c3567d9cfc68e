import { type PointerEvent, type RefObject, useEffect, useRef, useState } from "react";
import {
  type ChartInterval,
  type Edge,
  edgeAt,
  hitInLane,
  hitInPlot,
  type Lane,
  MOST_LANES,
  moveEdge,
} from "./intervals.ts";
import { LANE_HEIGHT } from "./layout.ts";
import type { ViewportModel } from "./ViewportModel.ts";
import { panBy, type RowRange, rangeBetween, rowAt, spanOf, viewAround, zoomAt } from "./viewport.ts";

/** What a drag on the plots does. With Shift held it always selects. */
export type DragMode = "pan" | "select";

interface PointerOptions {
  model: ViewportModel;
  mode: DragMode;
  lanes: readonly Lane[];
  crowded: Lane;
  selection: RowRange | null;
  onSelect: (range: RowRange | null) => void;
  picked: ChartInterval | null;
  onPick: (interval: ChartInterval | null) => void;
  /** Absent where intervals cannot be changed. */
  onReshape?: ((interval: ChartInterval, range: RowRange) => void) | undefined;
}

type Drag =
  | { kind: "pan"; fromX: number; lastX: number; moved: boolean }
  | { kind: "select"; fromX: number; moved: boolean }
  | { kind: "selection-edge"; edge: Edge; range: RowRange }
  | { kind: "interval-edge"; edge: Edge; interval: ChartInterval };

const CLICK_PX = 4;
const EDGE_PX = 6;
const ZOOM_PER_PIXEL = 0.0022;

/** The pointer on the plot area: wheel zooms, drags pan or select, clicks pick, edges of what is picked move. */
export function usePointer(area: RefObject<HTMLElement | null>, options: PointerOptions) {
  const latest = useRef(options);
  latest.current = options;
  const drag = useRef<Drag | null>(null);
  const [draft, setDraft] = useState<{ key: string; range: RowRange } | null>(null);
  const [cursor, setCursor] = useState("crosshair");

  useEffect(() => {
    const element = area.current;
    if (element === null) return;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const { model } = latest.current;
      const box = element.getBoundingClientRect();
      const pixels = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
      const sideways = event.shiftKey ? event.deltaY : event.deltaX;
      if (Math.abs(sideways) > Math.abs(event.deltaY) || event.shiftKey) {
        model.set(panBy(model.get(), model.rows, (sideways * pixels * spanOf(model.get())) / box.width));
        return;
      }
      const factor = Math.exp(Math.max(-400, Math.min(400, event.deltaY * pixels)) * ZOOM_PER_PIXEL);
      model.set(zoomAt(model.get(), model.rows, factor, (event.clientX - box.left) / box.width));
    };
    // React's own wheel listener is passive: the page would scroll under the chart.
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [area]);

  const place = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const fraction = (event.clientX - box.left) / box.width;
    const view = latest.current.model.get();
    const perPixel = spanOf(view) / box.width;
    return { fraction, view, perPixel, x: view.start + fraction * spanOf(view), y: event.clientY - box.top };
  };

  const edgeUnder = (event: PointerEvent<HTMLElement>): Drag | null => {
    const { selection, picked, onReshape } = latest.current;
    const { x, perPixel } = place(event);
    if (selection !== null) {
      const edge = edgeAt(selection, x, EDGE_PX * perPixel);
      if (edge !== null) return { kind: "selection-edge", edge, range: selection };
    }
    if (picked !== null && onReshape !== undefined) {
      const edge = edgeAt(picked, x, EDGE_PX * perPixel);
      if (edge !== null) return { kind: "interval-edge", edge, interval: picked };
    }
    return null;
  };

  const intervalUnder = (event: PointerEvent<HTMLElement>): ChartInterval | null => {
    const { lanes, crowded } = latest.current;
    const { x, y, perPixel } = place(event);
    const laneIndex = Math.floor(y / LANE_HEIGHT);
    const lane = lanes[laneIndex];
    if (lane !== undefined) return hitInLane(lane, x, 3 * perPixel);
    if (laneIndex === MOST_LANES && crowded.length > 0) return hitInPlot([], crowded, x);
    return hitInPlot(lanes, crowded, x);
  };

  const finish = () => {
    drag.current = null;
    setDraft(null);
  };

  return {
    cursor,
    draft,
    onPointerDown(event: PointerEvent<HTMLElement>) {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      const selects = latest.current.mode === "select" || event.shiftKey;
      drag.current = edgeUnder(event) ?? {
        kind: selects ? "select" : "pan",
        fromX: event.clientX,
        lastX: event.clientX,
        moved: false,
      };
    },
    onPointerMove(event: PointerEvent<HTMLElement>) {
      const { model, mode, onSelect } = latest.current;
      const at = place(event);
      const current = drag.current;
      if (current === null) {
        const onEdge = edgeUnder(event) !== null;
        setCursor(onEdge ? "ew-resize" : mode === "select" || event.shiftKey ? "crosshair" : "grab");
        return;
      }
      switch (current.kind) {
        case "pan":
          if (!current.moved && Math.abs(event.clientX - current.fromX) < CLICK_PX) return;
          current.moved = true;
          setCursor("grabbing");
          model.set(panBy(at.view, model.rows, (current.lastX - event.clientX) * at.perPixel));
          current.lastX = event.clientX;
          return;
        case "select": {
          if (!current.moved && Math.abs(event.clientX - current.fromX) < CLICK_PX) return;
          current.moved = true;
          const from = at.fraction - ((event.clientX - current.fromX) * at.perPixel) / spanOf(at.view);
          onSelect(rangeBetween(at.view, model.rows, from, at.fraction));
          return;
        }
        case "selection-edge":
          onSelect(moveEdge(current.range, current.edge, rowAt(at.view, model.rows, at.fraction)));
          return;
        case "interval-edge":
          setDraft({
            key: current.interval.key,
            range: moveEdge(current.interval, current.edge, rowAt(at.view, model.rows, at.fraction)),
          });
      }
    },
    onPointerUp(event: PointerEvent<HTMLElement>) {
      const current = drag.current;
      const { onPick, onReshape, onSelect, selection } = latest.current;
      if (current?.kind === "interval-edge" && draft !== null) onReshape?.(current.interval, draft.range);
      if ((current?.kind === "pan" || current?.kind === "select") && !current.moved) {
        const interval = intervalUnder(event);
        onPick(interval);
        if (interval === null && selection !== null) onSelect(null);
      }
      setCursor("crosshair");
      finish();
    },
    onPointerCancel: finish,
    onDoubleClick(event: React.MouseEvent<HTMLElement>) {
      const { model, lanes, crowded } = latest.current;
      const box = event.currentTarget.getBoundingClientRect();
      const fraction = (event.clientX - box.left) / box.width;
      const view = model.get();
      const interval = hitInPlot(lanes, crowded, view.start + fraction * spanOf(view));
      model.jump(
        interval === null ? zoomAt(view, model.rows, 0.25, fraction) : viewAround(interval, model.rows),
      );
    },
  };
}
