import type { ViewportModel } from "./ViewportModel.ts";
import { fullView, panBy, spanOf, type Viewport, zoomAt } from "./viewport.ts";

const PAN_SHARE = 0.2;

/** Where a key moves the view, or null for keys that do not. Modifiers are the caller's business. */
export function viewForKey(key: string, view: Viewport, rows: number): Viewport | null {
  switch (key) {
    case "ArrowLeft":
      return panBy(view, rows, -PAN_SHARE * spanOf(view));
    case "ArrowRight":
      return panBy(view, rows, PAN_SHARE * spanOf(view));
    case "PageUp":
      return panBy(view, rows, -spanOf(view));
    case "PageDown":
      return panBy(view, rows, spanOf(view));
    case "+":
    case "=":
    case "ArrowUp":
      return zoomAt(view, rows, 0.5, 0.5);
    case "-":
    case "ArrowDown":
      return zoomAt(view, rows, 2, 0.5);
    case "Home":
      return fullView(rows);
    default:
      return null;
  }
}

/** Moves the view for a key; false when the key is not for that. */
export function moveViewByKey(model: ViewportModel, event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  // Arrows inside a list or a row of tabs move there.
  if (
    event.target instanceof HTMLElement &&
    event.target.closest("[role=listbox],[role=tablist],[role=slider],[role=radiogroup]")
  ) {
    return false;
  }
  if (event.key === "Backspace") {
    model.back();
    return true;
  }
  const view = viewForKey(event.key, model.get(), model.rows);
  if (view === null) return false;
  if (event.key === "Home") model.jump(view);
  else model.set(view);
  return true;
}
