/// <reference types="node" />
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { Inspection } from "@magtrace/contracts";
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { openApp } from "../../../../test/app.tsx";
import { column, dataset, inspection, me, project } from "../../../../test/samples.ts";
import { type Answer, askedFor, heldBack, refusal, serverAnswers } from "../../../../test/stubApi.ts";
import { StubUpload } from "../../../../test/stubUpload.ts";

beforeEach(() => {
  StubUpload.sent = [];
});

const INSPECT = "POST datasets/inspect/";

const zoneAssumed = inspection({
  assumptions: [
    {
      subject: "time_zone",
      taken: "The times are UTC.",
      reason: "The times name no zone.",
      column: "time",
      others: [
        { label: "+02:00 (Central Europe in summer)", mapping: { time: { zone: "+02:00" } } },
        { label: "-05:00 (New York in winter)", mapping: { time: { zone: "-05:00" } } },
      ],
    },
  ],
});

const dayOrMonth = inspection({
  readable: false,
  columns: [],
  readings: null,
  rows: [
    { line: 1, cells: ["time", "x", "y", "z"] },
    { line: 2, cells: ["03/04/2026 10:00", "20000", "1000", "44000"] },
  ],
  questions: [
    {
      subject: "date_order",
      asked: 'Is "03/04/2026" written day, month or month, day?',
      reason: "No row has a number over 12.",
      column: "time",
      choices: [
        { label: "day, month, year", mapping: { time: { date_order: "dmy" } } },
        { label: "month, day, year", mapping: { time: { date_order: "mdy" } } },
      ],
    },
  ],
  mapping: {},
});

async function drop(answer: Answer, ...names: string[]) {
  serverAnswers({ "GET me/": me(), "GET projects/1/": project(), "GET datasets/": [], [INSPECT]: answer });
  serverAnswers({ "GET datasets/uploads/": [] });
  openApp("/projects/1");
  const zone = await screen.findByRole("region", { name: "Upload recordings" });
  const files = names.map((name) => new File(["time,x,y,z\n"], name, { type: "text/csv" }));
  fireEvent.drop(zone, { dataTransfer: { files } });
}

const dialogOf = async (name: string) =>
  within(await screen.findByRole("dialog", { name: new RegExp(`^How ${name} is read`) }));

const rowOf = (name: string) => within(screen.getByRole("article", { name: `Upload of ${name}` }));

/** What the last inspection was asked with. */
function lastMapping(): unknown {
  const sent = askedFor(INSPECT).at(-1)?.form?.get("mapping");
  return typeof sent === "string" ? JSON.parse(sent) : null;
}

async function sent(count: number): Promise<StubUpload> {
  await waitFor(() => assert.equal(StubUpload.sent.length, count));
  return StubUpload.sent[count - 1] as StubUpload;
}

const button = (dialog: ReturnType<typeof within>, name: string) =>
  dialog.getByRole("button", { name }) as HTMLButtonElement;

async function pressRead(dialog: ReturnType<typeof within>): Promise<void> {
  await waitFor(() => assert.equal(button(dialog, "Read it").disabled, false));
  fireEvent.click(button(dialog, "Read it"));
}

test("a file that leaves nothing open goes straight through", async () => {
  await drop(inspection(), "clear.csv");
  const upload = await sent(1);
  assert.equal(upload.form?.get("mapping"), null);
  const [asked] = askedFor(INSPECT);
  assert.equal(asked?.form?.get("project"), "1");
  assert.equal(asked?.form?.get("filename"), "clear.csv");
  assert.equal(asked?.form?.get("total_bytes"), "11");
  assert.equal(screen.queryByRole("dialog"), null);
});

test("a file of which there is no preview is sent, and what its upload asks is asked in the dialog", async () => {
  await drop(inspection({ no_preview: "There is none.", rows: [], columns: [], readings: null }), "log.bin");
  (await sent(1)).answer(422, {
    error: "The file leaves something open.",
    code: "unreadable_file",
    details: { findings: [], total_findings: 0, questions: dayOrMonth.questions },
    request_id: "r-1",
  });
  const dialog = await dialogOf("log.bin");
  assert.equal(button(dialog, "Read it").disabled, true);
  fireEvent.click(dialog.getByRole("radio", { name: "day, month, year" }));
  await pressRead(dialog);
  assert.equal((await sent(2)).form?.get("mapping"), '{"time":{"date_order":"dmy"}}');
});

