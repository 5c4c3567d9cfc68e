/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Annotation, UndoResult } from "@magtrace/contracts";
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { openApp } from "../../../test/app.tsx";
import { dragRows } from "../../../test/pointer.ts";
import { annotation, category, dataset, me, project } from "../../../test/samples.ts";
import { type Asked, askedFor, heldBack, refusal, serverAnswers } from "../../../test/stubApi.ts";
import { windowAnswer } from "../../../test/windowAnswer.ts";

const ROWS = 1000;
const FAN = category({ id: 11, name: "fan", hotkey: "1" });
const DOOR = category({ id: 12, name: "door", hotkey: "2", color: "#1971c2", order: 1 });
const OLD = category({ id: 13, name: "old", hotkey: "3", order: 2, is_active: false });

/** A server that keeps labels. */
function labelServer(kept: Annotation[]) {
  serverAnswers({
    "GET annotations/": () => kept,
    "POST annotations/": ({ body }: Asked) => {
      const made = annotation({ ...(body as Partial<Annotation>), id: 200 + kept.length });
      kept.push(made);
      return made;
    },
  });
  for (const { id } of kept) {
    serverAnswers({
      [`PATCH annotations/${id}/`]: ({ body }: Asked) => {
        const at = kept.findIndex((label) => label.id === id);
        const changed = { ...(kept[at] as Annotation), ...(body as Partial<Annotation>) };
        kept[at] = changed;
        return changed;
      },
      [`DELETE annotations/${id}/`]: () => {
        kept.splice(
          kept.findIndex((label) => label.id === id),
          1,
        );
      },
    });
  }
}

async function open(kept: Annotation[] = [], { role = "collaborator", search = "" } = {}) {
  serverAnswers({
    "GET me/": me(),
    "GET projects/1/": { ...project(), role },
    "GET datasets/5/": dataset({ total_records: ROWS }),
    "GET datasets/5/quality/": {},
    "GET label-categories/": [OLD, DOOR, FAN],
    "GET datasets/5/data/": windowAnswer({ rows: ROWS, channels: { b_x: (row) => row, b: (row) => -row } }),
  });
  labelServer(kept);
  openApp(`/projects/1/datasets/5${search}`);
  await screen.findByRole("tab", { name: `Labels (${kept.length})` });
  await waitFor(() => assert.match(viewText(), /2025-/));
  if (role !== "viewer") await screen.findByRole("button", { name: "Label as fan" });
}

const viewText = () => screen.getByTestId("view-range").textContent ?? "";
const press = (key: string, held: object = {}) => fireEvent.keyDown(document.body, { key, ...held });
const option = (name: RegExp) => screen.findByRole("option", { name });
const isSelected = (text: string | null) =>
  text === null ? screen.queryByText(/^selected: rows/) === null : screen.queryByText(text) !== null;

test("the key of a category labels exactly the rows that were dragged over", async () => {
  await open();
  dragRows(200, 299, ROWS);
  screen.getByText("selected: rows 200–299 (100)");
  press("2");
  const made = await option(/door.*200–299/);
  assert.deepEqual(askedFor("POST annotations/")[0]?.body, {
    dataset: 5,
    category: 12,
    start_index: 200,
    end_index: 299,
  });
  assert.equal(made.getAttribute("aria-selected"), "true", "the new label is the picked one");
  await waitFor(() => assert.ok(isSelected(null)));
  screen.getByRole("tab", { name: "Labels (1)" });
});

test("a click on a category does the same as its key", async () => {
  await open();
  const fan = screen.getByRole("button", { name: "Label as fan" });
  fireEvent.click(fan);
  assert.equal(askedFor("POST annotations/").length, 0, "nothing is selected yet");
  dragRows(10, 19, ROWS);
  fireEvent.click(fan);
  await option(/fan.*10–19/);
});

test("keys of retired categories, and keys without a selection, label nothing", async () => {
  await open();
  press("1");
  dragRows(10, 19, ROWS);
  press("3");
  press("9");
  await waitFor(() => assert.ok(isSelected("selected: rows 10–19 (10)")));
  assert.equal(askedFor("POST annotations/").length, 0);
});

