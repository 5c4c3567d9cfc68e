/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { label, lineOn, overlay, plot, recordingOf, showChart, valuesAt } from "../../../test/chart.tsx";
import { overRow, PLOT_WIDTH, plotArea } from "../../../test/pointer.ts";
import { show } from "../../../test/show.tsx";
import { askedFor, heldBack, refusal, serverAnswers } from "../../../test/stubApi.ts";
import { windowAnswer } from "../../../test/windowAnswer.ts";
import { GUTTER_LEFT, LANE_HEIGHT } from "./layout.ts";
import { TimelineChart } from "./TimelineChart.tsx";
import { ViewportModel } from "./ViewportModel.ts";

const TRACKS = [0];

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
      channels={["b"]}
      loadedChannels={["b"]}
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
