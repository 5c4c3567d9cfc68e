import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import type { Dataset, ReadingProfile } from "@magtrace/contracts";
import type { Page } from "playwright-core";
import { startTestInstallation } from "../support/testInstallation.ts";
import { untilTrue } from "../support/untilTrue.ts";
import { openBrowser } from "./openBrowser.ts";
import { ADMINISTRATOR, signIn } from "./people.ts";

const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const skip = existsSync(executablePath) ? false : `no Chromium at ${executablePath}; set CHROMIUM_PATH`;

const HEADER = ["when", "mx (uT)", "my (uT)", "mz (uT)", "volts", "load", "sats", "hops"];

/** Days and months that no row tells apart. */
function logger(): string {
  const lines = [HEADER.join(",")];
  for (let i = 0; i < 120; i++) {
    const second = String(Math.floor(i / 10) % 60).padStart(2, "0");
    lines.push(`03/04/2026 10:00:${second}.${i % 10},${18.4 + (i % 5) / 100},-0.8,45.3,3.7,12,9,2`);
  }
  return `${lines.join("\n")}\n`;
}

/** Drops files onto the page as a file manager does. */
async function drop(page: Page, files: readonly { name: string; text: string }[]): Promise<void> {
  const transfer = await page.evaluateHandle(`(() => {
    const data = new DataTransfer();
    for (const { name, text } of ${JSON.stringify(files)}) data.items.add(new File([text], name));
    return data;
  })()`);
  await page.dispatchEvent('section[aria-label="Upload recordings"]', "drop", { dataTransfer: transfer });
}

test("a dropped file with a question is read as it was answered, and the next one like it by the profile", {
  skip,
}, async (t) => {
  const installation = await startTestInstallation(t);
  const { address } = installation.api;
  await installation.addUser(ADMINISTRATOR);
  const ada = await installation.addUser({ name: "ada", organization: "Harbour lab" });
  const project = await ada.call<{ id: number }>("POST", "/api/projects/", { name: "Harbour survey" });
  const { page, browser, complaints, screenshot } = await openBrowser(executablePath);
  t.after(async () => {
    if (t.passed === false) await screenshot("import-where-it-failed");
    await browser.close();
  });
  page.setDefaultTimeout(60_000);
  await page.setViewportSize({ width: 800, height: 600 });
  await signIn(page, address, "ada@example.com");
  await page.getByRole("link", { name: "Harbour survey" }).click();
  await page.getByRole("heading", { name: "Datasets" }).waitFor();

  await drop(page, [{ name: "buoy.csv", text: logger() }]);
  const dialog = page.getByRole("dialog", { name: /^How buoy\.csv is read/ });
  const read = dialog.getByRole("button", { name: "Read it" });
  await read.waitFor();
  assert.equal(await read.isDisabled(), true);

  // By keyboard alone: the first radio takes the focus, an arrow chooses the second.
  await dialog.getByRole("radio", { name: "day, month, year" }).focus();
  await page.keyboard.press("ArrowDown");
  await dialog.getByText("2026-03-04 10:00:00 to 10:00:11.9 UTC").waitFor();
  await page.keyboard.press("ArrowUp");
  await dialog.getByText("2026-04-03 10:00:00 to 10:00:11.9 UTC").waitFor();
  await dialog.getByText("as strong as the Earth's").waitFor();

  const rows = dialog.getByRole("region", { name: "First rows of buoy.csv" });
  const isTooWide = (element: { scrollWidth: number; clientWidth: number }): boolean =>
    element.scrollWidth > element.clientWidth;
  assert.equal(await rows.evaluate(isTooWide), true, "eight columns have no room in 800 pixels");
  assert.equal(await page.locator(".mantine-Modal-content").evaluate(isTooWide), false);
  assert.equal(await page.locator("html").evaluate(isTooWide), false);
  assert.equal(await dialog.getByLabel("What mx (uT) is").inputValue(), "b_x");

  await dialog.getByRole("checkbox", { name: /^Use for all files like this/ }).check();
  await dialog.getByLabel("Name of the profile").fill("Buoys");
  await read.click();
  const datasets = page.getByRole("table", { name: "Datasets" });
  await datasets.getByRole("link", { name: "buoy.csv" }).waitFor();

  await drop(page, [{ name: "buoy-2.csv", text: logger() }]);
  await page.getByText(/read by the profile “Buoys”/).waitFor();
  await datasets.getByRole("link", { name: "buoy-2.csv" }).waitFor();

  const profiles = await ada.call<ReadingProfile[]>(
    "GET",
    `/api/reading-profiles/?project_id=${project.body.id}`,
  );
  assert.deepEqual(
    profiles.body.map(({ name, header }) => [name, header]),
    [["Buoys", HEADER]],
  );
  const list = () => ada.call<Dataset[]>("GET", `/api/datasets/?project_id=${project.body.id}`);
  await untilTrue(async () => (await list()).body.every(({ status }) => status === "completed"));
  const made = await list();
  assert.deepEqual(
    made.body.map(({ time, total_records }) => [(time as { start: string }).start, total_records]),
    Array.from({ length: 2 }, () => ["2026-04-03T10:00:00.000Z", 120]),
  );
  assert.deepEqual(complaints, []);
});
