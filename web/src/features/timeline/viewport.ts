/**
 * What part of a series is on screen, in rows. Row i is drawn at x = i and owns i − ½ … i + ½, so that a label of
 * one row has a width and the first and last readings are not cut by the edge.
 */
export interface Viewport {
  readonly start: number;
  readonly end: number;
}

/** Rows, both ends inclusive, as annotations have them. */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

/** Fewer rows than this are never spread over the whole width. */
const LEAST_ROWS = 8;

export function fullView(rows: number): Viewport {
  return { start: -0.5, end: Math.max(rows, 1) - 0.5 };
}

export function spanOf(view: Viewport): number {
  return view.end - view.start;
}

/** The nearest view that lies inside the series and is not too narrow. */
export function clampView(view: Viewport, rows: number): Viewport {
  const full = fullView(rows);
  const span = Math.min(spanOf(full), Math.max(Math.min(LEAST_ROWS, spanOf(full)), spanOf(view)));
  // Around its middle, so that a view too narrow or too wide grows or shrinks evenly.
  const middle = (view.start + view.end) / 2;
  const start = Math.min(Math.max(middle - span / 2, full.start), full.end - span);
  return { start, end: start + span };
}

/**
 * Scales the view by `factor` (below 1 zooms in) so that the row under `fraction` (0 left edge … 1 right edge)
 * stays where it is.
 */
export function zoomAt(view: Viewport, rows: number, factor: number, fraction: number): Viewport {
  const full = spanOf(fullView(rows));
  const span = Math.min(full, Math.max(Math.min(LEAST_ROWS, full), spanOf(view) * factor));
  const anchor = view.start + fraction * spanOf(view);
  const start = anchor - fraction * span;
  return clampView({ start, end: start + span }, rows);
}

export function panBy(view: Viewport, rows: number, deltaRows: number): Viewport {
  return clampView({ start: view.start + deltaRows, end: view.end + deltaRows }, rows);
}

/** A view that shows a range with room on both sides: `margin` is the share of the range left free on each. */
export function viewAround(range: RowRange, rows: number, margin = 1): Viewport {
  const length = range.end - range.start + 1;
  return clampView(
    { start: range.start - 0.5 - length * margin, end: range.end + 0.5 + length * margin },
    rows,
  );
}

/** The same width, moved only as far as needed to show the range; around it when it does not fit. */
export function viewShowing(view: Viewport, range: RowRange, rows: number): Viewport {
  const span = spanOf(view);
  if (range.end - range.start + 1 > span * 0.9) return viewAround(range, rows, 0.25);
  if (range.start - 0.5 >= view.start && range.end + 0.5 <= view.end) return view;
  const middle = (range.start + range.end) / 2;
  return clampView({ start: middle - span / 2, end: middle + span / 2 }, rows);
}

/** The row nearest to a place on the axis. */
export function rowAt(view: Viewport, rows: number, fraction: number): number {
  const row = Math.round(view.start + fraction * spanOf(view));
  return Math.min(Math.max(row, 0), Math.max(rows - 1, 0));
}

/** Where on the axis (0 … 1 inside the view) an x in rows lies. */
export function fractionOf(view: Viewport, x: number): number {
  return (x - view.start) / spanOf(view);
}

/** The rows between two places of a drag, in either direction. */
export function rangeBetween(view: Viewport, rows: number, from: number, to: number): RowRange {
  const a = rowAt(view, rows, from);
  const b = rowAt(view, rows, to);
  return { start: Math.min(a, b), end: Math.max(a, b) };
}