test("a key that is held or pressed twice makes one label", async () => {
  await open();
  const later = heldBack(annotation({ start_index: 10, end_index: 19 }));
  serverAnswers({ "POST annotations/": later.answer });
  dragRows(10, 19, ROWS);
  press("1");
  press("1", { repeat: true });
  press("1");
  later.give();
  await option(/fan.*10–19/);
  // Still held, it names the label that is picked now as it is named already.
  press("1", { repeat: true });
  assert.equal(askedFor("POST annotations/").length, 1);
  assert.equal(askedFor("PATCH annotations/101/").length, 0);
});

test("what is selected while a label is being saved stays selected", async () => {
  await open();
  const later = heldBack(annotation({ start_index: 10, end_index: 19 }));
  serverAnswers({ "POST annotations/": later.answer });
  dragRows(10, 19, ROWS);
  press("1");
  dragRows(500, 599, ROWS);
  later.give();
  await option(/fan.*10–19/);
  assert.ok(isSelected("selected: rows 500–599 (100)"));
});

test("a refused label says why, the selection stays, and the key works again", async () => {
  await open();
  serverAnswers({ "POST annotations/": refusal(422, "outside_track", "Row 19 is of another sensor.") });
  dragRows(10, 19, ROWS);
  press("1");
  await screen.findByText("Row 19 is of another sensor.");
  assert.ok(isSelected("selected: rows 10–19 (10)"));
  press("1");
  await waitFor(() => assert.equal(askedFor("POST annotations/").length, 2));
});

test("a label picked in the list is brought into view and can be given another category", async () => {
  await open([annotation({ start_index: 800, end_index: 819 })]);
  fireEvent.click(await option(/fan.*800–819/));
  await waitFor(() => assert.match(viewText(), /^rows 780–839 of 1,000/));
  press("2");
  await option(/door.*800–819/);
  assert.deepEqual(askedFor("PATCH annotations/101/")[0]?.body, { category: 12 });
});

test("the Delete key deletes the picked label, and nothing when none is picked", async () => {
  await open([annotation()]);
  press("Delete");
  fireEvent.click(await option(/fan/));
  press("Delete");
  await screen.findByText("No labels yet");
  assert.equal(askedFor("DELETE annotations/101/").length, 1);
});

test("Escape lets go of selection and label", async () => {
  await open([annotation()]);
  fireEvent.click(await option(/fan/));
  await screen.findByRole("region", { name: "Picked label" });
  press("Escape");
  await waitFor(() => assert.ok(screen.queryByRole("region", { name: "Picked label" }) === null));
  press("Home");
  dragRows(10, 19, ROWS);
  press("Escape");
  await waitFor(() => assert.ok(isSelected(null)));
});

test("undo and redo by key ask the server, say what was done, and show what it says", async () => {
  const kept = [annotation()];
  await open(kept);
  const done: UndoResult = { batch: "b", undone: 2, changes: [] };
  serverAnswers({
    "POST annotations/undo/": () => {
      kept.pop();
      return done;
    },
    "POST annotations/redo/": () => {
      kept.push(annotation());
      return done;
    },
  });
  press("z", { ctrlKey: true });
  await screen.findByText("Undone: 2 changes.");
  await screen.findByText("No labels yet");
  assert.deepEqual(askedFor("POST annotations/undo/")[0]?.body, { dataset: 5 });
  press("Z", { ctrlKey: true, shiftKey: true });
  await screen.findByText("Redone: 2 changes.");
  await option(/fan/);
});

test("nothing to undo is told as the server says it, and is no failure", async () => {
  await open();
  serverAnswers({
    "POST annotations/undo/": refusal(409, "nothing_to_undo", "You have changed nothing here."),
  });
  press("z", { metaKey: true });
  await screen.findByText("You have changed nothing here.");
  assert.ok(screen.queryByText("Nothing was undone") === null);
});

