/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Dataset, Reread } from "@magtrace/contracts";
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { openApp } from "../../../../test/app.tsx";
import { dataset, me, project } from "../../../../test/samples.ts";
import { type Asked, askedFor, heldBack, listOf, refusal, serverAnswers } from "../../../../test/stubApi.ts";
import { StubEventSource } from "../../../../test/stubEventSource.ts";
import { windowAnswer } from "../../../../test/windowAnswer.ts";

const ROWS = 1000;
const MOMENT = "2026-11-06T12:00:00Z";

const UNIT = {
  subject: "field_unit",
  taken: "nT",
  reason: "The file names no unit.",
  column: null,
  others: [
    { label: "µT: the field is 48,000 nT", mapping: { unit: "µT" } },
    { label: "mG: the field is 4,800 nT", mapping: { unit: "mG" } },
  ],
};
const ZONE = {
  subject: "time_zone",
  taken: "The times are UTC.",
  reason: "The times name no zone.",
  column: "time",
  others: ["+01:00", "+02:00", "-05:00", "-04:00", "-08:00", "-07:00"].map((zone) => ({
    label: zone,
    mapping: { time: { zone } },
  })),
};

const reread = (fields: Partial<Reread> = {}): Reread => ({
  id: 31,
  dataset: 5,
  mapping: { unit: "µT" },
  previous_mapping: null,
  status: "completed",
  code: null,
  error: null,
  findings: [],
  total_findings: 0,
  questions: [],
  created_by: 1,
  created_at: MOMENT,
  finished_at: MOMENT,
  ...fields,
});

interface Setting {
  role?: string;
  kept?: Partial<Dataset>;
  report?: object;
  rereads?: Reread[];
}

/** A server whose dataset is read anew when it is asked to. */
function rereadServer({ role = "collaborator", kept = {}, report = {}, rereads = [] }: Setting) {
  const now = dataset({ total_records: ROWS, mapping: null, last_reread: null, ...kept });
  let factor = 1;
  serverAnswers({
    "GET me/": me(),
    "GET projects/1/": { ...project(), role },
    "GET projects/1/members/": [{ user: 1, name: "Ada", email: "a@example.org", role: "owner" }],
    "GET datasets/5/": () => ({ ...now }),
    "GET datasets/5/quality/": () => ({
      assumptions: now.mapping?.unit === undefined ? [UNIT, ZONE] : [ZONE],
      ...report,
    }),
    "GET datasets/5/rereads/": () => rereads,
    "GET datasets/5/statistics/": () => ({
      total_records: ROWS,
      sensors: [],
      time_range: { start: null, end: null },
      magnetic_field_stats: {},
      channel_stats: { b: { min: factor, max: 2 * factor, mean: factor, std: 0 } },
      location_range: null,
    }),
    "GET label-categories/": [],
    "GET annotations/": () => listOf([], 3),
    "GET predictions/": () => listOf([], 1),
    "GET datasets/5/data/": (asked: Asked) =>
      windowAnswer({ rows: ROWS, channels: { b_x: () => factor, b: () => factor } })(asked),
    "POST datasets/5/reread/": ({ body }: Asked) => {
      const { mapping } = body as { mapping: Dataset["mapping"] };
      const done = reread({
        id: 31 + rereads.length,
        mapping: mapping ?? null,
        previous_mapping: now.mapping ?? null,
      });
      rereads.unshift(done);
      Object.assign(now, { mapping, last_reread: done.id });
      factor = mapping?.unit === "µT" ? 1000 : 1;
      return done;
    },
  });
}

async function openFacts(setting: Setting = {}) {
  rereadServer(setting);
  openApp("/projects/1/datasets/5");
  fireEvent.click(await screen.findByRole("tab", { name: "Facts" }));
  await screen.findByRole("region", { name: "How it was read" });
}

const button = (name: string | RegExp) => screen.findByRole("button", { name });
const click = async (name: string | RegExp) => fireEvent.click(await button(name));

async function readAgain(choice: string | RegExp) {
  await click(choice);
  await click("Read again");
}

test("the badge names what was assumed of units and times, and leads to the facts", async () => {
  rereadServer({});
  openApp("/projects/1/datasets/5");
  await click("Assumed: nT, UTC");
  const heading = await screen.findByRole("heading", { name: "Assumed" });
  await waitFor(() => assert.equal(document.activeElement, heading));
  const first = screen.getByRole("group", { name: "Unit of the field" });
  within(first).getByText("The file names no unit.");
});

test("assumptions stand before everything else that is said of the file", async () => {
  await openFacts({ report: { notes: [{ code: "x", message: "Something odd." }] } });
  const headings = screen.getAllByRole("heading", { level: 2 }).map((heading) => heading.textContent);
  assert.deepEqual(headings.slice(0, 3), ["Assumed", "Quality", "How it was read"]);
});

