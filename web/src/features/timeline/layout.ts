/** Sizes that the plots, the overlay and the pointer must agree on, CSS pixels. */
export const GUTTER_LEFT = 70;
export const GUTTER_RIGHT = 14;
export const AXIS_HEIGHT = 40;
export const LANE_HEIGHT = 18;
export const LEAST_PLOT_HEIGHT = 64;
export const OVERVIEW_HEIGHT = 54;

export function plotWidth(width: number): number {
  return Math.max(width - GUTTER_LEFT - GUTTER_RIGHT, 1);
}
