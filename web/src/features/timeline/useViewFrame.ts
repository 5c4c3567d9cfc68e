import { useEffect, useRef } from "react";
import type { ViewportModel } from "./ViewportModel.ts";

/** Calls `draw` in the next frame after the view moved: once a frame, however many pointer events came. */
export function useViewFrame(model: ViewportModel, draw: () => void): void {
  const latest = useRef(draw);
  latest.current = draw;
  useEffect(() => {
    let frame = 0;
    const stop = model.subscribe(() => {
      if (frame !== 0) return;
      frame = requestAnimationFrame(() => {
        frame = 0;
        latest.current();
      });
    });
    return () => {
      stop();
      cancelAnimationFrame(frame);
    };
  }, [model]);
}
