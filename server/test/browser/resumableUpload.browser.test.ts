import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Dataset, Upload } from "@magtrace/contracts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { startTestInstallation } from "../support/testInstallation.ts";
import { untilTrue } from "../support/untilTrue.ts";
import { openBrowser } from "./openBrowser.ts";
import { ADMINISTRATOR, signIn } from "./people.ts";
import { startUploadLine } from "./uploadLine.ts";

const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const skip = existsSync(executablePath) ? false : `no Chromium at ${executablePath}; set CHROMIUM_PATH`;

const MIB = 1024 * 1024;
/** What the server keeps as one part, and the browser sends in one request. */
const PART_BYTES = 8 * MIB;
const ROWS = 800_000;

/** About 40 MB that leave nothing to be asked. */
function survey(): Buffer {
  const rows = Array.from({ length: ROWS }, (_, i) => {
    const time = new Date(Date.UTC(2026, 0, 1) + 10 * i).toISOString();
    return `${time},${20_000 + (i % 97)},${-1000 - (i % 31)},${43_000 + (i % 53)}.25`;
  });
  return Buffer.from(`${["time,b_x (nT),b_y (nT),b_z (nT)", ...rows].join("\n")}\n`);
}

test("an upload outlives a cut line and a reload, and sends only the rest when its file is chosen again", {
  skip,
}, async (t) => {
  const installation = await startTestInstallation(t);
  await installation.addUser(ADMINISTRATOR);
  const ada = await installation.addUser({ name: "ada", organization: "Harbour lab" });
  await ada.call("POST", "/api/projects/", { name: "Harbour survey" });
  const bytes = survey();
  const path = join(temporaryFolder(), "flight.csv");
  writeFileSync(path, bytes);
  const line = await startUploadLine(Number(new URL(installation.api.address).port));
  const { browser, page, complaints, screenshot } = await openBrowser(executablePath);
  t.after(async () => {
    if (t.passed === false) await screenshot("resumable-upload-where-it-failed");
    await browser.close();
    await line.stop();
  });
  page.setDefaultTimeout(60_000);
  const offset = async () => {
    const [upload] = (await ada.call<Upload[]>("GET", "/api/datasets/uploads/")).body;
    return upload?.offset;
  };
  await signIn(page, `http://127.0.0.1:${line.port}`, "ada@example.com");
  await page.getByRole("link", { name: "Harbour survey" }).click();
  await page.getByRole("heading", { name: "Datasets" }).waitFor();

  // In the middle of the second part, after what is looked at before the file is sent.
  line.reset({ afterBytes: MIB + 1.5 * PART_BYTES, how: "cut" });
  await page.getByLabel("Recordings to upload").setInputFiles(path);
  await line.failed();
  const row = page.getByRole("article", { name: "Upload of flight.csv" });
  await row.getByText("connection lost, trying again").waitFor();
  assert.equal(await offset(), PART_BYTES, "what was acknowledged is there");

  // It goes on by itself, and is paused in the middle of the third part.
  line.reset({ afterBytes: 1.5 * PART_BYTES, how: "held" });
  await line.failed();
  await row.getByText(/sending, \d+ %/).waitFor();
  await row.getByRole("button", { name: "Pause flight.csv" }).click();
  await row.getByText(/paused at \d+ %/).waitFor();
  assert.equal(await offset(), 2 * PART_BYTES);

  line.reset();
  await page.reload();
  const unfinished = page.getByRole("article", { name: "Unfinished upload of flight.csv" });
  await unfinished.getByText(/16\.8 MB of \d\d\.\d MB are there: choose the file again to go on/).waitFor();
  const before = line.sentBytes();
  await page.getByLabel("flight.csv, to go on with").setInputFiles(path);
  // Within a minute, or the row says that it is still being read.
  await row.getByText(/readings taken in|still being read/).waitFor({ timeout: 180_000 });
  const sent = line.sentBytes() - before;
  const rest = bytes.length - 2 * PART_BYTES;
  assert.ok(sent >= rest && sent < rest + MIB, `${sent} bytes were sent for the last ${rest}`);
  assert.equal(await unfinished.count(), 0);

  await untilTrue(async () => {
    const { body } = await ada.call<Dataset[]>("GET", "/api/datasets/");
    return body.length === 1 && body[0]?.status === "completed";
  });
  const [dataset] = (await ada.call<Dataset[]>("GET", "/api/datasets/")).body;
  await page.getByRole("table", { name: "Datasets" }).getByRole("link", { name: "flight.csv" }).waitFor();
  assert.equal(dataset?.total_records, ROWS);
  assert.equal(dataset?.sha256, createHash("sha256").update(bytes).digest("hex"));
  assert.deepEqual(complaints, []);
});