test("another role for a column is inspected, and what comes of it is shown", async () => {
  const columns = [column("t", "timestamp_pc"), column("a", "b_y"), column("b", "b_x"), column("c", "b_z")];
  await drop(
    () => (lastMapping() === null ? { ...zoneAssumed, columns } : { ...zoneAssumed, readings: after }),
    "axes.csv",
  );
  const after = { ...(inspection().readings as NonNullable<Inspection["readings"]>), rows: 4321 };
  const dialog = await dialogOf("axes.csv");
  dialog.getByText("200");
  fireEvent.change(dialog.getByLabelText("What a is"), { target: { value: "b_x" } });
  assert.equal(button(dialog, "Read it").disabled, true, "what is shown is of another mapping");
  await dialog.findByText("4,321");
  assert.deepEqual(lastMapping(), { columns: { b_x: "a", b_y: "b" } }, "the two change places");
  await pressRead(dialog);
  assert.equal((await sent(1)).form?.get("mapping"), '{"columns":{"b_x":"a","b_y":"b"}}');
});

test("an answer that comes after the next change is dropped", async () => {
  const late = heldBack({ ...zoneAssumed, readings: null });
  await drop(zoneAssumed, "late.csv");
  const dialog = await dialogOf("late.csv");
  serverAnswers({ [INSPECT]: late.answer });
  fireEvent.click(dialog.getByRole("radio", { name: /^\+02:00/ }));
  await waitFor(() => assert.equal(askedFor(INSPECT).length, 2));
  serverAnswers({ [INSPECT]: { ...zoneAssumed, assumptions: [] } });
  fireEvent.click(dialog.getByRole("radio", { name: /^-05:00/ }));
  await waitFor(() => assert.equal(button(dialog, "Read it").disabled, false));
  late.give();
  await new Promise((resolve) => setTimeout(resolve, 20));
  dialog.getByText("200");
  assert.deepEqual(lastMapping(), { time: { zone: "-05:00" } });
});

test("a question has to be answered before the file is read, and the answer can be changed", async () => {
  await drop(() => (lastMapping() === null ? dayOrMonth : inspection()), "dates.csv");
  const dialog = await dialogOf("dates.csv");
  dialog.getByText("Answer the question.");
  assert.equal(button(dialog, "Read it").disabled, true);
  fireEvent.click(dialog.getByRole("radio", { name: "month, day, year" }));
  await waitFor(() => assert.equal(button(dialog, "Read it").disabled, false));
  fireEvent.click(dialog.getByRole("radio", { name: "day, month, year" }));
  await pressRead(dialog);
  assert.equal((await sent(1)).form?.get("mapping"), '{"time":{"date_order":"dmy"}}');
});

test("an assumption is taken back by choosing it again", async () => {
  await drop(zoneAssumed, "zone.csv");
  const dialog = await dialogOf("zone.csv");
  fireEvent.click(dialog.getByRole("radio", { name: /^\+02:00/ }));
  await waitFor(() => assert.deepEqual(lastMapping(), { time: { zone: "+02:00" } }));
  fireEvent.click(dialog.getByRole("radio", { name: /^The times are UTC/ }));
  await pressRead(dialog);
  assert.equal((await sent(1)).form?.get("mapping"), null);
});

test("a unit that is none is answered by what one count is", async () => {
  const counts = inspection({
    ...dayOrMonth,
    questions: [
      { subject: "field_unit", asked: "In which unit?", reason: "counts", column: null, choices: [] },
    ],
  });
  await drop(() => (lastMapping() === null ? counts : inspection()), "counts.csv");
  const dialog = await dialogOf("counts.csv");
  const answer = within(dialog.getByRole("region", { name: "Questions" }));
  fireEvent.change(answer.getByLabelText("or nT in one count"), { target: { value: "13.5" } });
  await pressRead(dialog);
  assert.equal((await sent(1)).form?.get("mapping"), '{"factor":13.5}');
});

test("why a file cannot be read is said with its line, and it can be left out", async () => {
  const findings = [{ line: 12, column: "y", value: "abc", expected: "a number", code: "number" }];
  await drop({ ...dayOrMonth, questions: [], findings, total_findings: 1 }, "bad.csv");
  const dialog = await dialogOf("bad.csv");
  const cells = dialog.getByRole("row", { name: /abc/ });
  assert.match(cells.textContent ?? "", /^12y/);
  assert.equal(button(dialog, "Read it").disabled, true);
  fireEvent.click(button(dialog, "Leave this file out"));
  await waitFor(() => assert.equal(screen.queryByRole("article"), null));
  assert.equal(StubUpload.sent.length, 0);
});

test("a profile keeps how files like this are read, without what differs from file to file", async () => {
  await drop(zoneAssumed, "rover 7.csv");
  serverAnswers({ "POST reading-profiles/": { id: 3, name: "Rover" } });
  const dialog = await dialogOf("rover 7.csv");
  fireEvent.click(dialog.getByRole("checkbox", { name: /^Use for all files like this/ }));
  fireEvent.change(dialog.getByLabelText("Name of the profile"), { target: { value: "Rover" } });
  await pressRead(dialog);
  await sent(1);
  assert.deepEqual(askedFor("POST reading-profiles/")[0]?.body, {
    project: 1,
    name: "Rover",
    header: ["time", "x", "y", "z"],
    mapping: {
      columns: { timestamp_pc: "time", b_x: "x", b_y: "y", b_z: "z" },
      unit: "nT",
      time: { form: "datetime", zone: "Z" },
    },
  });
});

