import { fireEvent, screen } from "@testing-library/react";
import { GUTTER_LEFT, plotWidth } from "../src/features/timeline/layout.ts";
import { DEFAULT_BOX } from "./boxes.ts";

/** How wide the plots are, CSS pixels. */
export const PLOT_WIDTH = plotWidth(DEFAULT_BOX.width);

/** What reacts to the pointer over the plots. */
export const plotArea = () => screen.getByTestId("timeline");

/** The pointer over a row of a chart that has `rows` rows in view from its first one on. */
export const overRow = (row: number, rows: number, y = 200) => ({
  clientX: GUTTER_LEFT + ((row + 0.5) / rows) * PLOT_WIDTH,
  clientY: y,
  button: 0,
  pointerId: 1,
});

export function dragRows(from: number, to: number, rows: number, keys: object = {}): void {
  fireEvent.pointerDown(plotArea(), { ...overRow(from, rows), ...keys });
  fireEvent.pointerMove(plotArea(), { ...overRow((from + to) / 2, rows), ...keys });
  fireEvent.pointerMove(plotArea(), { ...overRow(to, rows), ...keys });
  fireEvent.pointerUp(plotArea(), { ...overRow(to, rows), ...keys });
}
