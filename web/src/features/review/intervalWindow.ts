import type { RowRange, Viewport } from "../timeline/viewport.ts";

/** Rows of the smallest window: a view of less is within one or two of them. */
const LEAST_ROWS = 1024;

/**
 * The rows to fetch intervals of for a view: one or two neighbouring windows of a grid that hold all of it, both ends
 * inclusive. Moving a little asks for nothing new, and a view of everything has one window.
 */
export function windowOf({ start, end }: Viewport, rows: number): RowRange {
  const size = Math.max(LEAST_ROWS, 2 ** Math.ceil(Math.log2(Math.max(end - start, 1))));
  const first = Math.floor(Math.max(start, 0) / size) * size;
  const last = (Math.floor(Math.min(end, rows - 1) / size) + 1) * size - 1;
  return { start: first, end: Math.min(last, rows - 1) };
}
