import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { type TestContext, test } from "node:test";
import type { Page } from "playwright-core";
import { freePort } from "../../src/platform/freePort.ts";
import { scrape } from "../support/scrape.ts";
import { startTestInstallation } from "../support/testInstallation.ts";
import { untilTrue } from "../support/untilTrue.ts";
import { openBrowser } from "./openBrowser.ts";
import { ADMINISTRATOR, PASSWORD, signIn } from "./people.ts";

const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const skip = existsSync(executablePath) ? false : `no Chromium at ${executablePath}; set CHROMIUM_PATH`;
const ORGANIZATION = "Harbour lab";

async function openFor(t: TestContext, who: string): Promise<{ page: Page; complaints: readonly string[] }> {
  const opened = await openBrowser(executablePath);
  t.after(async () => {
    if (t.passed === false) await opened.screenshot(`pages-${who}-where-it-failed`);
    await opened.browser.close();
  });
  opened.page.setDefaultTimeout(60_000);
  return opened;
}

const headingWithFocus = (page: Page, name: string) =>
  page.locator("h1:focus").filter({ hasText: name }).waitFor();

/** A title names what is shown, which may come after the heading. */
const titled = (page: Page, title: string) => untilTrue(async () => (await page.title()) === title);

test("every page is named in its tab and takes the focus, and one signed out elsewhere comes back to it", {
  skip,
}, async (t) => {
  const metricsPort = await freePort();
  const installation = await startTestInstallation(t, { METRICS_PORT: String(metricsPort) });
  const { address } = installation.api;
  await installation.addUser({ name: "ada", organization: ORGANIZATION, role: "admin" });
  const { page, complaints } = await openFor(t, "here");

  await page.goto(`${address}/app/nothing/like/this`);
  await page.getByRole("heading", { name: "There is nothing at this address" }).waitFor();
  await signIn(page, address, "ada@example.com");
  await headingWithFocus(page, "Projects");
  await page.goto(`${address}/app/organizations/1/settings`);
  await page.getByRole("heading", { name: "Organisation settings" }).waitFor();
  await titled(page, `Organisation settings · ${ORGANIZATION} · MagTrace`);
  await page.getByRole("link", { name: "Audit" }).click();
  await headingWithFocus(page, "Audit");
  await titled(page, `Audit · ${ORGANIZATION} · MagTrace`);
  await page.goBack();
  await headingWithFocus(page, "Organisation settings");

  const elsewhere = await openFor(t, "elsewhere");
  await signIn(elsewhere.page, address, "ada@example.com");
  await headingWithFocus(elsewhere.page, "Projects");
  await elsewhere.page.goto(`${address}/app/account`);
  await elsewhere.page.getByRole("button", { name: "Sign out everywhere else" }).click();
  const dialog = elsewhere.page.getByRole("dialog", { name: "Sign out everywhere else?" });
  await dialog.getByRole("button", { name: "Sign out everywhere else" }).click();
  await elsewhere.page.getByText("Only this browser is signed in now.").waitFor();

  await page.getByLabel("Name").fill("Harbour laboratory");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Your session has ended.").waitFor();
  await page.getByLabel("E-mail").fill("ada@example.com");
  await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await headingWithFocus(page, "Organisation settings");
  assert.equal(await page.getByLabel("Name").inputValue(), ORGANIZATION);
  // Each visit that began with a page of its own has reported how fast that was, once it was left.
  await page.goto("about:blank");
  await untilTrue(async () => {
    const paints = (await scrape(metricsPort)).all("magtrace_web_largest_paint_seconds_count");
    return [...paints].some(([page, count]) => count > 0 && !page.includes('"other"'));
  });
  assert.deepEqual([...complaints, ...elsewhere.complaints], []);
});

test("somebody taken out of a project with its page open is told so at once, and sees no buttons they may not press", {
  skip,
}, async (t) => {
  const installation = await startTestInstallation(t);
  const { address } = installation.api;
  await installation.addUser(ADMINISTRATOR);
  const owner = await installation.addUser({ name: "ada", organization: ORGANIZATION });
  const guest = await installation.addUser({
    name: "cleo",
    organization: ORGANIZATION,
    organizationRole: "member",
  });
  const project = await owner.call<{ id: number }>("POST", "/api/projects/", { name: "Harbour survey" });
  const { id } = (await guest.call<{ id: number }>("GET", "/api/me/")).body;
  const membership = `/api/projects/${project.body.id}/members/${id}/`;
  assert.equal((await owner.call("PUT", membership, { role: "viewer" })).status, 200);

  const { page, complaints } = await openFor(t, "guest");
  await signIn(page, address, "cleo@example.com");
  await headingWithFocus(page, "Projects");
  const listening = page.waitForResponse((response) => response.url().includes("/api/events/"));
  await page.getByRole("link", { name: "Harbour survey" }).click();
  await headingWithFocus(page, "Datasets");
  await listening;
  assert.deepEqual(await page.locator("main").getByRole("button").allTextContents(), []);
  await page.getByRole("link", { name: "Settings" }).click();
  await headingWithFocus(page, "Project settings");
  const buttons = page.locator("main").getByRole("button");
  await buttons.first().waitFor();
  assert.deepEqual(await buttons.allTextContents(), ["Leave"]);

  assert.equal((await owner.call("DELETE", membership)).status, 204);
  await page.getByRole("heading", { name: "The project could not be opened" }).waitFor();
  assert.deepEqual(complaints, []);
});
