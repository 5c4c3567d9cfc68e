/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { dragRows, overRow, PLOT_WIDTH, plotArea } from "../../../test/pointer.ts";
import { type Mark, marksOn } from "../../../test/recordedCanvas.ts";
import { show } from "../../../test/show.tsx";
import { askedFor, heldBack, refusal, serverAnswers } from "../../../test/stubApi.ts";
import { type Recording, windowAnswer } from "../../../test/windowAnswer.ts";
import type { ChartInterval } from "./intervals.ts";
import { GUTTER_LEFT, LANE_HEIGHT } from "./layout.ts";
import { TimelineChart, type TimelineChartProps } from "./TimelineChart.tsx";
import { ViewportModel } from "./ViewportModel.ts";
import type { RowRange, Viewport } from "./viewport.ts";

const TRACKS = [0];
const B = ["b"];

interface Chart {
  model: ViewportModel;
  selected: (RowRange | null)[];
  picked: (string | null)[];
  reshaped: [string, RowRange][];
}

const recordingOf = (rows: number, b: (row: number) => number, more: Partial<Recording> = {}): Recording => ({
  rows,
  channels: { b },
  ...more,
});

async function showChart(
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
const plot = (at = 0): readonly Mark[] => marksOn(canvases()[at] ?? null);
const overlay = (): readonly Mark[] => marksOn(canvases().at(-2) ?? null);

/** The line of a plot, of at least three steps: grid and axes have two. */
function lineOn(marks: readonly Mark[]) {
  const color = "#334155";
  return marks.find((mark) => mark.kind === "stroke" && mark.color === color)?.steps ?? [];
}

/** What stands at a plot's value axis, from low to high, with its place. */
function valuesAt(marks: readonly Mark[]) {
  return marks
    .filter((mark) => mark.kind === "text" && mark.x < GUTTER_LEFT)
    .map((mark) => ({ value: Number(mark.text.replaceAll(",", "")), y: mark.y }))
    .sort((a, b) => a.value - b.value);
}

const label = (
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

test("every reading of a short recording is on the line, at its row and its value", async () => {
  const values = [-48_000, -48_010, -47_990, -48_005, -48_000, -47_995, -48_010, -47_990, -48_000, -48_000];
  await showChart(recordingOf(10, (row) => values[row] as number));
  const line = lineOn(plot());
  assert.equal(line.length, 11, "ten readings, and the dash with which a line begins");
  const points = line.filter((_, i) => i !== 1);
  points.forEach((point, row) => {
    assert.ok(Math.abs(point.x - (GUTTER_LEFT + ((row + 0.5) / 10) * PLOT_WIDTH)) < 1, `x of row ${row}`);
  });
  const lowest = points.filter((_, row) => values[row] === -48_010).map((point) => Math.round(point.y));
  const highest = points.filter((_, row) => values[row] === -47_990).map((point) => Math.round(point.y));
  assert.equal(new Set(lowest).size, 1);
  assert.equal(new Set(highest).size, 1);
  assert.ok((lowest[0] as number) > (highest[0] as number), "low values are below high ones");
});

test("an axis of only negative values reaches over them and not to zero", async () => {
  await showChart(recordingOf(100, (row) => -48_000 - row));
  const values = valuesAt(plot());
  assert.ok(values.length >= 3);
  for (const { value } of values) assert.ok(value <= -47_990 && value >= -48_110, `${value} on the axis`);
  for (const [i, { y }] of values.entries()) {
    assert.ok(i === 0 || y < (values[i - 1]?.y ?? 0), "higher values stand higher");
  }
});

test("the value axis follows the part in view", async () => {
  const { model } = await showChart(recordingOf(1000, (row) => (row < 500 ? -10 : -5000)));
  assert.ok((valuesAt(plot())[0]?.value ?? 0) <= -4000);
  act(() => model.set({ start: 0, end: 400 }));
  await waitFor(() => assert.ok((valuesAt(plot())[0]?.value ?? -9e9) >= -11));
});

test("no line crosses a missing reading or a gap in time", async () => {
  await showChart(recordingOf(12, (row) => (row === 4 ? Number.NaN : -row), { gapRows: [8] }));
  const line = lineOn(plot());
  const begins = line.filter((step) => step.kind === "move").map((step) => step.x);
  assert.deepEqual(
    begins.map((x) => Math.floor(((x - GUTTER_LEFT) / PLOT_WIDTH) * 12)),
    [0, 5, 8],
  );
  const at = (row: number) => GUTTER_LEFT + ((row + 0.5) / 12) * PLOT_WIDTH;
  assert.ok(
    !line.some((step) => Math.abs(step.x - at(4)) < 10),
    "nothing is drawn where nothing was measured",
  );
});

test("a spike of one reading among a hundred thousand is drawn to its full height", async () => {
  await showChart(recordingOf(100_000, (row) => (row === 77_777 ? -40_000 : -48_000)));
  const columns = plot().filter((mark) => mark.kind === "rect" && mark.color === "#334155");
  const tallest = columns.reduce((a, b) => (a.height > b.height ? a : b));
  const share = (tallest.x - GUTTER_LEFT) / PLOT_WIDTH;
  assert.ok(Math.abs(share - 0.77777) < 0.003);
  const flat = columns.filter((mark) => mark.height < 3);
  assert.ok(flat.length > 400, "the rest is a thin line");
  assert.ok(tallest.height > 150);
});

test("channels stand under each other in their order, each with its name and unit", async () => {
  const channels = ["b_x", "altitude"];
  await showChart(
    { rows: 50, channels: { b_x: (row) => row, altitude: (row) => 100 + row } },
    { channels, loadedChannels: channels },
  );
  assert.ok((valuesAt(plot(0)).at(-1)?.value ?? 0) <= 55);
  assert.ok((valuesAt(plot(1))[0]?.value ?? 0) >= 95);
  screen.getByText("b_x");
  screen.getByText("altitude");
  screen.getByText("m");
  assert.equal(askedFor("GET datasets/5/data/")[0]?.query.get("channels"), "b_x,altitude");
});

test("a drag selects exactly the rows under it, in either direction", async () => {
  const { selected } = await showChart(recordingOf(100, (row) => row));
  dragRows(20, 39, 100);
  assert.deepEqual(selected.at(-1), { start: 20, end: 39 });
  dragRows(80, 61, 100);
  assert.deepEqual(selected.at(-1), { start: 61, end: 80 });
  dragRows(95, 140, 100);
  assert.deepEqual(selected.at(-1), { start: 95, end: 99 }, "a drag beyond the edge ends with the last row");
});

test("a drag pans in the other mode, and selects with Shift held", async () => {
  const { model, selected } = await showChart(
    recordingOf(1000, (row) => row),
    { mode: "pan" },
    { start: 399.5, end: 499.5 },
  );
  dragRows(60, 40, 100);
  assert.deepEqual(model.get(), { start: 419.5, end: 519.5 });
  assert.deepEqual(selected, []);
  dragRows(10, 19, 100, { shiftKey: true });
  assert.deepEqual(selected.at(-1), { start: 430, end: 439 });
});

test("an edge of the selection can be moved, and never past the other edge", async () => {
  const { selected } = await showChart(
    recordingOf(100, (row) => row),
    { selection: { start: 20, end: 39 } },
  );
  dragRows(39.5, 59, 100);
  assert.deepEqual(selected.at(-1), { start: 20, end: 59 });
  dragRows(19.5, 70, 100);
  assert.deepEqual(selected.at(-1), { start: 39, end: 39 });
});

test("what is selected is shaded over its rows and said in numbers", async () => {
  await showChart(
    recordingOf(100, (row) => row),
    { selection: { start: 20, end: 39 } },
  );
  screen.getByText("selected: rows 20–39 (20)");
  const shade = overlay().find((mark) => mark.kind === "rect" && mark.alpha === 0.16);
  assert.ok(shade);
  assert.ok(Math.abs(shade.x - (GUTTER_LEFT + 0.2 * PLOT_WIDTH)) < 1);
  assert.ok(Math.abs(shade.width - 0.2 * PLOT_WIDTH) < 1);
});

test("a click picks the label under it, and one beside all labels lets go of label and selection", async () => {
  const intervals = [label("1", 10, 19), label("2", 12, 60)];
  const { picked, selected } = await showChart(
    recordingOf(100, (row) => row),
    {
      intervals,
      selection: { start: 90, end: 95 },
    },
  );
  const click = (row: number, y = 200) => {
    fireEvent.pointerDown(plotArea(), overRow(row, 100, y));
    fireEvent.pointerUp(plotArea(), overRow(row, 100, y));
  };
  click(15);
  click(40);
  click(70);
  assert.deepEqual(picked, ["1", "2", null], "of two labels in one place the shorter one");
  assert.deepEqual(selected, [null]);
  // Labels that overlap are in lanes of their own; a click there means the one of that lane.
  click(15, LANE_HEIGHT * 1.5);
  assert.equal(picked.at(-1), "2");
});

test("the edges of a picked label can be dragged to other rows, where labels may be changed", async () => {
  const intervals = [label("1", 10, 19)];
  const { reshaped } = await showChart(
    recordingOf(100, (row) => row),
    { intervals, pickedKey: "1" },
  );
  dragRows(19.5, 29, 100);
  dragRows(9.5, 5, 100);
  assert.deepEqual(reshaped, [
    ["1", { start: 10, end: 29 }],
    ["1", { start: 5, end: 19 }],
  ]);
});

test("where labels may not be changed a drag at their edge selects", async () => {
  const { reshaped, selected } = await showChart(
    recordingOf(100, (row) => row),
    {
      intervals: [label("1", 10, 19)],
      pickedKey: "1",
      onReshape: undefined,
    },
  );
  dragRows(19.5, 29, 100);
  assert.deepEqual(reshaped, []);
  assert.equal(selected.at(-1)?.end, 29);
});

test("a label is drawn over its rows, with its name, and a rejected one fainter", async () => {
  await showChart(
    recordingOf(100, (row) => row),
    {
      intervals: [label("1", 10, 29), label("2", 50, 69, { faint: true })],
    },
  );
  const bars = overlay().filter((mark) => mark.kind === "rect" && mark.height === LANE_HEIGHT - 3);
  assert.deepEqual(
    bars.map((bar) => [
      Math.round(((bar.x - GUTTER_LEFT) / PLOT_WIDTH) * 100),
      Math.round((bar.width / PLOT_WIDTH) * 100),
      bar.alpha,
    ]),
    [
      [10, 20, 0.95],
      [50, 20, 0.35],
    ],
  );
  assert.deepEqual(
    overlay()
      .filter((mark) => mark.kind === "text")
      .map((mark) => mark.text),
    ["label 1", "label 2"],
  );
});

test("the wheel zooms around the pointer, and sideways it pans", async () => {
  const { model } = await showChart(recordingOf(1000, (row) => row));
  fireEvent.wheel(plotArea(), { ...overRow(250, 1000), deltaY: -400 });
  const { start, end } = model.get();
  assert.ok(end - start < 500);
  assert.ok(Math.abs(start + 0.25 * (end - start) - 250) < 1, "the row under the pointer stays there");
  fireEvent.wheel(plotArea(), { ...overRow(250, 1000), deltaX: 100 });
  assert.ok(model.get().start > start);
  assert.ok(Math.abs(model.get().end - model.get().start - (end - start)) < 1e-6);
});

test("the pointer shows row, time and value; where a point holds many rows, its lowest and highest", async () => {
  const { model } = await showChart(recordingOf(100, (row) => -row));
  fireEvent.pointerMove(plotArea(), overRow(42, 100));
  screen.getByText("row 42 · 2025-11-06 12:00:04.20 UTC");
  screen.getByText("-42.00 nT");
  assert.match(screen.getByTestId("view-range").textContent ?? "", /^rows 0–99 of 100 · 2025-11-06 12:00:00/);
  act(() => model.set({ start: -0.5, end: 9.5 }));
  assert.match(screen.getByTestId("view-range").textContent ?? "", /^rows 0–9 of 100/);
  fireEvent.pointerLeave(plotArea());
  assert.ok(screen.queryByText(/^row 42/) === null);
});

test("the overview moves the view where it is dragged", async () => {
  const { model } = await showChart(
    recordingOf(1000, (row) => row),
    {},
    { start: 99.5, end: 199.5 },
  );
  const overview = screen.getByTestId("overview");
  fireEvent.pointerDown(overview, overRow(150, 1000, 20));
  fireEvent.pointerMove(overview, overRow(350, 1000, 20));
  fireEvent.pointerUp(overview, overRow(350, 1000, 20));
  assert.equal(Math.round(model.get().start), 300);
  fireEvent.pointerDown(overview, overRow(800, 1000, 20));
  fireEvent.pointerUp(overview, overRow(800, 1000, 20));
  assert.equal(Math.round(model.get().start), 750, "a click beside the view centres it there");
});

test("a coarser picture stands in until the finer readings have come", async () => {
  const rows = 8192;
  const recording = recordingOf(rows, (row) => (row % 64 === 0 ? 100 : 0));
  const { model } = await showChart(recording);
  const later = heldBack(windowAnswer(recording));
  serverAnswers({ "GET datasets/5/data/": later.answer });
  act(() => model.set({ start: 4096, end: 4196 }));
  await screen.findByRole("status", { name: "Loading readings" });
  await waitFor(() => assert.ok(lineOn(plot()).length > 3));
  const coarse = lineOn(plot()).length;
  later.give();
  await waitFor(() => assert.ok(lineOn(plot()).length > 2 * coarse));
});

test("readings that could not be loaded can be asked for again", async () => {
  serverAnswers({ "GET datasets/5/data/": refusal(500, "internal", "The object is damaged.") });
  show(
    <TimelineChart
      datasetId={5}
      trackStarts={TRACKS}
      timeKind="absolute"
      model={new ViewportModel(10)}
      channels={B}
      loadedChannels={B}
      intervals={[]}
      mode="select"
      selection={null}
      onSelect={() => undefined}
      pickedKey={null}
      onPick={() => undefined}
    />,
  );
  const notice = await screen.findByRole("alert");
  assert.match(notice.textContent ?? "", /These readings could not be loaded.*The object is damaged/s);
  serverAnswers({ "GET datasets/5/data/": windowAnswer(recordingOf(10, (row) => row)) });
  fireEvent.click(within(notice).getByRole("button", { name: "Try again" }));
  await waitFor(() => assert.ok(lineOn(plot()).length > 9));
  assert.ok(screen.queryByRole("alert") === null);
});
