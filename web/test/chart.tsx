import assert from "node:assert/strict";
import { screen, waitFor } from "@testing-library/react";
import type { ChartInterval } from "../src/features/timeline/intervals.ts";
import { GUTTER_LEFT } from "../src/features/timeline/layout.ts";
import { TimelineChart, type TimelineChartProps } from "../src/features/timeline/TimelineChart.tsx";
import { ViewportModel } from "../src/features/timeline/ViewportModel.ts";
import type { RowRange, Viewport } from "../src/features/timeline/viewport.ts";
import { type Mark, marksOn } from "./recordedCanvas.ts";
import { show } from "./show.tsx";
import { serverAnswers } from "./stubApi.ts";
import { type Recording, windowAnswer } from "./windowAnswer.ts";

const TRACKS = [0];
const B = ["b"];

interface Chart {
  model: ViewportModel;
  selected: (RowRange | null)[];
  picked: (string | null)[];
  reshaped: [string, RowRange][];
}

export const recordingOf = (
  rows: number,
  b: (row: number) => number,
  more: Partial<Recording> = {},
): Recording => ({
  rows,
  channels: { b },
  ...more,
});

export async function showChart(
  recording: Recording,
  props: Partial<TimelineChartProps> = {},
  view?: Viewport,
): Promise<Chart> {
  serverAnswers({ "GET datasets/5/data/": windowAnswer(recording) });
  const chart: Chart = {
    model: new ViewportModel(recording.rows, view),
    selected: [],
    picked: [],
    reshaped: [],
  };
  show(
    <TimelineChart
      datasetId={5}
      trackStarts={TRACKS}
      timeKind="absolute"
      model={chart.model}
      channels={B}
      loadedChannels={B}
      intervals={[]}
      mode="select"
      selection={null}
      onSelect={(range) => chart.selected.push(range)}
      pickedKey={null}
      onPick={(interval) => chart.picked.push(interval?.key ?? null)}
      onReshape={(interval, range) => chart.reshaped.push([interval.key, range])}
      {...props}
    />,
  );
  // Laid out, and with the time of its first reading.
  await waitFor(() => assert.ok(canvases().length > 2));
  await waitFor(() => assert.match(screen.getByTestId("view-range").textContent ?? "", /2025-/));
  return chart;
}

/** The plots from top to bottom, then the canvas of labels and selection over them. */
const canvases = () => [...screen.getByRole("region", { name: "Timeline" }).querySelectorAll("canvas")];
export const plot = (at = 0): readonly Mark[] => marksOn(canvases()[at] ?? null);
export const overlay = (): readonly Mark[] => marksOn(canvases().at(-2) ?? null);

/** The line of a plot, of at least three steps: grid and axes have two. */
export function lineOn(marks: readonly Mark[]) {
  const color = "#334155";
  return marks.find((mark) => mark.kind === "stroke" && mark.color === color)?.steps ?? [];
}

/** What stands at a plot's value axis, from low to high, with its place. */
export function valuesAt(marks: readonly Mark[]) {
  return marks
    .filter((mark) => mark.kind === "text" && mark.x < GUTTER_LEFT)
    .map((mark) => ({ value: Number(mark.text.replaceAll(",", "")), y: mark.y }))
    .sort((a, b) => a.value - b.value);
}

export const label = (
  key: string,
  start: number,
  end: number,
  fields: Partial<ChartInterval> = {},
): ChartInterval => ({
  key,
  start,
  end,
  color: "#e8590c",
  text: `label ${key}`,
  ...fields,
});
