/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import { DEFAULT_BOX } from "../../../test/boxes.ts";
import { type Mark, marksOn } from "../../../test/recordedCanvas.ts";
import { show } from "../../../test/show.tsx";
import { refusal, serverAnswers } from "../../../test/stubApi.ts";
import { type Recording, windowAnswer } from "../../../test/windowAnswer.ts";
import { ViewportModel } from "../timeline/ViewportModel.ts";
import type { Viewport } from "../timeline/viewport.ts";
import { TrackMap } from "./TrackMap.tsx";

/** A straight line eastward, a reading each ten-thousandth of a degree. */
const eastward = (rows: number, fields: Partial<Recording["channels"]> = {}): Recording => ({
  rows,
  channels: {
    lat: () => 0,
    lon: (row) => row / 10_000,
    b: (row) => 48_000 + row,
    ...fields,
  } as Recording["channels"],
});

async function showMap(recording: Recording, view?: Viewport) {
  serverAnswers({ "GET datasets/5/data/": windowAnswer(recording) });
  const model = new ViewportModel(recording.rows, view);
  const goneTo: number[] = [];
  show(<TrackMap datasetId={5} model={model} onGoTo={(row) => goneTo.push(row)} />);
  const map = await screen.findByRole("img", { name: /Map of the track/ });
  await waitFor(() => assert.ok(pointsOn(map).length > 0));
  return { map, model, goneTo };
}

/** Squares of the track, without the scale bar, which is no square. */
function pointsOn(map: HTMLElement): Mark[] {
  return marksOn(map.querySelector("canvas")).filter(
    (mark) => mark.kind === "rect" && mark.width === mark.height,
  );
}

/** Which points of an eastward line are drawn strong and which faint, counted from its western end. */
function places(map: HTMLElement, points: number) {
  const marks = pointsOn(map);
  const centres = marks.map((mark) => mark.x + mark.width / 2);
  const [west, east] = [Math.min(...centres), Math.max(...centres)];
  const at = (isStrong: boolean) =>
    marks
      .filter((mark) => (mark.alpha === 1) === isStrong)
      .map((mark) => Math.round(((mark.x + mark.width / 2 - west) / (east - west)) * (points - 1)))
      .sort((a, b) => a - b);
  return { strong: at(true), faint: at(false) };
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

test("the rows in view are drawn strong, and those before and after them faint", async () => {
  const { map } = await showMap(eastward(40), { start: 9.5, end: 19.5 });
  assert.deepEqual(places(map, 40), { strong: range(10, 19), faint: [...range(0, 9), ...range(20, 39)] });
});

test("when the view moves, what is drawn strong moves with it", async () => {
  const { map, model } = await showMap(eastward(40), { start: 9.5, end: 19.5 });
  act(() => model.set({ start: 29.5, end: 39.5 }));
  await waitFor(() => assert.deepEqual(places(map, 40).strong, range(30, 39)));
});

test("a view narrower than one point of a long recording shows that point strong", async () => {
  // 16,000 rows are 4,000 points of four rows.
  const { map } = await showMap(eastward(16_000), { start: 8001, end: 8009 });
  assert.deepEqual(places(map, 4000).strong, [2000, 2001, 2002]);
});

test("the lowest field is blue, the highest red, and an unknown one has a colour of its own", async () => {
  const values = [48_000, Number.NaN, 49_000];
  const { map } = await showMap(eastward(3, { b: (row) => values[row] as number }));
  const [low, unknown, high] = pointsOn(map).map((mark) => mark.color);
  assert.match(low ?? "", /^hsl\(220 /);
  assert.match(high ?? "", /^hsl\(5 /);
  assert.doesNotMatch(unknown ?? "", /^hsl/);
});

test("a click near a reading goes to its row, and one far from all goes nowhere", async () => {
  const { map, goneTo } = await showMap(eastward(11));
  const middle = DEFAULT_BOX.height / 2;
  fireEvent.click(map, { clientX: DEFAULT_BOX.width - 16, clientY: middle + 3 });
  fireEvent.click(map, { clientX: DEFAULT_BOX.width / 2, clientY: middle });
  fireEvent.click(map, { clientX: DEFAULT_BOX.width / 2, clientY: middle + 100 });
  assert.deepEqual(goneTo, [10, 5]);
});

test("a recording without positions says so", async () => {
  serverAnswers({ "GET datasets/5/data/": windowAnswer({ rows: 3, channels: { b: () => 1 } }) });
  show(<TrackMap datasetId={5} model={new ViewportModel(3)} onGoTo={() => undefined} />);
  await screen.findByText("This recording has no positions.");
});

test("a track that could not be loaded can be asked for again", async () => {
  serverAnswers({ "GET datasets/5/data/": refusal(500, "internal", "The object is damaged.") });
  show(<TrackMap datasetId={5} model={new ViewportModel(3)} onGoTo={() => undefined} />);
  const notice = await screen.findByRole("alert");
  assert.match(notice.textContent ?? "", /The track could not be loaded.*The object is damaged.*r-1/s);
  serverAnswers({ "GET datasets/5/data/": windowAnswer(eastward(3)) });
  fireEvent.click(screen.getByRole("button", { name: "Try again" }));
  await screen.findByRole("img", { name: /Map of the track/ });
});
