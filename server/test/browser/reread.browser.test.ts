import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import type { Annotation, Category, Dataset, Project, ReadingProfile } from "@magtrace/contracts";
import type { Page } from "playwright-core";
import { startTestInstallation } from "../support/testInstallation.ts";
import { openBrowser } from "./openBrowser.ts";
import { ADMINISTRATOR, signIn } from "./people.ts";
import { placeOfRow } from "./timeline.ts";

const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const skip = existsSync(executablePath) ? false : `no Chromium at ${executablePath}; set CHROMIUM_PATH`;
const ROWS = 600;

/** Its columns have MagTrace's own names and no unit, its times no zone. */
function survey(): string {
  const rows = Array.from({ length: ROWS }, (_, i) => {
    const time = new Date(Date.UTC(2026, 0, 1) + 100 * i).toISOString().slice(0, -1);
    const side = i < 300 ? "left" : "right";
    return `${time},${i / 100},0.2,0.3,${54.1 + i / 1e5},${10.2 + i / 2e5},${side}`;
  });
  return `${["time,b_x,b_y,b_z,lat,lon,activity", ...rows].join("\n")}\n`;
}

/** Until the chart says this of b_x where the pointer is: the whole recording is in view. */
async function untilReading(page: Page, row: number, words: string): Promise<void> {
  const said = page.getByText(words, { exact: true });
  for (let look = 0; look < 60; look++) {
    const place = await placeOfRow(page, row, ROWS);
    // Away first: it says something when the pointer moves, and that of the readings it has by then.
    await page.mouse.move(place.x - 40, place.y);
    await page.mouse.move(place.x, place.y);
    const isSaid = await said.waitFor({ timeout: 1_000 }).then(
      () => true,
      () => false,
    );
    if (isSaid) return;
  }
  assert.fail(`the chart never said ${words}`);
}

test("an assumed unit is changed by one click: values are 1,000-fold, labels stay, and undo brings the old back", {
  skip,
}, async (t) => {
  const installation = await startTestInstallation(t);
  const { address } = installation.api;
  await installation.addUser(ADMINISTRATOR);
  const owner = await installation.addUser({ name: "ada", organization: "Harbour lab" });
  const project = (await owner.call<Project>("POST", "/api/projects/", { name: "Harbour survey" })).body.id;
  const dataset = (await owner.upload<Dataset>(project, { name: "survey.csv", bytes: survey() })).body;
  assert.equal(dataset.status, "completed", JSON.stringify(dataset));
  const categories = await owner.call<Category[]>("GET", `/api/label-categories/?project_id=${project}`);
  const category = categories.body[0]!;
  const label = { dataset: dataset.id, category: category.id, start_index: 100, end_index: 199 };
  assert.equal((await owner.call("POST", "/api/annotations/", label)).status, 201);

  const { browser, page, complaints, screenshot } = await openBrowser(executablePath);
  t.after(async () => {
    if (t.passed === false) await screenshot("reread-where-it-failed");
    await browser.close();
  });
  page.setDefaultTimeout(60_000);
  await signIn(page, address, "ada@example.com");
  await page.getByRole("heading", { name: "Projects" }).waitFor();
  await page.goto(`${address}/app/projects/${project}/datasets/${dataset.id}`);
  await page.getByTestId("view-range").getByText("rows 0–").waitFor();
  await page.getByLabel("Loading readings").waitFor({ state: "detached" });
  await untilReading(page, 300, "3.00 nT");

  await page.getByRole("button", { name: "Assumed: nT, UTC" }).click();
  await page.locator("h2:focus").filter({ hasText: "Assumed" }).waitFor();
  const assumed = page.getByRole("region", { name: "Assumed" });
  await assumed.getByText("The file names no unit;").waitFor();
  await screenshot("reread-1-assumed");
  await assumed.getByRole("button", { name: "µT", exact: false }).first().click();
  const dialog = page.getByRole("dialog", { name: "Read survey.csv again?" });
  await dialog.getByText("1 label stays on the same rows.").waitFor();
  await screenshot("reread-2-confirm");
  await dialog.getByRole("button", { name: "Read again" }).click();

  const done = page.getByRole("status").filter({ hasText: /^Read again as “µT/ });
  await done.waitFor();
  const highest = (value: string) =>
    page
      .getByRole("region", { name: "Statistics" })
      .getByRole("cell", { name: value, exact: true })
      .waitFor();
  await highest("5,990.0");
  await untilReading(page, 300, "3,000.0 nT");
  await screenshot("reread-3-done");
  const history = page.getByRole("region", { name: "Readings so far" });
  await history.getByText("Field in µT").waitFor();
  await history
    .getByRole("button", { name: /Go back to this: As it was read when it was uploaded/ })
    .waitFor();
  const labels = async () =>
    (await owner.call<Annotation[]>("GET", `/api/annotations/?dataset_id=${dataset.id}`)).body.map(
      ({ start_index, end_index }) => [start_index, end_index],
    );
  assert.deepEqual(await labels(), [[100, 199]]);
  await page.getByRole("tab", { name: "Labels (1)" }).click();
  await page.getByRole("option", { name: /100–199/ }).waitFor();
  await page.getByRole("tab", { name: "Map" }).click();
  await page.getByRole("img", { name: /Map of the track/ }).waitFor();

  await page.getByRole("tab", { name: "Facts" }).click();
  await done.getByRole("button", { name: "Undo" }).click();
  await page.getByText("Read again as before.").waitFor();
  await highest("5.99");
  await untilReading(page, 300, "3.00 nT");
  assert.deepEqual(await labels(), [[100, 199]]);
  await page.getByRole("button", { name: "Assumed: nT, UTC" }).waitFor();

  // Labels of a column of text, by one click as well.
  await page.getByRole("button", { name: "Make labels of it" }).click();
  await dialog.getByRole("button", { name: "Read again" }).click();
  await page.getByRole("tab", { name: "Labels (3)" }).waitFor();
  await page.getByText("Labels were made of the column “activity”").waitFor();
  await page.getByText("Readings so far").scrollIntoViewIfNeeded();
  await screenshot("reread-4-labels");
  assert.deepEqual(complaints, []);
});

