import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CreatedInvitation, Me } from "@magtrace/contracts";
import { openBrowser } from "../support/browser.ts";
import { startMailServer } from "../support/mailServer.ts";
import { assertDone, settle } from "./people.ts";

describe("invitations by mail", () => {
  test("the link goes to the address alone, and whoever uses it has confirmed the address", async (t) => {
    const mails = await startMailServer(t);
    const people = await settle(t, { SMTP_URL: mails.url, MAIL_FROM: "MagTrace <magtrace@example.com>" });
    const owner = await people.add("olga", { organization: "North" });
    const path = `/api/organizations/${owner.organizationId}/invitations/`;
    const invited = await owner.call<CreatedInvitation>("POST", path, {
      email: "guest@example.com",
      role: "member",
    });
    assert.equal(invited.body.link, null);
    const { text } = await mails.take("guest@example.com");
    assert.match(text, /olga invites you into the organisation North/);
    const token = /\/app\/invitation\?token=([\w-]{43})\r?\n/.exec(text)![1]!;
    const page = openBrowser(people.installation.api.address);
    const body = { token, name: "Guest", password: "a long and quiet evening" };
    assertDone(await page.call("POST", "/api/invitations/register/", body), 201);
    assert.equal((await page.call<Me>("GET", "/api/me/")).body.email_verified, true);
  });

  test("names cannot write a mail of their own", async (t) => {
    const mails = await startMailServer(t);
    const people = await settle(t, { SMTP_URL: mails.url, MAIL_FROM: "MagTrace <magtrace@example.com>" });
    const owner = await people.add("olga", { organization: "North" });
    const path = `/api/organizations/${owner.organizationId}/`;
    assertDone(await owner.call("PATCH", path, { name: "North\r\nBcc: eve@example.com\n\nPay here" }));
    const body = { email: "guest@example.com", role: "member" };
    assertDone(await owner.call("POST", `${path}invitations/`, body), 201);
    const { to, text } = await mails.take("guest@example.com");
    assert.deepEqual(to, ["guest@example.com"]);
    assert.doesNotMatch(text, /^(Bcc|Pay)/m);
  });

  test("without mail an address is not confirmed by a link that was handed over", async (t) => {
    const people = await settle(t);
    const owner = await people.add("olga", { organization: "North" });
    const path = `/api/organizations/${owner.organizationId}/invitations/`;
    const invited = await owner.call<CreatedInvitation>("POST", path, {
      email: "guest@example.com",
      role: "member",
    });
    const token = new URL(invited.body.link!).searchParams.get("token");
    const page = openBrowser(people.installation.api.address);
    const body = { token, name: "Guest", password: "a long and quiet evening" };
    assertDone(await page.call("POST", "/api/invitations/register/", body), 201);
    assert.equal((await page.call<Me>("GET", "/api/me/")).body.email_verified, false);
  });
});
