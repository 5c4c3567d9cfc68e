/// <reference types="node" />
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { openApp } from "../../../test/app.tsx";
import { dataset, inspection, me, project } from "../../../test/samples.ts";
import { askedFor, heldBack, serverAnswers } from "../../../test/stubApi.ts";
import { StubUpload } from "../../../test/stubUpload.ts";
import { forgetToken } from "../../api/csrfToken.ts";

beforeEach(() => {
  StubUpload.sent = [];
});

async function openZone() {
  serverAnswers({ "GET me/": me(), "GET projects/1/": project(), "GET datasets/": [] });
  serverAnswers({ "POST datasets/inspect/": inspection(), "GET datasets/uploads/": [] });
  openApp("/projects/1");
  return screen.findByRole("region", { name: "Upload recordings" });
}

const file = (name: string) => new File(["timestamp_pc,b_x,b_y,b_z\n"], name, { type: "text/csv" });
const rowOf = (name: string) => within(screen.getByRole("article", { name: `Upload of ${name}` }));

function drop(zone: HTMLElement, ...names: string[]): void {
  fireEvent.drop(zone, { dataTransfer: { files: names.map(file) } });
}

/** The upload that is the `count`th to be sent. */
async function sent(count: number): Promise<StubUpload> {
  await waitFor(() => assert.equal(StubUpload.sent.length, count));
  return StubUpload.sent[count - 1] as StubUpload;
}

test("a dropped file goes to the project, shows its way, and can be opened at the end", async () => {
  drop(await openZone(), "survey.csv");
  const upload = await sent(1);
  assert.equal(upload.address, "/api/datasets/upload/");
  assert.equal(upload.headers["x-csrf-token"], "token");
  assert.deepEqual([...(upload.form?.keys() ?? [])], ["project", "file"], "the fields go before the file");
  assert.equal(upload.form?.get("project"), "1");
  upload.progress(0.42);
  await waitFor(() => rowOf("survey.csv").getByText(/sending, 42 %/));
  upload.progress(1);
  await waitFor(() => rowOf("survey.csv").getByText(/sent; the server is reading it/));
  const lists = askedFor("GET datasets/").length;
  upload.answer(201, dataset({ id: 9, total_records: 50 }));
  await waitFor(() => rowOf("survey.csv").getByText(/50 readings taken in/));
  assert.equal(
    rowOf("survey.csv").getByRole("link", { name: "Open" }).getAttribute("href"),
    "/app/projects/1/datasets/9",
  );
  await waitFor(() => assert.ok(askedFor("GET datasets/").length > lists, "the list is asked for again"));
});

test("a refused file shows each thing to mend with its line, and how many there are in all", async () => {
  drop(await openZone(), "bad.csv");
  const upload = await sent(1);
  upload.answer(422, {
    error: "The file was refused.",
    code: "file_refused",
    details: {
      findings: [
        { line: 12_000, column: "b_x", value: "abc", expected: "a number", code: "number" },
        { line: null, column: "b_z", value: null, expected: "a column b_z", code: "column" },
      ],
      total_findings: 140,
    },
    request_id: "r-1",
  });
  const table = within(await screen.findByRole("table", { name: "Findings" }));
  const cells = table
    .getAllByRole("row")
    .slice(1)
    .map((row) =>
      within(row)
        .getAllByRole("cell")
        .map((cell) => cell.textContent),
    );
  assert.deepEqual(cells, [
    ["12,000", "b_x", "abc", "a number"],
    ["–", "b_z", "–", "a column b_z"],
  ]);
  rowOf("bad.csv").getByText("The first 2 of 140 things to mend:");
  rowOf("bad.csv").getByText("bad.csv was not taken");
  fireEvent.click(rowOf("bad.csv").getByRole("button", { name: "Dismiss" }));
  assert.ok(screen.queryByRole("article") === null);
});

test("a file that is kept without a verdict of the virus scanner says so and is opened, not sent again", async () => {
  drop(await openZone(), "kept.csv");
  const error = "The virus scanner does not answer. The file is kept and nothing has read it.";
  const refused = { error, code: "dependency_unavailable", details: { dataset: 9 }, request_id: "r-1" };
  (await sent(1)).answer(503, refused);
  await waitFor(() => rowOf("kept.csv").getByText("kept.csv was not read"));
  rowOf("kept.csv").getByText(error);
  const link = rowOf("kept.csv").getByRole("link", { name: "Open the kept file" });
  assert.equal(link.getAttribute("href"), "/app/projects/1/datasets/9");
  assert.equal(rowOf("kept.csv").queryByRole("button", { name: /again/i }), null);
});

test("a broken connection says so, and the next file goes on", async () => {
  drop(await openZone(), "one.csv", "two.csv", "three.csv");
  await sent(2);
  await waitFor(() => rowOf("three.csv").getByText(/waiting/));
  StubUpload.sent[0]?.breakConnection();
  await waitFor(() => rowOf("one.csv").getByText(/The server cannot be reached/));
  (await sent(3)).answer(201, dataset());
  await waitFor(() => rowOf("three.csv").getByText(/taken in/));
});

test("several files go two at a time", async () => {
  drop(await openZone(), "one.csv", "two.csv", "three.csv");
  await sent(2);
  assert.equal(StubUpload.sent[0]?.fileName, "one.csv");
  await waitFor(() => rowOf("three.csv").getByText(/waiting/));
  StubUpload.sent[0]?.answer(201, dataset());
  assert.equal((await sent(3)).fileName, "three.csv");
});

test("a cancelled upload is aborted, and the next file goes on", async () => {
  drop(await openZone(), "one.csv", "two.csv", "three.csv");
  await sent(2);
  fireEvent.click(rowOf("one.csv").getByRole("button", { name: "Cancel" }));
  const third = await sent(3);
  assert.equal(third.fileName, "three.csv");
  assert.ok(screen.queryByRole("article", { name: "Upload of one.csv" }) === null);
});

test("an upload cancelled before it has begun is never sent, and the next file goes on", async () => {
  const zone = await openZone();
  // The session's token is asked for first, and that takes its time.
  forgetToken();
  const later = heldBack(me());
  serverAnswers({ "GET me/": later.answer, "POST datasets/inspect/": inspection() });
  drop(zone, "one.csv", "two.csv");
  fireEvent.click(rowOf("one.csv").getByRole("button", { name: "Cancel" }));
  later.give();
  const first = await sent(1);
  assert.equal(first.fileName, "two.csv");
});

test("a chosen unit goes with the file, and none is said where the file says it", async () => {
  await openZone();
  const user = userEvent.setup();
  await user.upload(screen.getByLabelText("Recordings to upload"), file("one.csv"));
  const first = await sent(1);
  assert.equal(first.form?.get("mapping"), null);
  first.answer(201, dataset());
  await user.click(screen.getByRole("combobox", { name: "Unit of the field" }));
  await user.click(await screen.findByRole("option", { name: "Unit: µT" }));
  await user.upload(screen.getByLabelText("Recordings to upload"), file("two.csv"));
  assert.equal((await sent(2)).form?.get("mapping"), '{"unit":"µT"}');
});