test("a choice is asked about with what moves along, then sent with what was said before", async () => {
  await openFacts({ kept: { mapping: { time: { zone: "+01:00" }, columns: { b_x: "X" } } } });
  await click(/^µT:/);
  await screen.findByText(/3 labels and 1 prediction stay on the same rows/);
  assert.equal(askedFor("POST datasets/5/reread/").length, 0);
  await click("Read again");
  await screen.findByText("Read again as “µT: the field is 48,000 nT”.");
  assert.deepEqual(askedFor("POST datasets/5/reread/")[0]?.body, {
    mapping: { time: { zone: "+01:00" }, columns: { b_x: "X" }, unit: "µT" },
  });
});

test("chart, statistics and assumptions are of the new reading at once, and undo sends what was before", async () => {
  await openFacts();
  const windows = askedFor("GET datasets/5/data/").length;
  await readAgain(/^µT:/);
  await screen.findByRole("cell", { name: "2,000.0" });
  await waitFor(() => assert.ok(askedFor("GET datasets/5/data/").length > windows, "no new windows"));
  await button("Assumed: UTC");
  await screen.findByText("Field in µT");
  await click("Undo this reading");
  await screen.findByText("Read again as before.");
  assert.deepEqual(askedFor("POST datasets/5/reread/")[1]?.body, { mapping: null });
  await screen.findByRole("cell", { name: "2.00" });
});

test("nothing is read again unless it is confirmed", async () => {
  await openFacts();
  await click(/^mG:/);
  await click("Cancel");
  await waitFor(() => assert.ok(screen.queryByRole("dialog") === null));
  assert.equal(askedFor("POST datasets/5/reread/").length, 0);
});

test("many other readings wait behind a button", async () => {
  await openFacts();
  const zone = screen.getByRole("group", { name: "Time zone" });
  assert.ok(within(zone).queryByRole("button", { name: "-07:00" }) === null);
  fireEvent.click(within(zone).getByRole("button", { name: "2 more" }));
  within(zone).getByRole("button", { name: "-07:00" });
});

test("labels that do not fit, and a reading under way, are told where the click was", async () => {
  await openFacts();
  serverAnswers({
    "POST datasets/5/reread/": refusal(409, "conflict", "This file is being read again already."),
  });
  await readAgain(/^µT:/);
  const alert = await screen.findByRole("alert");
  within(alert).getByText("This file is being read again already.");
  within(alert).getByText(/^Not read again as “µT/);
});

test("findings are listed, and a question's answer is sent with what was asked for", async () => {
  await openFacts();
  const question = {
    subject: "time_unit",
    asked: "What does “time” count?",
    reason: "Two are likely.",
    column: "time",
    choices: [{ label: "milliseconds", mapping: { time: { unit: "ms" } } }],
  };
  serverAnswers({
    "POST datasets/5/reread/": refusal(422, "unreadable_file", "It stays as it was.", {
      findings: [],
      total_findings: 0,
      questions: [question],
    }),
  });
  await readAgain(/^µT:/);
  await screen.findByText("What does “time” count?");
  const findings = [{ line: 3, column: "X", value: "abc", expected: "a number", code: "not_a_number" }];
  serverAnswers({
    "POST datasets/5/reread/": refusal(422, "unreadable_file", "It stays as it was.", {
      findings,
      total_findings: 1,
      questions: [],
    }),
  });
  await click("milliseconds");
  await screen.findByRole("table", { name: "Findings" });
  assert.deepEqual(askedFor("POST datasets/5/reread/")[1]?.body, {
    mapping: { unit: "µT", time: { unit: "ms" } },
  });
});

test("a long reading is followed by its events, until what became of it is known", async () => {
  await openFacts();
  const pending = reread({ status: "running", finished_at: null });
  serverAnswers({ "POST datasets/5/reread/": pending, "GET datasets/5/rereads/": [pending] });
  await readAgain(/^µT:/);
  const bar = await screen.findByRole("progressbar", { name: "Reading the file again" });
  const state = { status: "running", progress: 40, reread: 31 };
  StubEventSource.tell({ kind: "dataset", project: 1, id: 5, state });
  await waitFor(() => assert.equal(bar.getAttribute("aria-valuenow"), "40"));
  assert.ok(
    within(screen.getByRole("group", { name: "Time zone" }))
      .getByRole("button", { name: "+01:00" })
      .matches(":disabled"),
  );
  serverAnswers({
    "GET datasets/5/rereads/": [
      reread({ status: "failed", code: "conflict", error: "3 labels would move." }),
    ],
  });
  StubEventSource.tell({
    kind: "dataset",
    project: 1,
    id: 5,
    state: { status: "completed", progress: 100, reread: 31 },
  });
  within(await screen.findByRole("alert")).getByText("3 labels would move.");
});

