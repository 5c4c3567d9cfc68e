import assert from "node:assert/strict";
import type { SurveyEvent } from "@magtrace/geomag";
import type { Page } from "playwright-core";
import { brush, inkHeight, placeOfRow } from "./timeline.ts";

export interface JourneyFile {
  readonly name: string;
  readonly csv: string;
  readonly rows: number;
  readonly events: readonly SurveyEvent[];
  /** A reading that stands out of one channel by far. */
  readonly spikeRow?: number;
}

export interface Journey {
  readonly page: Page;
  /** As it is printed when MagTrace is started for the first time. */
  readonly setupUrl: string;
  readonly train: JourneyFile;
  readonly test: JourneyFile;
  screenshot(name: string): Promise<void>;
}

const SLOW = { timeout: 120_000 };
const CATEGORY_KEYS: Record<string, string> = {
  "Fan noise": "1",
  Motor: "2",
  Normal: "3",
  Anomaly: "4",
  Electrical: "5",
};

/** From the set-up link to a signed-in administrator with a project. */
export async function setUpAndMakeProject({ page, setupUrl, screenshot }: Journey): Promise<void> {
  await page.goto(setupUrl);
  await page.getByLabel("Your name").fill("Ada Field");
  await page.getByLabel("E-mail").fill("ada@example.org");
  await page.getByRole("textbox", { name: "Password" }).fill("correct horse battery");
  await page.getByLabel("Organisation").fill("Harbour lab");
  await screenshot("01-set-up");
  await page.getByRole("button", { name: "Create administrator" }).click();
  await page.getByRole("heading", { name: "Projects" }).waitFor();
  await page.getByRole("button", { name: "New project" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Harbour survey");
  await page.getByRole("button", { name: "Create project" }).click();
  await page.getByRole("heading", { name: "Datasets" }).waitFor();
}

async function chooseFiles(
  page: Page,
  button: string,
  files: { name: string; text: string }[],
): Promise<void> {
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: button }).click();
  await (await chooser).setFiles(
    files.map(({ name, text }) => ({ name, mimeType: "text/csv", buffer: Buffer.from(text) })),
  );
}

/** Uploads both surveys, and a bad file whose faults are shown in a table. */
export async function uploadRecordings({ page, train, test, screenshot }: Journey): Promise<void> {
  const bad = "timestamp_pc,b_x,b_y,b_z\n2026-01-01T00:00:00Z,1,2,3\n2026-01-01T00:00:01Z,abc,2,3\n";
  await chooseFiles(page, "Choose files", [
    { name: "bad.csv", text: bad },
    { name: train.name, text: train.csv },
    { name: test.name, text: test.csv },
  ]);
  const findings = page.getByRole("table", { name: "Findings" });
  await findings.waitFor(SLOW);
  await findings.getByRole("cell", { name: "abc" }).waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Leave this file out" }).click();
  const datasets = page.getByRole("table", { name: "Datasets" });
  await datasets.getByRole("link", { name: train.name }).waitFor(SLOW);
  await datasets.getByRole("link", { name: test.name }).waitFor(SLOW);
  assert.equal(await datasets.getByRole("link", { name: "bad.csv" }).count(), 0);
  await screenshot("02-uploaded");
}

/** Opens the first survey; what stands out in one reading stands out on screen while all of it is in view. */
export async function lookAtRecording({ page, train, screenshot }: Journey): Promise<void> {
  await page.getByRole("table", { name: "Datasets" }).getByRole("link", { name: train.name }).click();
  await page.getByTestId("timeline").waitFor();
  await page.getByTestId("view-range").getByText(`rows 0–`).waitFor();
  await page.getByLabel("Loading readings").waitFor({ state: "detached" });
  if (train.spikeRow !== undefined) {
    const near = {
      from: train.spikeRow - train.rows / 500,
      to: train.spikeRow + train.rows / 500,
      rows: train.rows,
    };
    let height = 0;
    // It is drawn a moment after its readings have come.
    for (let look = 0; look < 100 && height <= 0.5; look++) {
      height = await inkHeight(page, 0, near);
      await page.waitForTimeout(100);
    }
    assert.ok(height > 0.5, `a spike of one reading among ${train.rows} stands ${height} of the plot high`);
  }
  const middle = await placeOfRow(page, train.rows / 2, train.rows);
  await page.mouse.move(middle.x, middle.y);
  for (let i = 0; i < 8; i += 1) await page.mouse.wheel(0, -200);
  await page.getByTestId("view-range").filter({ hasNotText: "rows 0–" }).waitFor();
  await page.getByLabel("Loading readings").waitFor({ state: "detached" });
  await screenshot("03-zoomed");
  await page.getByRole("button", { name: "Reset zoom" }).click();
  await page.getByTestId("view-range").getByText(`rows 0–`).waitFor();
}