/** Two sensors of different rates in one table, with a number for "no value", in columns that nobody knows. */
function array(): string {
  const lines = Array.from({ length: 900 }, (_, i) => {
    const seconds = (i * 0.01).toFixed(2).padStart(5, "0");
    const b = i % 90 === 3 ? -9999 : 48_000 + i;
    const rover = `2026-01-01 00:00:${seconds},rover,${b},12,-3`;
    return i % 10 === 0 ? `${rover}\n2026-01-01 00:00:${seconds},base,47900,11,-2` : rover;
  });
  return `${["when,unit_name,one,two,three", ...lines].join("\n")}\n`;
}

test("a profile reads files like one, is edited and deleted in the settings, and comes back by undo", {
  skip,
}, async (t) => {
  const installation = await startTestInstallation(t);
  const { address } = installation.api;
  await installation.addUser(ADMINISTRATOR);
  const owner = await installation.addUser({ name: "ada", organization: "Harbour lab" });
  const project = (await owner.call<Project>("POST", "/api/projects/", { name: "Harbour survey" })).body.id;
  const profile = {
    project,
    name: "Gradiometer logger",
    header: ["when", "unit_name", "one", "two", "three"],
    mapping: {
      columns: { timestamp_pc: "when", sensor_id: "unit_name", b_x: "one", b_y: "two", b_z: "three" },
      unit: "nT",
    },
  };
  assert.equal((await owner.call("POST", "/api/reading-profiles/", profile)).status, 201);
  const dataset = (await owner.upload<Dataset>(project, { name: "array.csv", bytes: array() })).body;
  assert.equal(dataset.status, "completed", JSON.stringify(dataset));

  const { browser, page, complaints, screenshot } = await openBrowser(executablePath);
  t.after(async () => {
    if (t.passed === false) await screenshot("profiles-where-it-failed");
    await browser.close();
  });
  page.setDefaultTimeout(60_000);
  await signIn(page, address, "ada@example.com");
  await page.getByRole("heading", { name: "Projects" }).waitFor();
  await page.goto(`${address}/app/projects/${project}/datasets/${dataset.id}`);
  await page.getByRole("tab", { name: "Facts" }).click();
  await page.getByText('read by the project\'s profile "Gradiometer logger"').waitFor();
  const tracks = page.getByRole("table", { name: "Tracks" });
  await tracks.getByRole("cell", { name: "100 Hz" }).waitFor();
  await tracks.getByRole("cell", { name: "10 Hz" }).waitFor();
  await screenshot("profiles-1-facts");

  await page.goto(`${address}/app/projects/${project}/settings`);
  const section = page.getByRole("region", { name: "Reading profiles" });
  await section.getByText("when, unit_name, one, two, three").waitFor();
  await section.scrollIntoViewIfNeeded();
  await screenshot("profiles-2-settings");
  await page.getByRole("button", { name: "Edit Gradiometer logger" }).click();
  await page.getByLabel("Zone of the times").fill("+02:00");
  await page.getByLabel("What three is").selectOption("left out");
  await screenshot("profiles-3-fields");
  await page.getByText("JSON", { exact: true }).click();
  const text = page.getByRole("textbox", { name: "Mapping" });
  const written = await text.inputValue();
  await text.fill(written.replace('"nT"', '"gauss"'));
  await page.getByText(/^unit has to be one of/).waitFor();
  await screenshot("profiles-4-json");
  await text.fill(written.replace('"nT"', '"G"'));
  await page.getByRole("button", { name: "Save profile" }).click();
  await section.getByText(/field in G; times in UTC\+02:00/).waitFor();
  const kept = async () =>
    (await owner.call<ReadingProfile[]>("GET", `/api/reading-profiles/?project_id=${project}`)).body;
  assert.deepEqual((await kept())[0]?.mapping.ignore, ["three"]);

  await page.getByRole("button", { name: "Delete Gradiometer logger" }).click();
  await section.getByText("No reading profiles").waitFor();
  assert.deepEqual(await kept(), []);
  await page.getByRole("button", { name: "Undo" }).click();
  await section.getByText("when, unit_name, one, two, three").waitFor();
  assert.equal((await kept())[0]?.mapping.unit, "G");
  assert.deepEqual(complaints, []);
});
