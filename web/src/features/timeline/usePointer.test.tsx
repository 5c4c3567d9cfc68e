/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { fireEvent, screen } from "@testing-library/react";
import { label, recordingOf, showChart } from "../../../test/chart.tsx";
import { dragRows, overRow, plotArea } from "../../../test/pointer.ts";
import { LANE_HEIGHT } from "./layout.ts";

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
