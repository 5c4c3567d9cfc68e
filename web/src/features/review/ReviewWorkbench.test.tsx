/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import type { IntervalDecision, PredictedInterval, Prediction, ReviewPrediction } from "@magtrace/contracts";
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { openApp } from "../../../test/app.tsx";
import { dragRows } from "../../../test/pointer.ts";
import { category, dataset, interval, me, prediction, project } from "../../../test/samples.ts";
import { type Asked, askedFor, heldBack, refusal, serverAnswers } from "../../../test/stubApi.ts";
import { windowAnswer } from "../../../test/windowAnswer.ts";

const ROWS = 1000;
const ENDINGS = { accept: "accepted", reject: "rejected", modify: "modified" } as const;

const found = (): PredictedInterval[] => [
  interval({ index: 0, start_index: 100, end_index: 199, confidence: 0.95 }),
  interval({ index: 1, start_index: 400, end_index: 449, confidence: 0.6 }),
  interval({ index: 2, start_index: 700, end_index: 719, confidence: 0.85 }),
];

/** A server that decides as it is told. */
function reviewServer(first: Prediction) {
  let kept = first;
  const decided = ({ status, modifications, min_confidence: least = 0 }: ReviewPrediction) => {
    const decisions = (Array.isArray(modifications) ? modifications : []) as IntervalDecision[];
    return kept.predictions.map((one): PredictedInterval => {
      const decision = decisions.find(({ index }) => index === one.index);
      if (decision !== undefined) return { ...one, review: ENDINGS[decision.action] };
      if (status === "modified" || one.review !== "pending" || one.confidence < least) return one;
      return { ...one, review: status };
    });
  };
  serverAnswers({
    "GET predictions/7/": () => kept,
    "POST predictions/7/review/": ({ body }: Asked) => {
      kept = { ...kept, predictions: decided(body as ReviewPrediction) };
      return kept;
    },
  });
}

async function open(fields: Partial<Prediction> = {}, role = "collaborator") {
  serverAnswers({
    "GET me/": me(),
    "GET projects/1/": { ...project(), role },
    "GET datasets/5/": dataset({ total_records: ROWS }),
    "GET label-categories/": [category(), category({ id: 12, name: "door", hotkey: "2" })],
    "GET datasets/5/data/": windowAnswer({ rows: ROWS, channels: { b_x: (row) => row, b: (row) => -row } }),
  });
  reviewServer(prediction({ predictions: found(), ...fields }));
  openApp("/projects/1/predictions/7");
}

const press = (key: string) => fireEvent.keyDown(document.body, { key });
const countsAre = (text: string) => screen.findByText(text);
const list = () => within(screen.getByRole("listbox", { name: "Found intervals" }));
const lines = () =>
  list()
    .getAllByRole("option")
    .map((line) => line.textContent);
const inHand = () => screen.queryByRole("region", { name: "Interval in hand" })?.textContent ?? null;
const decisions = () => askedFor("POST predictions/7/review/").map(({ body }) => body);
const viewText = () => screen.getByTestId("view-range").textContent ?? "";

async function openToReview() {
  await open();
  await countsAre("3 of 3 open");
  await screen.findByRole("button", { name: "Accept 2 intervals" });
}

test("what was found is listed, least certain first, with its rows, confidence and state", async () => {
  await openToReview();
  assert.deepEqual(lines(), ["fan400–44960 %open", "fan700–71985 %open", "fan100–19995 %open"]);
  fireEvent.click(screen.getByRole("combobox", { name: "Order of the list" }));
  fireEvent.click(screen.getByRole("option", { name: "in the order of rows" }));
  await waitFor(() => assert.match(lines()[0] ?? "", /100–199/));
});

test("n takes the least certain one in hand and brings it into view", async () => {
  await openToReview();
  press("n");
  await waitFor(() => assert.match(inHand() ?? "", /fan with confidence 60 %/));
  await waitFor(() => assert.match(viewText(), /^rows 325–524 of 1,000/));
});

test("a accepts what is in hand and goes on to the next open one; counts follow", async () => {
  await openToReview();
  press("n");
  await waitFor(() => assert.match(inHand() ?? "", /60 %/));
  press("a");
  await countsAre("2 of 3 open");
  await waitFor(() => assert.match(inHand() ?? "", /85 %/));
  assert.deepEqual(decisions(), [{ status: "modified", modifications: [{ index: 1, action: "accept" }] }]);
  assert.match(lines()[0] ?? "", /400–449.*accepted/);
});

test("r rejects; when the last one is decided, it is said that all are", async () => {
  await openToReview();
  press("n");
  for (const left of ["2 of 3 open", "1 of 3 open", "All 3 decided."]) {
    await waitFor(() => assert.match(inHand() ?? "", /open/));
    press("r");
    await countsAre(left);
  }
  assert.deepEqual(
    lines().map((line) => /rejected/.test(line ?? "")),
    [true, true, true],
  );
});

