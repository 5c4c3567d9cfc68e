/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { openApp } from "../../../test/app.tsx";
import { auditEntry, me, project } from "../../../test/samples.ts";
import { askedFor, heldBack, listOf, refusal, serverAnswers } from "../../../test/stubApi.ts";

function open(entries: unknown, search = "") {
  serverAnswers({
    "GET me/": me(),
    "GET projects/1/": project(),
    "GET organizations/1/members/": [],
    "GET audit/": entries,
  });
  openApp(`/projects/1/audit${search}`);
}

const cellsOf = async (name: RegExp) =>
  within(await screen.findByRole("row", { name }))
    .getAllByRole("cell")
    .map((cell) => cell.textContent);

const lastAsked = () => Object.fromEntries(askedFor("GET audit/").at(-1)?.query ?? []);

test("an entry says who did what to what, how often and from where", async () => {
  open([
    auditEntry({
      position: 1200,
      action: "dataset.read",
      count: 14,
      credential: "token 7",
      subject: "dataset 5",
    }),
    auditEntry({
      position: 1199,
      action: "audit.anchor",
      user: null,
      user_name: null,
      project: null,
      ip: null,
    }),
  ]);
  const [number, , who, action, subject, where, from] = await cellsOf(/1,200/);
  assert.deepEqual(
    [number, who, action, subject, where, from],
    ["1,200", "Adaby token 7", "dataset.read × 14", "dataset 5", "Harbour", "127.0.0.1"],
  );
  const [, , system, , , nowhere, none] = await cellsOf(/1,199/);
  assert.deepEqual([system, nowhere, none], ["MagTrace itself", "–", "–"]);
});

test("a session is not named beside the person it belongs to", async () => {
  open([auditEntry({ position: 3, credential: "session 3" })]);
  const [, , who] = await cellsOf(/dataset\.read/);
  assert.equal(who, "Ada");
});

test("details show each changed field before and after, and close again", async () => {
  open([
    auditEntry({
      position: 4,
      action: "annotation.update",
      before: { start_index: 10, notes: "" },
      after: { start_index: 12, notes: "" },
    }),
  ]);
  const button = await screen.findByRole("button", { name: "Details of entry 4" });
  assert.equal(button.getAttribute("aria-expanded"), "false");
  fireEvent.click(button);
  const fields = within(screen.getByRole("table", { name: "Changed fields" }));
  const row = within(fields.getByRole("row", { name: /start_index/ })).getAllByRole("cell");
  assert.deepEqual(
    row.map((cell) => cell.textContent),
    ["start_index", "10", "12"],
  );
  screen.getByText("00ff");
  fireEvent.click(screen.getByRole("button", { name: "Details of entry 4" }));
  assert.ok(screen.queryByRole("table", { name: "Changed fields" }) === null);
});

test("one entry leads to all of the same person, subject or request, from the first page on", async () => {
  open(
    listOf([auditEntry({ position: 4, user: 9, subject: "dataset 12", request_id: "r-77" })], 120),
    "?page=2",
  );
  await screen.findByText("51–100 of 120 entries");
  for (const [link, parameter, value] of [
    ["Only this person", "user_id", "9"],
    ["Only this subject", "subject", "dataset 12"],
    ["Only this request", "request_id", "r-77"],
  ] as const) {
    // The filters of before stay.
    if (screen.queryByText(link) === null) {
      fireEvent.click(await screen.findByRole("button", { name: "Details of entry 4" }));
    }
    fireEvent.click(screen.getByText(link));
    await waitFor(() => assert.equal(lastAsked()[parameter], value));
    assert.equal(lastAsked().offset, "0");
  }
  assert.equal(lastAsked().user_id, "9");
  assert.equal(lastAsked().project_id, "1", "the audit of a project stays in it");
});

test("the pages go on with the filters that are set", async () => {
  open(listOf([auditEntry()], 120), "?kind=change");
  fireEvent.click(await screen.findByLabelText("Page 3 of entries"));
  await waitFor(() => assert.equal(lastAsked().offset, "100"));
  assert.equal(lastAsked().kind, "change");
  assert.equal(new URLSearchParams(window.location.search).get("page"), "3");
});

test("a link to a later page of a longer list does not end on its first one", async () => {
  open(listOf([auditEntry({ position: 2 })], 1), "?user=1");
  await screen.findByRole("button", { name: "Details of entry 2" });
  const later = heldBack(() => listOf([auditEntry({ position: 4 })], 240));
  serverAnswers({ "GET audit/": later.answer });
  window.history.pushState(null, "", "/app/projects/1/audit?page=3");
  // Until it has come the shorter list stays, and that has one page.
  await waitFor(() => assert.equal(lastAsked().offset, "100"));
  later.give();
  await screen.findByText("101–150 of 240 entries");
});

test("filters that fit nothing say so", async () => {
  open([]);
  await screen.findByText("Nothing was done that fits these filters.");
});

test("entries that could not be loaded can be asked for again", async () => {
  open(refusal(500, "internal", "The database is away."));
  await screen.findByText("The entries could not be loaded");
  serverAnswers({ "GET audit/": [auditEntry({ position: 4 })] });
  fireEvent.click(screen.getByRole("button", { name: "Try again" }));
  await screen.findByRole("button", { name: "Details of entry 4" });
});