/** Labels by brush and key, undoes and redoes one, deletes one, and takes the rest from a file. */
export async function labelRecording({ page, train, screenshot }: Journey): Promise<void> {
  const [first, second, ...rest] = train.events;
  assert.ok(first !== undefined && second !== undefined);
  const list = page.getByRole("listbox", { name: "Labels" });

  await brush(page, { from: first.startIndex, to: first.endIndex, rows: train.rows });
  await page.keyboard.press(CATEGORY_KEYS[first.category] ?? "1");
  await list.getByRole("option", { name: first.category }).waitFor();
  await screenshot("04-labelled");

  await page.keyboard.press("Control+z");
  await page.getByText("No labels yet").waitFor();
  await page.keyboard.press("Control+Shift+z");
  await list.getByRole("option", { name: first.category }).waitFor();

  await page.keyboard.press("Escape");
  await page.getByLabel("First selected row").fill(String(second.startIndex));
  await page.getByLabel("Last selected row").fill(String(second.endIndex));
  await page.getByRole("button", { name: "Select", exact: true }).click();
  await page.getByRole("button", { name: `Label as ${second.category}` }).click();
  await page.getByRole("tab", { name: "Labels (2)" }).waitFor();

  await list.getByRole("option").first().click();
  await page.getByRole("button", { name: "Delete label" }).click();
  await page.getByRole("tab", { name: "Labels (1)" }).waitFor();

  const lines = [first, ...rest].map(
    ({ startIndex, endIndex, category }) => `${startIndex},${endIndex},${category}`,
  );
  await chooseFiles(page, "Import labels", [
    { name: "labels.csv", text: `start_index,end_index,category\n${lines.join("\n")}\n` },
  ]);
  await page.getByRole("tab", { name: `Labels (${train.events.length})` }).waitFor(SLOW);
  await page.getByRole("button", { name: "Reset zoom" }).click();
  await screenshot("05-all-labels");
}

/** Trains with the defaults and reads the scores. */
export async function trainModel({ page, screenshot }: Journey): Promise<void> {
  await page.getByRole("link", { name: "Train", exact: true }).click();
  await page.getByLabel("Name of the new model").fill("Harbour forest");
  await page.getByRole("button", { name: "How to learn" }).click();
  await page.getByLabel("Trees").fill("40");
  await page.getByRole("button", { name: "Start training" }).click();
  await page.getByRole("heading", { name: "Harbour forest" }).waitFor();
  await screenshot("06-training");
  await page.getByRole("table", { name: "Confusion matrix" }).waitFor(SLOW);
  await page.getByRole("table", { name: "Scores by category" }).waitFor();
  await screenshot("07-trained");
}

/** Searches the second survey and decides: one accepted, one rejected, one changed, the rest by confidence. */
export async function predictAndReview({ page, test, screenshot }: Journey): Promise<void> {
  await page.getByRole("link", { name: "Predict with it" }).click();
  await page.getByRole("combobox", { name: "Recording to search" }).click();
  await page.getByRole("option", { name: test.name }).click();
  await page.getByRole("button", { name: "Predict", exact: true }).click();
  const found = page.getByRole("listbox", { name: "Found intervals" });
  await found.waitFor(SLOW);
  const total = Number(await found.getByRole("option").first().getAttribute("aria-setsize"));
  assert.ok(total >= 4, `only ${total} intervals were found in ${test.events.length} events`);
  await screenshot("08-review");

  const open = (count: number) => page.getByText(`${count} of ${total} open`).waitFor();
  await open(total);
  await found.getByRole("option").first().click();
  await page.keyboard.press("a");
  await open(total - 1);
  await page.keyboard.press("r");
  await open(total - 2);

  const last = page.getByLabel("Last row");
  await last.fill(String(Number((await last.inputValue()).replaceAll(",", "")) + 3));
  await page.getByRole("button", { name: "Save change" }).click();
  await open(total - 3);
  await screenshot("09-decided-three");

  await page.getByRole("slider", { name: "Least confidence to accept" }).press("Home");
  await page.getByRole("button", { name: /^Accept \d+ interval/ }).click();
  await page.getByText(`All ${total} decided.`).waitFor();
  await screenshot("10-all-decided");

  await page.getByRole("link", { name: "Open the dataset" }).click();
  await page.getByRole("tab", { name: `Labels (${total - 1})` }).waitFor();
  await screenshot("11-labels-from-prediction");
}

/** Signing out ends it, and the page asked for comes back after signing in. */
export async function signOutAndIn({ page }: Journey): Promise<void> {
  await page.getByRole("button", { name: "Account of Ada Field" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.goto(new URL("/app/account", page.url()).href);
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.getByLabel("E-mail").fill("ada@example.org");
  await page.getByRole("textbox", { name: "Password" }).fill("wrong horse battery");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByRole("textbox", { name: "Password" }).fill("correct horse battery");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Account" }).waitFor();
}