test("j and k go down and up the list and stop at its ends", async () => {
  await openToReview();
  const confidences: (string | undefined)[] = [];
  for (const key of ["j", "j", "j", "j", "k"]) {
    press(key);
    await waitFor(() => assert.ok(inHand() !== null));
    confidences.push(/confidence (\d+)/.exec(inHand() ?? "")?.[1]);
  }
  assert.deepEqual(confidences, ["60", "85", "95", "95", "85"]);
  press("Escape");
  await waitFor(() => assert.equal(inHand(), null));
});

test("buttons decide as the keys do", async () => {
  await openToReview();
  fireEvent.click(list().getByText("700–719"));
  fireEvent.click(await screen.findByRole("button", { name: "Reject" }));
  await countsAre("2 of 3 open");
  assert.deepEqual(decisions(), [{ status: "modified", modifications: [{ index: 2, action: "reject" }] }]);
});

test("an interval whose edge was dragged is accepted with its new rows", async () => {
  await openToReview();
  fireEvent.click(list().getByText("400–449"));
  await waitFor(() => assert.ok(inHand() !== null));
  press("Home");
  await waitFor(() => assert.match(viewText(), /^rows 0–999/));
  dragRows(449.5, 499, ROWS);
  await screen.findByRole("button", { name: "Save change" });
  press("a");
  await countsAre("2 of 3 open");
  assert.deepEqual(decisions(), [
    {
      status: "modified",
      modifications: [{ index: 1, action: "modify", start_index: 400, end_index: 499 }],
    },
  ]);
});

test("another category in hand is saved as a change", async () => {
  await openToReview();
  fireEvent.click(list().getByText("700–719"));
  const panel = within(await screen.findByRole("region", { name: "Interval in hand" }));
  fireEvent.click(panel.getByRole("combobox", { name: "Category" }));
  fireEvent.click(screen.getByRole("option", { name: "door" }));
  fireEvent.click(panel.getByRole("button", { name: "Save change" }));
  await countsAre("2 of 3 open");
  assert.deepEqual(decisions(), [
    {
      status: "modified",
      modifications: [{ index: 2, action: "modify", start_index: 700, end_index: 719, category: 12 }],
    },
  ]);
});

test("all from a confidence on are accepted at once, and the rest rejected", async () => {
  await openToReview();
  fireEvent.click(screen.getByRole("button", { name: "Accept 2 intervals" }));
  await countsAre("1 of 3 open");
  fireEvent.click(screen.getByRole("button", { name: "Reject the rest" }));
  await countsAre("All 3 decided.");
  assert.deepEqual(decisions(), [{ status: "accepted", min_confidence: 0.8 }, { status: "rejected" }]);
});

test("while a decision is being saved, keys decide nothing more", async () => {
  await openToReview();
  const later = heldBack(prediction({ predictions: found() }));
  serverAnswers({ "POST predictions/7/review/": later.answer });
  press("n");
  await waitFor(() => assert.ok(inHand() !== null));
  press("a");
  await waitFor(() => assert.equal(decisions().length, 1));
  press("a");
  press("r");
  later.give();
  await waitFor(() => assert.match(inHand() ?? "", /85 %/));
  assert.equal(decisions().length, 1);
});

test("a decision that was not saved says why, and the interval stays open and in hand", async () => {
  await openToReview();
  serverAnswers({ "POST predictions/7/review/": refusal(409, "decided", "Somebody else decided this one.") });
  press("n");
  await waitFor(() => assert.ok(inHand() !== null));
  press("a");
  await screen.findByText("Somebody else decided this one.");
  await countsAre("3 of 3 open");
  assert.match(inHand() ?? "", /60 %/);
});

test("who may only look sees what was found and decides nothing", async () => {
  await open({}, "viewer");
  await countsAre("3 of 3 open");
  press("n");
  press("a");
  press("r");
  assert.equal(inHand(), null);
  assert.ok(screen.queryByRole("button", { name: /^(Accept|Reject)/ }) === null);
  assert.equal(decisions().length, 0);
});

test("warnings stand above everything, and finding nothing is said with what to do", async () => {
  await open({ predictions: [], warnings: ["The model has seen 3 examples."] });
  await screen.findByText("The model has seen 3 examples.");
  await screen.findByText(/^The model named no stretch/);
});

test("a prediction under way shows how far it is, and a failed one why", async () => {
  await open({ status: "running", progress: 42.7 });
  await screen.findByText(/^42 % of the recording searched/);
  screen.getByRole("progressbar", { name: "Predicting, 42 %" });
  serverAnswers({
    "GET predictions/7/": prediction({ status: "failed", error_message: "The model is damaged." }),
  });
  await screen.findByText("The model is damaged.");
});
