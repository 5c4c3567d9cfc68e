export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What an element without a size of its own gets. */
export const DEFAULT_BOX: Box = { left: 0, top: 0, width: 1084, height: 400 };

/**
 * Where an element is, CSS pixels. jsdom lays nothing out: what stands in an element's own style counts, and the rest is
 * as large as the page.
 */
export function boxOf(element: Element): Box {
  const style = (element as HTMLElement).style;
  const pixels = (name: "left" | "top" | "width" | "height") => {
    const written = style?.[name] ?? "";
    return written.endsWith("px") ? Number.parseFloat(written) : DEFAULT_BOX[name];
  };
  return { left: pixels("left"), top: pixels("top"), width: pixels("width"), height: pixels("height") };
}
