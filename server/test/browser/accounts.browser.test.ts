import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { setStage } from "../accounts/singleSignOnStage.ts";
import { codeAt } from "../support/authenticator.ts";
import { startTestInstallation } from "../support/testInstallation.ts";
import { type OpenBrowser, openBrowser } from "./openBrowser.ts";
import {
  ADMINISTRATOR,
  giveCode,
  invite,
  openOrganization,
  registerInvited,
  removeMember,
  setRole,
  setUpTwoFactor,
  signIn,
  signOut,
} from "./people.ts";

const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const ORGANIZATION = "Harbour lab";

async function openFor(t: TestContext, who: string): Promise<OpenBrowser> {
  const opened = await openBrowser(executablePath);
  t.after(async () => {
    if (t.passed === false) await opened.screenshot(`accounts-${who}-where-it-failed`);
    await opened.browser.close();
  });
  opened.page.setDefaultTimeout(60_000);
  return opened;
}

test("somebody invited joins, signs in with a second factor, is made an admin and removed, and the audit tells it", async (t) => {
  if (!existsSync(executablePath)) {
    t.skip(`no Chromium at ${executablePath}; set CHROMIUM_PATH`);
    return;
  }
  const installation = await startTestInstallation(t);
  const { address } = installation.api;
  await installation.addUser(ADMINISTRATOR);
  const owner = await installation.addUser({ name: "ada", organization: ORGANIZATION });
  await owner.call("POST", "/api/projects/", { name: "Harbour survey" });
  const own = await openFor(t, "owner");
  const other = await openFor(t, "guest");

  await signIn(own.page, address, "ada@example.com");
  await own.page.getByRole("link", { name: "Harbour survey" }).waitFor();
  await openOrganization(own.page, "ada", ORGANIZATION);
  const link = await invite(own.page, "cleo@example.com");

  await registerInvited(other.page, link, "Cleo Marsh");
  await other.page.getByText("No projects yet").waitFor();
  const secret = await setUpTwoFactor(other.page, address);
  await signOut(other.page, "Cleo Marsh");
  await signIn(other.page, address, "cleo@example.com");
  await giveCode(other.page, secret);

  await own.page.getByRole("link", { name: "Members" }).click();
  await setRole(own.page, "Cleo Marsh", "admin");
  await other.page.reload();
  await other.page.getByRole("link", { name: "Harbour survey" }).click();
  await other.page.getByRole("heading", { name: "Datasets" }).waitFor();

  await removeMember(own.page, "Cleo Marsh");
  await other.page.reload();
  await other.page.getByText("The project could not be opened").waitFor();
  await other.page.goto(`${address}/app/projects`);
  await other.page.getByText("No projects yet").waitFor();

  await own.page.getByRole("link", { name: "Audit" }).click();
  await own.page.getByRole("combobox", { name: "Action" }).fill("member");
  await own.page.keyboard.press("Escape");
  await own.page.getByRole("button", { name: "Show" }).click();
  const entries = own.page.getByRole("table", { name: "Entries" });
  await entries.getByRole("cell", { name: "project.create" }).waitFor({ state: "detached" });
  await entries.getByRole("cell", { name: "member.create" }).first().waitFor();
  const told = await entries.getByRole("cell", { name: /^member\./ }).allTextContents();
  assert.deepEqual(told.slice(0, 3), ["member.delete", "member.update", "member.create"]);
  await entries.getByRole("button", { name: "Details" }).nth(1).click();
  const change = own.page.getByRole("table", { name: "Changed fields" });
  await change.getByRole("row", { name: "role member admin" }).waitFor();
  await own.page.getByRole("button", { name: "Verify" }).click();
  await own.page.getByText(/^Intact: /).waitFor();

  assert.deepEqual([...own.complaints, ...other.complaints], []);
});

test("somebody with a second factor comes back from single sign-on to be asked for its code, and gets where they wanted", async (t) => {
  if (!existsSync(executablePath)) {
    t.skip(`no Chromium at ${executablePath}; set CHROMIUM_PATH`);
    return;
  }
  const { installation, provider } = await setStage(t);
  const { address } = installation.api;
  await installation.addUser(ADMINISTRATOR);
  await installation.addUser({ name: "ada", organization: ORGANIZATION });
  provider.people.set("7", { name: "ada", email: "ada@example.com", email_verified: true });
  const { page, complaints } = await openFor(t, "single-sign-on");
  await signIn(page, address, "ada@example.com");
  await page.getByText("No projects yet").waitFor();
  const secret = await setUpTwoFactor(page, address);
  await signOut(page, "ada");

  await page.goto(`${address}/app/sign-in?next=/app/account`);
  await page.getByRole("button", { name: "Sign in with Ministry" }).click();
  await page.locator('input[name="login"]').fill("7");
  await page.locator('input[name="password"]').fill("any");
  await page.locator('button[type="submit"]').click();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("heading", { name: "Second step" }).waitFor();
  // "Start again" leaves no second step behind in the address.
  await page.getByRole("button", { name: "Start again" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  assert.equal(new URL(page.url()).searchParams.get("second"), null);
  await page.getByRole("button", { name: "Sign in with Ministry" }).click();
  await page.getByRole("heading", { name: "Second step" }).waitFor();
  await page.getByLabel("Code").fill(codeAt(secret, Date.now()));
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("heading", { name: "Two-factor sign-in" }).waitFor();
  assert.equal(new URL(page.url()).pathname, "/app/account");
  assert.deepEqual(
    complaints.filter((complaint) => !complaint.includes(provider.issuer)),
    [],
  );
});