test("an edge dragged in the chart changes the label's rows", async () => {
  await open([annotation({ start_index: 100, end_index: 199 })]);
  fireEvent.click(await option(/fan.*100–199/));
  press("Home");
  await waitFor(() => assert.match(viewText(), /^rows 0–999/));
  dragRows(199.5, 249, ROWS);
  await option(/fan.*100–249/);
  assert.deepEqual(askedFor("PATCH annotations/101/")[0]?.body, { start_index: 100, end_index: 249 });
});

test("a change that is refused is taken back", async () => {
  await open([annotation({ start_index: 100, end_index: 199 })]);
  serverAnswers({ "PATCH annotations/101/": refusal(409, "changed", "Somebody else changed it.") });
  fireEvent.click(await option(/fan.*100–199/));
  press("2");
  await screen.findByText("Somebody else changed it.");
  await option(/fan.*100–199/);
});

test("keys go on working after a click on what dragging does and on a channel", async () => {
  await open();
  const user = userEvent.setup();
  dragRows(10, 19, ROWS);
  await user.click(screen.getByRole("radio", { name: "Pan" }));
  await user.click(screen.getByRole("checkbox", { name: "b_x" }));
  await user.keyboard("1");
  await option(/fan.*10–19/);
});

test("what is typed into the notes of a label is text and no command", async () => {
  await open([annotation()]);
  const user = userEvent.setup();
  fireEvent.click(await option(/fan/));
  const notes = await screen.findByRole("textbox", { name: "Notes" });
  await user.type(notes, "2 vs 1");
  assert.equal(askedFor("PATCH annotations/101/").length, 0);
  await user.tab();
  await waitFor(() => assert.deepEqual(askedFor("PATCH annotations/101/")[0]?.body, { notes: "2 vs 1" }));
});

test("rows can be selected by number", async () => {
  await open();
  const user = userEvent.setup();
  await user.type(screen.getByLabelText("First selected row"), "25");
  await user.type(screen.getByLabelText("Last selected row"), "75");
  await user.click(within(screen.getByRole("group", { name: "Selection" })).getByRole("button"));
  assert.ok(isSelected("selected: rows 25–75 (51)"));
});

test("who may only look sees labels and can change none", async () => {
  await open([annotation()], { role: "viewer" });
  fireEvent.click(await option(/fan.*100–199/));
  press("2");
  press("Delete");
  press("z", { ctrlKey: true });
  for (const name of ["Undo", "Redo", "Label as fan", "Delete label"]) {
    assert.ok(screen.queryByRole("button", { name }) === null, name);
  }
  await option(/fan.*100–199/);
  assert.equal(askedFor("PATCH annotations/101/").length, 0);
});

test("an address with rows opens with these in view", async () => {
  await open([], { search: "?from=400&to=499" });
  assert.match(viewText(), /^rows 300–599 of 1,000/);
});

test("keys move the view and bring it back", async () => {
  await open();
  press("+");
  await waitFor(() => assert.match(viewText(), /^rows 250–749/));
  press("ArrowRight");
  await waitFor(() => assert.match(viewText(), /^rows 350–849/));
  press("Home");
  await waitFor(() => assert.match(viewText(), /^rows 0–999/));
  press("Backspace");
  await waitFor(() => assert.match(viewText(), /^rows 350–849/));
});

test("a dataset of total field alone shows b, and asks for nothing else", async () => {
  serverAnswers({
    "GET me/": me(),
    "GET projects/1/": { ...project(), role: "viewer" },
    "GET datasets/5/": dataset({ total_records: ROWS, channels: ["b", "b@2", "lat", "lon"] }),
    "GET datasets/5/quality/": {},
    "GET label-categories/": [],
    "GET annotations/": [],
    "GET datasets/5/data/": windowAnswer({ rows: ROWS, channels: { b: (row) => -row } }),
  });
  openApp("/projects/1/datasets/5");
  const channels = await screen.findByRole("group", { name: "Channels" });
  assert.deepEqual(
    within(channels)
      .getAllByRole("checkbox")
      .map((box) => box.nextElementSibling?.textContent),
    ["|b|"],
  );
  await waitFor(() => assert.equal(askedFor("GET datasets/5/data/")[0]?.query.get("channels"), "b"));
  screen.getByRole("tab", { name: "Map" });
});