test("somebody else's reading is shown as under way, and nothing can be asked meanwhile", async () => {
  await openFacts({ rereads: [reread({ status: "running", finished_at: null, created_by: 7 })] });
  await screen.findByText(/^The file is being read again\. Until/);
  assert.ok((await button(/^µT:/)).matches(":disabled"));
});

test("the history says who had it read how, and goes back to each", async () => {
  const rereads = [
    reread({ id: 33, status: "failed", error: "No such column.", mapping: { columns: { b_x: "Q" } } }),
    reread({ id: 32, mapping: { unit: "G" }, previous_mapping: { unit: "µT" }, created_by: null }),
    reread({ id: 31 }),
  ];
  await openFacts({ rereads, kept: { mapping: { unit: "G" }, last_reread: 32 } });
  const history = await screen.findByRole("region", { name: "Readings so far" });
  await within(history).findByText(/somebody who is not in the project/);
  within(history).getByText("Not done: No such column.");
  within(history).getByText("as it is now");
  assert.equal(
    within(history).getAllByRole("button").length,
    2,
    "the failed one and the present one cannot be gone back to",
  );
  await click(/^Go back to this: Field in µT/);
  await click("Read again");
  await screen.findByText(/^Read again as on /);
  assert.deepEqual(askedFor("POST datasets/5/reread/")[0]?.body, { mapping: { unit: "µT" } });
});

test("a column of text becomes labels by one click", async () => {
  const message = 'Column "activity" holds text: 2 values in 2 runs; it can become labels.';
  await openFacts({ report: { notes: [{ code: "labels_in_file", column: "activity", message }] } });
  await readAgain("Make labels of it");
  await screen.findByText("Labels were made of the column “activity”, one for each run of equal values.");
  assert.deepEqual(askedFor("POST datasets/5/reread/")[0]?.body, {
    mapping: { columns: { label: "activity" } },
  });
  await screen.findByText("Undo above the chart takes the labels back.");
});

test("what is offered nowhere is said by a mapping, beginning with the one there is", async () => {
  const source = { format: "text", columns: [{ name: "X", becomes: "b_x", unit: null }] };
  await openFacts({ kept: { mapping: { unit: "nT" }, source } });
  await click("Read it in another way…");
  fireEvent.change(await screen.findByRole("textbox", { name: "Zone of the times" }), {
    target: { value: "+05:30" },
  });
  fireEvent.change(screen.getByRole("combobox", { name: "What X is" }), { target: { value: "b_y" } });
  await click("Go on");
  await click("Read again");
  await screen.findByText("Read again by the mapping you gave.");
  assert.deepEqual(askedFor("POST datasets/5/reread/")[0]?.body, {
    mapping: { unit: "nT", columns: { b_y: "X" }, time: { zone: "+05:30" } },
  });
});

test("tracks are listed with their rates, and a total field alone is told", async () => {
  await openFacts({
    kept: {
      channels: ["b"],
      tracks: [
        { sensor_id: "MAG", start_index: 0, end_index: 899 },
        { sensor_id: "base", start_index: 900, end_index: 999 },
      ],
    },
    report: {
      tracks: [
        { sensor_id: "MAG", sampling_rate_hz: 100 },
        { sensor_id: "base", sampling_rate_hz: 0.1 },
      ],
    },
  });
  const rows = within(screen.getByRole("table", { name: "Tracks" })).getAllByRole("row");
  assert.deepEqual(
    rows.slice(1).map((row) =>
      within(row)
        .getAllByRole("cell")
        .map(({ textContent }) => textContent),
    ),
    [
      ["MAG", "900", "100 Hz"],
      ["base", "100", "1 reading every 10 s"],
    ],
  );
  screen.getByText(/^Total field alone/);
});

test("who may only look sees what was assumed and what else it could be, and no button to change it", async () => {
  await openFacts({ role: "viewer", rereads: [reread()] });
  screen.getByText(/It could also be: µT: the field is 48,000 nT/);
  await screen.findByRole("region", { name: "Readings so far" });
  for (const name of [/^µT:/, /^Go back/, /^Undo/])
    assert.ok(screen.queryByRole("button", { name }) === null);
});

test("an answer that comes after the tab was left is still told there", async () => {
  await openFacts();
  const later = heldBack(reread());
  serverAnswers({ "POST datasets/5/reread/": later.answer });
  await readAgain(/^µT:/);
  fireEvent.click(screen.getByRole("tab", { name: /^Labels/ }));
  later.give();
  fireEvent.click(screen.getByRole("tab", { name: "Facts" }));
  await screen.findByText("Read again as “µT: the field is 48,000 nT”.");
});
