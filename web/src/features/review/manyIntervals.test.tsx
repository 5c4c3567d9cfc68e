/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PredictedInterval, ReviewPrediction } from "@magtrace/contracts";
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { openApp } from "../../../test/app.tsx";
import { overlay } from "../../../test/chart.tsx";
import { category, dataset, interval, me, prediction, project } from "../../../test/samples.ts";
import { type Asked, askedFor, heldBack, listOf, serverAnswers } from "../../../test/stubApi.ts";
import { windowAnswer } from "../../../test/windowAnswer.ts";
import { windowOf } from "./intervalWindow.ts";

const ROWS = 1_200_000;
const CARRIED = 10_000;

/** One each hundred rows. The very last is the least certain, and its neighbour the one after it. */
const all = (): PredictedInterval[] =>
  Array.from({ length: 12_000 }, (_, index) =>
    interval({
      index,
      start_index: 100 * index,
      end_index: 100 * index + 49,
      confidence: index < 11_998 ? 0.5 + index / 40_000 : (12_000 - index) / 10,
    }),
  );

/** A server that filters and orders as the real one does. */
function serverOf(intervals: PredictedInterval[]) {
  const page = ({ query }: Asked) => {
    const [start, end] = [Number(query.get("start_index") ?? 0), Number(query.get("end_index") ?? ROWS)];
    const sign = query.get("order") === "certain" ? -1 : 1;
    const least = Number(query.get("min_confidence") ?? 0);
    const found = intervals
      .filter((one) => one.start_index <= end && one.end_index >= start && one.confidence >= least)
      .sort((a, b) => sign * (a.confidence - b.confidence));
    const offset = Number(query.get("offset") ?? 0);
    return listOf(found.slice(offset, offset + Number(query.get("limit"))), found.length);
  };
  const counts = { pending: intervals.length, accepted: 0, rejected: 0, modified: 0 };
  const kept = prediction({ predictions: intervals.slice(0, CARRIED), counts });
  serverAnswers({
    "GET me/": me(),
    "GET projects/1/": { ...project(), role: "collaborator" },
    "GET datasets/5/": dataset({ total_records: ROWS }),
    "GET label-categories/": [category()],
    "GET datasets/5/data/": windowAnswer({ rows: ROWS, channels: { b_x: (row) => row, b: (row) => -row } }),
    "GET predictions/7/": kept,
    "GET predictions/7/intervals/": page,
    "POST predictions/7/review/": ({ body }: Asked) => {
      const [{ index }] = (body as ReviewPrediction).modifications as unknown as [{ index: number }];
      intervals[index] = { ...intervals[index]!, review: "rejected" };
      return {
        ...kept,
        predictions: [intervals[index]],
        counts: { ...counts, pending: counts.pending - 1, rejected: 1 },
      };
    },
  });
  return { page };
}

const texts = () =>
  overlay()
    .filter(({ kind, text }) => kind === "text" && text.startsWith("fan"))
    .map(({ text }) => text);

async function openFarOut() {
  const server = serverOf(all());
  openApp("/projects/1/predictions/7");
  await screen.findByText("Of 12,000 intervals here the 1,000 most certain are drawn. Zoom in to see all.");
  return server;
}

const lastLine = async () =>
  within(screen.getByRole("listbox", { name: "Found intervals" })).findByText("1,199,900–1,199,949");

test("of more intervals than can be told apart the most certain are drawn, and that is said", async () => {
  await openFarOut();
  const asked = askedFor("GET predictions/7/intervals/").filter(({ query }) => query.has("start_index"));
  assert.deepEqual(
    asked.map(({ query }) => [query.get("start_index"), query.get("end_index"), query.get("order")]),
    [["0", String(ROWS - 1), "certain"]],
  );
});

test("close up every interval in view is drawn, also of those the prediction does not carry", async () => {
  await openFarOut();
  fireEvent.click(await lastLine());
  await screen.findByText(
    "All intervals here are drawn. The overview shows the 1,000 most certain of 12,000.",
  );
  await waitFor(() => assert.deepEqual(texts().sort(), ["fan 10 %", "fan 20 %"]));
  fireEvent.keyDown(document.body, { key: "Home" });
  await screen.findByText(/most certain are drawn/);
});

test("until the intervals in view have come, it is said that they are loading", async () => {
  const { page } = await openFarOut();
  const later = heldBack(page);
  serverAnswers({ "GET predictions/7/intervals/": later.answer });
  fireEvent.click(await lastLine());
  await screen.findByText("Loading the intervals in view…");
  later.give();
  await screen.findByText(/^All intervals here are drawn/);
});

test("a decision shows in the chart at once", async () => {
  await openFarOut();
  fireEvent.click(await lastLine());
  await waitFor(() => assert.equal(texts().length, 2));
  const pale = () => overlay().filter(({ kind, alpha }) => kind === "rect" && alpha === 0.35).length;
  assert.equal(pale(), 0);
  fireEvent.keyDown(document.body, { key: "r" });
  await screen.findByText("11,999 of 12,000 open");
  await waitFor(() => assert.equal(pale(), 1));
});

test("a window holds its view, has at most four times its rows, and is the whole for a view of all", () => {
  assert.deepEqual(windowOf({ start: -0.5, end: ROWS - 0.5 }, ROWS), { start: 0, end: ROWS - 1 });
  for (const [start, span] of [
    [0, 3],
    [1023.5, 2],
    [600_000, 5_000],
    [ROWS - 3_000, 3_000],
  ] as const) {
    const window = windowOf({ start, end: start + span }, ROWS);
    assert.ok(window.start <= start && window.end >= Math.min(start + span, ROWS - 1));
    assert.ok(window.end - window.start < Math.max(2048, 4 * span));
  }
});
