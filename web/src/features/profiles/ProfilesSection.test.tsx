/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReadingProfile } from "@magtrace/contracts";
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { openApp } from "../../../test/app.tsx";
import { me, project } from "../../../test/samples.ts";
import { type Asked, askedFor, refusal, serverAnswers } from "../../../test/stubApi.ts";

const profile = (fields: Partial<ReadingProfile> = {}): ReadingProfile => ({
  id: 9,
  project: 1,
  name: "Drone",
  header: ["when", "one", "two", "three", "note"],
  mapping: { unit: "µT", columns: { timestamp_pc: "when" } },
  created_by: 1,
  created_at: "2026-11-06T12:00:00Z",
  updated_at: "2026-11-06T12:00:00Z",
  ...fields,
});

/** A server that keeps profiles. */
async function open(kept: ReadingProfile[], role = "collaborator") {
  serverAnswers({
    "GET me/": me(),
    "GET projects/1/": { ...project(), role },
    "GET projects/1/members/": [],
    "GET projects/1/statistics/": {
      datasets: 0,
      total_records: 0,
      annotations: 0,
      models: 0,
      training_sessions: 0,
      predictions: 0,
      annotations_by_category: [],
    },
    "GET reading-profiles/": () => [...kept],
    "POST reading-profiles/": ({ body }: Asked) => {
      const made = profile({ ...(body as Partial<ReadingProfile>), id: 100 + kept.length });
      if (kept.some(({ header }) => String(header) === String(made.header))) {
        return refusal(409, "conflict", "This project has a reading profile for files with these columns.");
      }
      kept.push(made);
      return made;
    },
  });
  for (const { id } of kept) {
    serverAnswers({
      [`PATCH reading-profiles/${id}/`]: ({ body }: Asked) => {
        const at = kept.findIndex((one) => one.id === id);
        kept[at] = {
          ...(kept[at] as ReadingProfile),
          ...(body as object),
          updated_at: "2026-11-07T12:00:00Z",
        };
        return kept[at];
      },
      [`DELETE reading-profiles/${id}/`]: () => {
        kept.splice(
          kept.findIndex((one) => one.id === id),
          1,
        );
      },
    });
  }
  openApp("/projects/1/settings");
  await screen.findByRole("heading", { name: "Reading profiles" });
}

const section = () => screen.getByRole("region", { name: "Reading profiles" });
const click = async (name: string | RegExp) => fireEvent.click(await screen.findByRole("button", { name }));

async function bring(text: string) {
  await screen.findByRole("button", { name: "Bring in from JSON" });
  const input = section().querySelector("input[type=file]") as HTMLInputElement;
  fireEvent.change(input, { target: { files: [new File([text], "profiles.json")] } });
}

test("without any it is told how one comes to be", async () => {
  await open([]);
  await screen.findByText("No reading profiles");
  within(section()).getByText(/Use for all files like this/);
});

test("each is listed with its columns, and what it says", async () => {
  await open([profile()]);
  await screen.findByDisplayValue("Drone");
  within(section()).getByText("when, one, two, three, note");
  within(section()).getByText("field in µT; time from “when”");
});

test("a name is changed in place, and stands as it was where that is refused", async () => {
  await open([profile()]);
  const name = await screen.findByDisplayValue("Drone");
  fireEvent.change(name, { target: { value: "Survey drone" } });
  fireEvent.blur(name);
  await waitFor(() =>
    assert.deepEqual(askedFor("PATCH reading-profiles/9/")[0]?.body, { name: "Survey drone" }),
  );
  const renamed = await screen.findByRole("textbox", { name: "Name of Survey drone" });
  serverAnswers({ "PATCH reading-profiles/9/": refusal(409, "conflict", "There is one of this name.") });
  fireEvent.change(renamed, { target: { value: "Boat" } });
  fireEvent.blur(renamed);
  await screen.findByText("There is one of this name.");
  await screen.findByDisplayValue("Survey drone");
});

test("the mapping is edited by fields, and what they do not show stays", async () => {
  await open([profile({ mapping: { unit: "µT", columns: { timestamp_pc: "when" }, delimiter: ";" } })]);
  await click("Edit Drone");
  fireEvent.change(await screen.findByRole("textbox", { name: "Zone of the times" }), {
    target: { value: "+02:00" },
  });
  fireEvent.change(screen.getByRole("textbox", { name: /Numbers that mean/ }), {
    target: { value: "-9999 0" },
  });
  fireEvent.change(screen.getByRole("combobox", { name: "What note is" }), { target: { value: "left out" } });
  await click("Save profile");
  await waitFor(() =>
    assert.deepEqual(askedFor("PATCH reading-profiles/9/")[0]?.body, {
      mapping: {
        unit: "µT",
        delimiter: ";",
        columns: { timestamp_pc: "when" },
        ignore: ["note"],
        time: { zone: "+02:00" },
        missing: [-9999, 0],
      },
    }),
  );
});

