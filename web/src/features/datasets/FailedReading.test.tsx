/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Dataset, Finding, Question } from "@magtrace/contracts";
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { openApp } from "../../../test/app.tsx";
import { dataset, me, project } from "../../../test/samples.ts";
import { askedFor, refusal, serverAnswers } from "../../../test/stubApi.ts";

const FAULT_OF_OURS = {
  status: "failed" as const,
  processed: false,
  error: "The disk was full.",
  findings: [] as Finding[],
};
const QUESTION: Question = {
  subject: "date_order",
  asked: "Is 05/06 the 5th of June or the 6th of May?",
  reason: "No value is over 12.",
  column: "time",
  choices: [
    { label: "5 June", mapping: { time: { date_order: "dmy" } } },
    { label: "6 May", mapping: { time: { date_order: "mdy" } } },
  ],
};

function open(more: Partial<Dataset>, role = "collaborator") {
  serverAnswers({
    "GET me/": me(),
    "GET projects/1/": { ...project(), role },
    "GET datasets/5/": dataset({ ...FAULT_OF_OURS, ...more }),
  });
  openApp("/projects/1/datasets/5");
  return screen.findByText(more.error ?? FAULT_OF_OURS.error);
}

test("a file whose reading failed through a fault of ours is read again by one click", async () => {
  serverAnswers({
    "POST datasets/5/retry/": () => {
      const pending = dataset({ status: "pending", processed: false, progress: 0 });
      serverAnswers({ "GET datasets/5/": pending });
      return pending;
    },
  });
  await open({});
  await userEvent.click(await screen.findByRole("button", { name: "Read it again" }));
  await screen.findByText(/The server is reading this file/);
  assert.deepEqual(askedFor("POST datasets/5/retry/")[0]?.body, {});
});

test("one that still has no verdict of the virus scanner, or finds no room, says the cause and can be tried again", async () => {
  const again = "There is no room left for stored files. The file is kept: have it read again then.";
  serverAnswers({
    "POST datasets/5/retry/": () => {
      const still = dataset({ ...FAULT_OF_OURS, error: again });
      serverAnswers({ "GET datasets/5/": still });
      return still;
    },
  });
  await open({ error: "The virus scanner does not answer. The file is kept and nothing has read it." });
  await userEvent.click(await screen.findByRole("button", { name: "Read it again" }));
  await screen.findByText(again);
  await screen.findByRole("button", { name: "Read it again" });
});

test("what a file leaves open is answered by one click, in addition to how it was to be read", async () => {
  serverAnswers({ "POST datasets/5/retry/": refusal(422, "unreadable_file", "It is still not readable.") });
  const finding = { line: 1, column: "time", value: "05/06/2026", code: "ambiguous", expected: "an order" };
  await open({
    error: "Something has to be answered.",
    mapping: { unit: "nT" },
    findings: [finding],
    questions: [QUESTION],
  });
  assert.equal(screen.queryByRole("button", { name: "Read it again" }), null);
  await userEvent.click(await screen.findByRole("button", { name: "6 May" }));
  await screen.findByText("It is still not readable.");
  await waitFor(() =>
    assert.deepEqual(askedFor("POST datasets/5/retry/")[0]?.body, {
      mapping: { unit: "nT", time: { date_order: "mdy" } },
    }),
  );
});

test("who only looks sees why, and no button", async () => {
  await open({ questions: [QUESTION] }, "viewer");
  assert.equal(screen.queryByRole("button", { name: /Read it again|June|May/ }), null);
});
