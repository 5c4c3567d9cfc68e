/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Me, Project } from "@magtrace/contracts";
import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { openApp } from "../../../test/app.tsx";
import { me, project } from "../../../test/samples.ts";
import { type Asked, askedFor, listOf, refusal, serverAnswers } from "../../../test/stubApi.ts";

function open(projects: unknown, fields: Partial<Me> = {}) {
  serverAnswers({ "GET me/": me(fields), "GET projects/": projects });
  openApp("/projects");
}

const many = (count: number): Project[] =>
  Array.from({ length: count }, (_, i) => project({ id: i + 1, name: `survey ${i + 1}` }));

test("each project is shown with one's role in it and what it is about", async () => {
  open([
    project({ id: 3, name: "Harbour", role: "viewer", description: "Wrecks in the basin" }),
    project({ id: 4 }),
  ]);
  await screen.findByText("Wrecks in the basin");
  screen.getByText("viewer");
  screen.getByText("No description");
  const link = screen.getAllByText("Harbour")[0]?.closest("a");
  assert.equal(link?.getAttribute("href"), "/app/projects/3");
});

test("the third page has the projects after the hundredth", async () => {
  const all = many(101);
  open(({ query }: Asked) => {
    const offset = Number(query.get("offset"));
    assert.equal(query.get("limit"), "50");
    return listOf(all.slice(offset, offset + 2), all.length);
  });
  await screen.findByText("1–50 of 101 projects");
  fireEvent.click(screen.getByLabelText("Page 3 of projects"));
  await screen.findByText("survey 101");
  screen.getByText("101–101 of 101 projects");
  assert.ok(screen.queryByText("survey 1") === null);
  assert.equal(askedFor("GET projects/").at(-1)?.query.get("offset"), "100");
});

test("whoever may found projects is told what one is for, and others whom to ask", async () => {
  open([]);
  await screen.findByText(/^A project holds the recordings of one survey/);
  screen.getByRole("button", { name: "New project" });
});

test("without an organisation there is nothing to found a project in", async () => {
  open([], { organizations: [] });
  await screen.findByText(/you are in none yet\. Ask an administrator/);
  assert.ok(screen.queryByRole("button", { name: "New project" }) === null);
});

test("an account that may only read cannot found projects", async () => {
  open([], { role: "read_only" });
  await screen.findByText("Ask the owner of a project to let you in.");
  assert.ok(screen.queryByRole("button", { name: "New project" }) === null);
});

test("a list that could not be loaded says why and can be asked for again", async () => {
  open(refusal(500, "internal", "The database is away."));
  await screen.findByText("The projects could not be loaded");
  serverAnswers({ "GET projects/": many(1) });
  fireEvent.click(screen.getByRole("button", { name: "Try again" }));
  await screen.findByText("survey 1");
});

test("a new project goes to the chosen organisation and is opened", async () => {
  const organizations: Me["organizations"] = [
    { id: 1, name: "Field team", role: "owner" },
    { id: 2, name: "Lab", role: "member" },
  ];
  open([], { organizations });
  serverAnswers({
    "POST projects/": project({ id: 8, name: "Quarry", organization: 2 }),
    "GET projects/8/": project({ id: 8, name: "Quarry", organization: 2 }),
    "GET datasets/": [],
    "GET datasets/uploads/": [],
  });
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "New project" }));
  await user.type(screen.getByLabelText(/^Name/), "Quarry");
  await user.click(screen.getByRole("combobox", { name: "Organisation" }));
  await user.click(screen.getByRole("option", { name: "Lab" }));
  await user.click(screen.getByRole("button", { name: "Create project" }));
  await waitFor(() => assert.equal(window.location.pathname, "/app/projects/8"));
  assert.deepEqual(askedFor("POST projects/")[0]?.body, { name: "Quarry", description: "", organization: 2 });
});

test("a refused project says why and keeps what was typed", async () => {
  open([]);
  serverAnswers({ "POST projects/": refusal(409, "name_taken", "There is a project of this name already.") });
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "New project" }));
  await user.type(screen.getByLabelText(/^Name/), "Harbour");
  await user.click(screen.getByRole("button", { name: "Create project" }));
  await screen.findByText("There is a project of this name already.");
  assert.equal(screen.getByLabelText<HTMLInputElement>(/^Name/).value, "Harbour");
});