test("the mapping is edited as JSON; what is wrong is told with its place, and is not saved", async () => {
  await open([profile()]);
  await click("Edit Drone");
  fireEvent.click(await screen.findByRole("radio", { name: "JSON" }));
  const text = await screen.findByRole("textbox", { name: "Mapping" });
  fireEvent.change(text, { target: { value: '{\n  "unit": "µT",\n  "time" 3\n}' } });
  await screen.findByText(/^Not JSON: line 3, column 10: /);
  assert.ok(screen.getByRole("button", { name: "Save profile" }).matches(":disabled"));
  assert.ok(screen.getByRole("radio", { name: "Fields" }).matches(":disabled"));
  fireEvent.change(text, { target: { value: '{"time": {"zone": "CET"}, "colums": {}}' } });
  await screen.findByText('time.zone has to be like "+02:00", or "Z" for UTC.');
  screen.getByText('The mapping has nothing called "colums".');
  fireEvent.change(text, { target: { value: '{"unit": "G"}' } });
  await click("Save profile");
  await waitFor(() =>
    assert.deepEqual(askedFor("PATCH reading-profiles/9/")[0]?.body, { mapping: { unit: "G" } }),
  );
});

test("a deleted one is brought back by undo", async () => {
  await open([profile()]);
  await click("Delete Drone");
  await screen.findByText("No reading profiles");
  await screen.findByText("The profile Drone was deleted.");
  await click("Undo");
  await screen.findByDisplayValue("Drone");
  const { name, header, mapping } = profile();
  assert.deepEqual(askedFor("POST reading-profiles/")[0]?.body, { project: 1, name, header, mapping });
});

test("all leave as one file and come into another project; those that are there already are told by name", async (t) => {
  const saved: Blob[] = [];
  const urls = { createObjectURL: URL.createObjectURL, revokeObjectURL: URL.revokeObjectURL };
  Object.assign(URL, {
    createObjectURL: (blob: Blob) => {
      saved.push(blob);
      return "blob:x";
    },
    revokeObjectURL: () => undefined,
  });
  t.after(() => Object.assign(URL, urls));
  t.mock.method(HTMLAnchorElement.prototype, "click", () => undefined);
  await open([profile(), profile({ id: 10, name: "Boat", header: ["t", "x"], mapping: {} })]);
  await click("Download all (JSON)");
  const text = await (saved[0] as Blob).text();
  assert.deepEqual(
    (JSON.parse(text) as { reading_profiles: object[] }).reading_profiles.map((one) => Object.keys(one)),
    [
      ["name", "header", "mapping"],
      ["name", "header", "mapping"],
    ],
  );
  const others = [
    { name: "drone", header: ["a"], mapping: {} },
    { name: "Raft", header: ["t", "x"], mapping: {} },
    { name: "Cart", header: ["c"], mapping: { unit: "G" } },
  ];
  await bring(JSON.stringify({ reading_profiles: others }));
  await screen.findByText("1 profile brought in");
  screen.getByText("“drone” was left out: there is one of this name.");
  screen.getByText(/“Raft” was left out: there is one for files with these columns/);
  await screen.findByDisplayValue("Cart");
});

test("a file with a fault brings in nothing, and the fault is told with the profile and the place", async () => {
  await open([]);
  await bring('[{"name": "Cart", "header": ["c"], "mapping": {"unit": "furlong"}}, {"header": ["d"]}]');
  await screen.findByText("No profile was brought in from profiles.json");
  screen.getByText(/^“Cart”: mapping\.unit has to be one of "nT"/);
  screen.getByText(/^Profile 2: it lacks "name"/);
  await bring("{nonsense");
  await screen.findByText(/^This is not JSON: line 1, column 2/);
  assert.equal(askedFor("POST reading-profiles/").length, 0);
});

test("who may only look sees and downloads them, and changes none", async () => {
  await open([profile()], "viewer");
  await screen.findByRole("button", { name: "Download all (JSON)" });
  for (const name of ["Edit Drone", "Delete Drone", "Bring in from JSON"]) {
    assert.ok(screen.queryByRole("button", { name }) === null, name);
  }
  assert.ok((screen.getByDisplayValue("Drone") as HTMLInputElement).readOnly);
});
