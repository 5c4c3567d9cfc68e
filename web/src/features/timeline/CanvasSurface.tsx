import { type CSSProperties, useEffect, useRef } from "react";

interface CanvasSurfaceProps {
  width: number;
  height: number;
  /** Called with a cleared canvas in CSS pixels, and given back so that a frame can be drawn without React. */
  draw: (context: CanvasRenderingContext2D) => void;
  drawRef: { current: (() => void) | null };
  style?: CSSProperties;
}

/** A canvas that is sharp on every screen and draws when its size or its `draw` changes. */
export function CanvasSurface({ width, height, draw, drawRef, style }: CanvasSurfaceProps) {
  const canvas = useRef<HTMLCanvasElement>(null);

  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context) return;
    const ratio = window.devicePixelRatio || 1;
    const [deviceWidth, deviceHeight] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (element.width !== deviceWidth) element.width = deviceWidth;
    if (element.height !== deviceHeight) element.height = deviceHeight;
    drawRef.current = () => {
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, width, height);
      draw(context);
    };
    drawRef.current();
    return () => {
      drawRef.current = null;
    };
  }, [width, height, draw, drawRef]);

  return <canvas ref={canvas} style={{ ...style, width, height, pointerEvents: "none" }} />;
}
