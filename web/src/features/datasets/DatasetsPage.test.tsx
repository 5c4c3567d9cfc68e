/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Dataset } from "@magtrace/contracts";
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { openApp } from "../../../test/app.tsx";
import { dataset, me, project } from "../../../test/samples.ts";
import { type Asked, askedFor, listOf, refusal, serverAnswers } from "../../../test/stubApi.ts";
import { StubEventSource } from "../../../test/stubEventSource.ts";

/** Answers the beginning of a page of what is in `all` at that time: two rows say as much as fifty, and sooner. */
const pageOf =
  (all: readonly Dataset[]) =>
  ({ query }: Asked) => {
    assert.equal(query.get("limit"), "50");
    const offset = Number(query.get("offset"));
    return listOf(all.slice(offset, offset + 2), all.length);
  };

const many = (count: number): Dataset[] =>
  Array.from({ length: count }, (_, i) => dataset({ id: i + 1, name: `flight ${i + 1}` }));

function open(answer: unknown, role: "owner" | "viewer" = "owner") {
  serverAnswers({
    "GET me/": me(),
    "GET projects/1/": project({ role }),
    "GET datasets/": answer,
    "GET datasets/uploads/": [],
  });
  openApp("/projects/1");
}

const rowOf = async (name: string) => within(await screen.findByRole("row", { name: new RegExp(name) }));

test("each dataset is listed with its state, its size and a way to open it", async () => {
  open([
    dataset({ id: 5, name: "ready.csv", total_records: 1_234_567, original_bytes: 64_000_000 }),
    dataset({ id: 6, name: "coming.csv", processed: false, status: "running", progress: 40 }),
    dataset({ id: 7, name: "bad.csv", processed: false, status: "failed", error: "No column b_z." }),
  ]);
  const ready = await rowOf("ready.csv");
  assert.equal(ready.getByRole("link").getAttribute("href"), "/app/projects/1/datasets/5");
  ready.getByText("1,234,567");
  ready.getByText("64.0 MB");
  const coming = await rowOf("coming.csv");
  assert.equal(coming.getByRole("progressbar").getAttribute("aria-valuenow"), "40");
  assert.ok(coming.queryByRole("link") === null, "what cannot be read yet cannot be opened");
  (await rowOf("bad.csv")).getByText("No column b_z.");
});

test("the second page has the datasets after the fiftieth", async () => {
  open(pageOf(many(120)));
  await screen.findByText("1–50 of 120 datasets");
  fireEvent.click(screen.getByRole("button", { name: "Page 2 of datasets" }));
  await screen.findByText("51–100 of 120 datasets");
  await screen.findByText("flight 51");
  assert.ok(screen.queryByText("flight 1") === null);
  fireEvent.click(screen.getByRole("button", { name: "Page 3 of datasets" }));
  await screen.findByText("101–120 of 120 datasets");
});

test("fifty datasets are one page", async () => {
  open(pageOf(many(50)));
  await screen.findByText("flight 2");
  assert.ok(screen.queryByText(/of 50 datasets/) === null);
});

test("when the only dataset of the last page is deleted, the page before it is shown", async () => {
  const all = many(51);
  open(pageOf(all));
  serverAnswers({
    "DELETE datasets/51/": () => {
      all.pop();
    },
  });
  fireEvent.click(await screen.findByRole("button", { name: "Page 2 of datasets" }));
  fireEvent.click(await screen.findByRole("button", { name: "Delete flight 51" }));
  fireEvent.click(await screen.findByRole("button", { name: "Delete the dataset" }));
  await screen.findByText("flight 1");
  assert.ok(screen.queryByText("No recordings yet") === null);
  assert.ok(screen.queryByText("flight 51") === null);
});

test("a deletion is asked about first, and says what goes with it", async () => {
  const all = many(2);
  open(pageOf(all));
  serverAnswers({
    "DELETE datasets/2/": () => {
      all.pop();
    },
  });
  fireEvent.click(await screen.findByRole("button", { name: "Delete flight 2" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Delete flight 2?" }));
  dialog.getByText("Its readings, labels and predictions are deleted with it.");
  fireEvent.click(dialog.getByRole("button", { name: "Cancel" }));
  assert.equal(askedFor("DELETE datasets/2/").length, 0);
  fireEvent.click(screen.getByRole("button", { name: "Delete flight 2" }));
  fireEvent.click(await screen.findByRole("button", { name: "Delete the dataset" }));
  await waitFor(() => assert.ok(screen.queryByText("flight 2") === null));
  await screen.findByText("flight 1");
});

test("a refused deletion says why, and the dataset stays", async () => {
  open(many(1));
  serverAnswers({ "DELETE datasets/1/": refusal(409, "in_use", "A training is using it. Stop that first.") });
  fireEvent.click(await screen.findByRole("button", { name: "Delete flight 1" }));
  fireEvent.click(await screen.findByRole("button", { name: "Delete the dataset" }));
  await screen.findByText("A training is using it. Stop that first.");
  await screen.findByText("flight 1");
});

test("an empty project says how to fill it to those who may", async () => {
  open([]);
  await screen.findByText("No recordings yet");
  screen.getByText(/^Drop a file above\./);
  screen.getByRole("region", { name: "Upload recordings" });
});

test("who may only look is offered neither upload nor deletion", async () => {
  open(many(1), "viewer");
  await screen.findByText("flight 1");
  assert.ok(screen.queryByRole("region", { name: "Upload recordings" }) === null);
  assert.ok(screen.queryByRole("button", { name: /^Delete/ }) === null);
});

test("a list that could not be loaded says why and can be asked for again", async () => {
  open(refusal(500, "internal", "The database is away."));
  const notice = within(await screen.findByRole("alert"));
  notice.getByText("The database is away.");
  notice.getByText("For the administrator: request r-1");
  serverAnswers({ "GET datasets/": many(1) });
  fireEvent.click(notice.getByRole("button", { name: "Try again" }));
  await screen.findByText("flight 1");
});

test("a dataset that has been read in shows so as soon as the server says", async () => {
  open([dataset({ name: "coming.csv", processed: false, status: "running", progress: 40 })]);
  await rowOf("coming.csv");
  serverAnswers({ "GET datasets/": [dataset({ name: "coming.csv" })] });
  StubEventSource.tell({ kind: "dataset", project: 1, id: 5 });
  await screen.findByRole("link", { name: "coming.csv" });
});
