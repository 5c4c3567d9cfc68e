import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { codeAt, freshCodeBefore } from "../support/authenticator.ts";

export const PASSWORD = "correct horse battery";

/** Without one the installation has yet to be set up, and its pages lead there. */
export const ADMINISTRATOR = { name: "root", organization: "Operations", role: "admin" } as const;

export async function signIn(page: Page, address: string, email: string): Promise<void> {
  await page.goto(`${address}/app/sign-in`);
  await page.getByLabel("E-mail").fill(email);
  await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

export async function signOut(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: `Account of ${name}` }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
}

/** Goes to a page of the organisation by the menu. */
export async function openOrganization(page: Page, person: string, organization: string): Promise<void> {
  await page.getByRole("button", { name: `Account of ${person}` }).click();
  await page.getByRole("menuitem", { name: organization }).click();
  await page.getByRole("table", { name: "Members" }).waitFor();
}

/** Invites an address and returns the link, which is shown where no mail is sent. */
export async function invite(page: Page, email: string): Promise<string> {
  await page.getByRole("link", { name: "Invite somebody" }).click();
  await page.getByLabel("E-mail of whom to invite").fill(email);
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  const link = await page.getByText(/\/app\/invitation\?token=/).textContent();
  await page.getByRole("cell", { name: email, exact: true }).waitFor();
  assert.ok(link);
  return link;
}

/** Follows an invitation's link; its secret is out of the address before anything else is asked for. */
export async function registerInvited(page: Page, link: string, name: string): Promise<void> {
  const referrers: string[] = [];
  page.on("request", (request) => referrers.push(request.headers().referer ?? ""));
  await page.goto(link);
  await page.getByLabel("Your name").fill(name);
  assert.equal(new URL(page.url()).search, "");
  await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
  await page.getByRole("button", { name: "Make an account and join" }).click();
  await page.getByRole("heading", { name: "Projects" }).waitFor();
  const secret = new URL(link).searchParams.get("token") ?? "";
  assert.equal(referrers.filter((referrer) => referrer.includes(secret)).length, 0);
}

/** Turns two-factor sign-in on with the key that is shown for typing, and returns what the app would now know. */
export async function setUpTwoFactor(page: Page, address: string): Promise<string> {
  await page.goto(`${address}/app/account`);
  await page.getByRole("button", { name: "Set up two-factor sign-in" }).click();
  await page.getByRole("textbox", { name: "Your password" }).fill(PASSWORD);
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("img", { name: "QR code" }).waitFor();
  const key = (await page.getByTestId("two-factor-secret").textContent()) ?? "";
  const secret = `otpauth://totp/MagTrace?secret=${key.replaceAll(" ", "")}`;
  await page.getByLabel("Enter the code the app shows").fill(await freshCodeBefore(secret));
  await page.getByRole("button", { name: "Turn it on" }).click();
  const codes = await page.getByRole("status").locator("pre").textContent();
  assert.equal(codes?.split("\n").length, 10);
  await page.getByRole("button", { name: "I have kept the codes" }).click();
  await page.getByRole("button", { name: "New recovery codes" }).waitFor();
  return secret;
}

/** The second step of signing in; a wrong code is told and does not get in. */
export async function giveCode(page: Page, secret: string): Promise<void> {
  await page.getByRole("heading", { name: "Second step" }).waitFor();
  const code = codeAt(secret, Date.now());
  await page.getByLabel("Code").fill(code === "000000" ? "000001" : "000000");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Code").fill(code);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Projects" }).waitFor();
}

export async function setRole(page: Page, name: string, role: string): Promise<void> {
  await page.getByRole("combobox", { name: `Role of ${name}` }).click();
  await page.getByRole("option", { name: role }).click();
  await page.getByText(new RegExp(`${name} is an? ${role} now\\.`)).waitFor();
}

export async function removeMember(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: `Remove ${name}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.getByText(`${name} is no longer a member.`).waitFor();
}