test("a name that is taken is said, and nothing is sent before it is settled", async () => {
  await drop(zoneAssumed, "rover.csv");
  serverAnswers({ "POST reading-profiles/": refusal(409, "conflict", "There is a profile of this name.") });
  const dialog = await dialogOf("rover.csv");
  fireEvent.click(dialog.getByRole("checkbox", { name: /^Use for all files like this/ }));
  await pressRead(dialog);
  await dialog.findByText("There is a profile of this name.");
  assert.equal(StubUpload.sent.length, 0);
});

test("a file that a profile knows goes straight through, and says by which", async () => {
  await drop({ ...zoneAssumed, profile: { id: 3, name: "Rover" } }, "known.csv");
  (await sent(1)).answer(201, dataset());
  await waitFor(() => rowOf("known.csv").getByText(/read by the profile “Rover”/));
});

test("one answer serves all files like it", async () => {
  await drop(() => (lastMapping() === null ? dayOrMonth : inspection()), "one.csv", "two.csv", "three.csv");
  const dialog = await dialogOf("one.csv");
  fireEvent.click(await dialog.findByRole("checkbox", { name: "The same for the other 2 files like this" }));
  fireEvent.click(dialog.getByRole("radio", { name: "month, day, year" }));
  await pressRead(dialog);
  for (const count of [1, 2, 3]) {
    const upload = await sent(count);
    assert.equal(upload.form?.get("mapping"), '{"time":{"date_order":"mdy"}}');
    upload.answer(201, dataset());
  }
  assert.equal(screen.queryByRole("dialog"), null);
});

test("a text column becomes labels where that is wished", async () => {
  const values = [{ value: "idle", rows: 140, runs: 2 }];
  const labels = [{ column: "state", values, distinct: 1, runs: 2, taken: false }];
  await drop(inspection({ labels }), "states.csv");
  const dialog = await dialogOf("states.csv");
  dialog.getByText("idle · 140 rows, 2 runs");
  fireEvent.click(dialog.getByRole("switch", { name: /^Make labels of the column “state”/ }));
  await pressRead(dialog);
  assert.equal((await sent(1)).form?.get("mapping"), '{"columns":{"label":"state"}}');
});

test("too many requests are said in words, and the file can be tried again", async () => {
  await drop(refusal(429, "too_many_requests", "Too many requests. Try again in 40 s."), "busy.csv");
  await screen.findByText("Too many requests. Try again in 40 s.");
  serverAnswers({ [INSPECT]: inspection() });
  fireEvent.click(rowOf("busy.csv").getByRole("button", { name: "Try again" }));
  await sent(1);
});

test("a preview that fails is said in the dialog, which keeps what was chosen", async () => {
  await drop(zoneAssumed, "zone.csv");
  const dialog = await dialogOf("zone.csv");
  serverAnswers({ [INSPECT]: refusal(503, "overloaded", "The server is too busy.") });
  fireEvent.click(dialog.getByRole("radio", { name: /^\+02:00/ }));
  await dialog.findByText("The server is too busy.");
  assert.equal(button(dialog, "Read it").disabled, true);
  serverAnswers({ [INSPECT]: inspection() });
  fireEvent.click(dialog.getByRole("button", { name: "Try again" }));
  await pressRead(dialog);
  assert.equal((await sent(1)).form?.get("mapping"), '{"time":{"zone":"+02:00"}}');
});

test("a dialog that is closed keeps its file and what was chosen; others are not asked about by themselves", async () => {
  await drop(zoneAssumed, "one.csv", "two.csv");
  const dialog = await dialogOf("one.csv");
  fireEvent.click(dialog.getByRole("radio", { name: /^\+02:00/ }));
  fireEvent.click(button(dialog, "Later"));
  await waitFor(() => assert.equal(screen.queryByRole("dialog"), null));
  await waitFor(() => rowOf("two.csv").getByText(/waits for you: 1 assumption to look at/));
  fireEvent.click(rowOf("one.csv").getByRole("button", { name: "Decide how one.csv is read" }));
  const again = await dialogOf("one.csv");
  assert.equal((again.getByRole("radio", { name: /^\+02:00/ }) as HTMLInputElement).checked, true);
});

test("leaving one file out of several goes on with the next", async () => {
  await drop(zoneAssumed, "one.csv", "two.csv");
  fireEvent.click(button(await dialogOf("one.csv"), "Leave this file out"));
  await dialogOf("two.csv");
  assert.equal(screen.queryByRole("article", { name: "Upload of one.csv" }), null);
});
