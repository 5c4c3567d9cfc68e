import { useMemo } from "react";
import { encode } from "uqr";
import { qrPath } from "./qrPath.ts";

/** Black on white in dark mode as well: cameras expect it. The border of four squares is the standard's. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const { path, size } = useMemo(() => {
    const code = encode(text, { border: 4 });
    return { path: qrPath(code.data), size: code.data.length };
  }, [text]);
  return (
    <svg viewBox={`0 0 ${size} ${size}`} width={220} height={220} role="img" aria-label={label}>
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" shapeRendering="crispEdges" />
    </svg>
  );
}
