import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { before, describe, test } from "node:test";
import type { Me } from "@magtrace/contracts";
import pg from "pg";
import { type Browser, openBrowser } from "../support/browser.ts";
import { type MailServer, startMailServer } from "../support/mailServer.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";
import { untilLockedOut } from "./untilLockedOut.ts";

const PASSWORD = "correct horse battery";
const OTHER = "battery staple horse";
const BREACHED = "password1234567";

/** A range service of one password, which counts how often it is asked and for what. */
async function startBreachList(t: { after(fn: () => unknown): void }) {
  const asked: string[] = [];
  const hash = createHash("sha1").update(BREACHED).digest("hex").toUpperCase();
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    const isRange = request.url?.endsWith(hash.slice(0, 5));
    response.end(isRange ? `${"0".repeat(35)}:0\r\n${hash.slice(5)}:12\r\n` : `${"F".repeat(35)}:3\r\n`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/range/`, asked };
}

describe("signing in and up", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;
  let mails: MailServer;
  let breaches: Awaited<ReturnType<typeof startBreachList>>;
  let database: pg.Client;

  before(async () => {
    mails = await startMailServer(cleanup);
    breaches = await startBreachList(cleanup);
    installation = await startTestInstallation(cleanup, {
      SMTP_URL: mails.url,
      MAIL_FROM: "it@example.com",
      OPEN_REGISTRATION: "true",
      PASSWORD_BREACH_URL: breaches.url,
    });
    database = new pg.Client({ connectionString: installation.database.ownerUrl });
    await database.connect();
    cleanup.after(() => database.end());
  });

  const open = (): Browser => openBrowser(installation.api.address);
  const post = (page: Browser, path: string, body: object) => page.call("POST", `/api/auth/${path}`, body);

  async function linkTo(page: string, email: string): Promise<string> {
    const { text } = await mails.take(email);
    const found = new RegExp(`${installation.api.address}/app/${page}\\?token=([\\w.%-]+)`).exec(text);
    assert.ok(found, text);
    return decodeURIComponent(found[1]!);
  }

  test("an account registered by oneself is good once its address is confirmed, with a link that works once", async () => {
    const page = open();
    const email = "new@example.com";
    const made = await post(page, "sign-up/email", { name: "New", email, password: PASSWORD });
    assert.deepEqual([made.status, made.body], [200, { status: true }]);
    assert.equal((await page.call("GET", "/api/me/")).status, 401);
    const token = await linkTo("verify-email", email);
    const early = await page.signIn(email, PASSWORD);
    assert.equal(early.status, 403);
    assert.match(String((early.body as { error?: string }).error), /Confirm your e-mail/);
    await linkTo("verify-email", email);
    const forged = await page.call("GET", `/api/auth/verify-email?token=${token.slice(0, -3)}abc`);
    assert.equal(forged.status, 410);
    assert.equal((await page.call("GET", `/api/auth/verify-email?token=${token}`)).status, 200);
    assert.equal((await page.signIn(email, PASSWORD)).status, 200);
    const me = await page.call<Me>("GET", "/api/me/");
    assert.deepEqual([me.body.email_verified, me.body.role, me.body.organizations], [true, "user", []]);
  });

  test("whoever registers an address that has an account changes nothing, and its owner is told", async () => {
    await installation.addUser({ name: "ann", organization: "North" });
    const answer = await post(open(), "sign-up/email", {
      name: "Eve",
      email: "ann@example.com",
      password: OTHER,
    });
    assert.deepEqual(answer.body, { status: true });
    assert.match((await mails.take("ann@example.com")).text, /There is one already/);
    assert.equal((await open().signIn("ann@example.com", OTHER)).status, 401);
    assert.equal((await open().signIn("ann@example.com", PASSWORD)).status, 200);
  });

  test("nobody makes themselves more than a user", async () => {
    const email = "root@example.com";
    await post(open(), "sign-up/email", {
      name: "Root",
      email,
      password: PASSWORD,
      role: "admin",
      emailVerified: true,
      twoFactorEnabled: true,
      banned: false,
    });
    const { rows } = await database.query(
      "SELECT role, email_verified FROM accounts.users WHERE email = $1",
      [email],
    );
    assert.ok(rows.length === 0 || (rows[0].role === "user" && rows[0].email_verified === false));
  });

  test("a new password is chosen with a mailed link, once; every session ends, and the link lies there as a hash", async () => {
    await installation.addUser({ name: "bob", organization: "North" });
    const signedIn = open();
    await signedIn.signIn("bob@example.com", PASSWORD);
    await post(open(), "request-password-reset", { email: "bob@example.com" });
    const token = await linkTo("reset-password", "bob@example.com");
    const { rows } = await database.query<{ identifier: string }>(
      "SELECT identifier FROM accounts.verifications",
    );
    assert.ok(rows.length > 0 && rows.every(({ identifier }) => !identifier.includes(token)));
    const short = await post(open(), "reset-password", { token, newPassword: "short" });
    assert.deepEqual([short.status, short.body.code], [400, "validation_failed"]);
    assert.equal((await post(open(), "reset-password", { token, newPassword: OTHER })).status, 200);
    assert.equal((await signedIn.call("GET", "/api/me/")).status, 401);
    const again = await post(open(), "reset-password", { token, newPassword: `${OTHER}!` });
    assert.deepEqual([again.status, again.body.code], [410, "gone"]);
    assert.equal((await open().signIn("bob@example.com", PASSWORD)).status, 401);
    assert.equal((await open().signIn("bob@example.com", OTHER)).status, 200);
  });

  test("links to choose a password end after an hour, and are sent to nobody who is disabled", async () => {
    await installation.addUser({ name: "cai", organization: "North" });
    await post(open(), "request-password-reset", { email: "cai@example.com" });
    const token = await linkTo("reset-password", "cai@example.com");
    await database.query("UPDATE accounts.verifications SET expires_at = expires_at - interval '1 hour'");
    assert.equal((await post(open(), "reset-password", { token, newPassword: OTHER })).status, 410);
    await database.query("UPDATE accounts.users SET banned = true WHERE email = 'cai@example.com'");
    const before = mails.received.length;
    await post(open(), "request-password-reset", { email: "cai@example.com" });
    await post(open(), "request-password-reset", { email: "bob@example.com" });
    await mails.take("bob@example.com");
    assert.equal(mails.received.length, before + 1);
  });

  test("a changed password ends every other session and needs the old one", async () => {
    await installation.addUser({ name: "dee", organization: "North" });
    const [here, there] = [open(), open()];
    await here.signIn("dee@example.com", PASSWORD);
    await there.signIn("dee@example.com", PASSWORD);
    const change = (currentPassword: string) =>
      post(here, "change-password", { currentPassword, newPassword: OTHER, revokeOtherSessions: false });
    assert.equal((await change("not the password")).status, 401);
    assert.equal((await there.call("GET", "/api/me/")).status, 200);
    assert.equal((await change(PASSWORD)).status, 200);
    assert.equal((await there.call("GET", "/api/me/")).status, 401);
    assert.equal((await here.call("GET", "/api/me/")).status, 200);
  });

  test("passwords have 12 to 128 characters of any kind, and are neither one's name, address nor breached", async () => {
    const refusals: [password: string, words: RegExp][] = [
      ["elevenchars", /12 to 128/],
      ["x".repeat(129), /12 to 128/],
      ["Ellen Longname", /own name/],
      ["ellen.longname@example.com", /own name or e-mail/],
      ["ellen.longname", /own name or e-mail/],
      [BREACHED, /data breach/],
    ];
    const register = (password: string) =>
      post(open(), "sign-up/email", {
        name: "Ellen Longname",
        email: "ellen.longname@example.com",
        password,
      });
    for (const [password, words] of refusals) {
      const answer = await register(password);
      assert.deepEqual([answer.status, answer.body.code], [400, "validation_failed"], password);
      assert.match(String(answer.body.error), words);
    }
    assert.equal((await register("aaaaaaaaaaaa")).status, 200);
    assert.ok(
      breaches.asked.every((url) => /^\/range\/[0-9A-F]{5}$/.test(url)),
      "no more than five digits are told",
    );
  });

  test("after five wrong passwords one waits, in the same words for every address, except where one has signed in before", async () => {
    await installation.addUser({ name: "fay", organization: "North" });
    const known = open();
    await known.signIn("fay@example.com", PASSWORD);
    assert.equal((await post(known, "sign-out", {})).status, 200);
    const stranger = open();
    const guess = () => stranger.signIn("fay@example.com", "not the password");
    const statuses = await untilLockedOut(guess);
    assert.deepEqual(statuses.slice(0, 5), Array(5).fill(401));
    assert.equal(
      (await stranger.signIn("fay@example.com", PASSWORD)).status,
      429,
      "the right one has to wait, too",
    );
    assert.equal((await known.signIn("fay@example.com", PASSWORD)).status, 200);
  });

  test("strangers who go on guessing keep nobody waiting who has the mail of the account, in whatever browser", async () => {
    await installation.addUser({ name: "hal", organization: "North" });
    const owner = open();
    await post(owner, "request-password-reset", { email: "hal@example.com" });
    const token = await linkTo("reset-password", "hal@example.com");
    assert.equal((await post(owner, "reset-password", { token, newPassword: OTHER })).status, 200);
    await untilLockedOut(() => open().signIn("hal@example.com", "not the password"));
    assert.equal((await open().signIn("hal@example.com", OTHER)).status, 429, "this address has to wait");
    assert.equal((await owner.signIn("hal@example.com", OTHER)).status, 200);
  });

  test("no answer of sign-in carries a session's token, and the cookie is out of scripts' reach", async () => {
    await installation.addUser({ name: "gus", organization: "North" });
    const page = open();
    const answer = await page.signIn("gus@example.com", PASSWORD);
    assert.deepEqual(answer.body, { status: true });
    for (const line of answer.headers.getSetCookie())
      assert.match(line, /HttpOnly.*SameSite=Lax|SameSite=Lax.*HttpOnly/i);
  });

  test("forms, which other sites' pages could send, are not taken", async () => {
    const response = await fetch(`${installation.api.address}/api/auth/sign-in/email`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ email: "gus@example.com", password: PASSWORD }),
    });
    assert.ok(response.status === 415 || response.status === 400, String(response.status));
  });
});

test("passwords can be chosen while the list of breached ones does not answer", async (t) => {
  const installation = await startTestInstallation(t, {
    OPEN_REGISTRATION: "true",
    PASSWORD_BREACH_URL: "http://127.0.0.1:1/range/",
  });
  const page = openBrowser(installation.api.address);
  const account = { name: "Ann", email: "ann@example.com", password: PASSWORD };
  assert.equal((await page.call("POST", "/api/auth/sign-up/email", account)).status, 200);
  // No mail, so there is nothing to confirm the address with.
  assert.equal((await page.signIn("ann@example.com", PASSWORD)).status, 200);
});

test("nobody registers where registration is not open", async (t) => {
  const installation = await startTestInstallation(t);
  const page = openBrowser(installation.api.address);
  const account = { name: "Ann", email: "ann@example.com", password: PASSWORD };
  const answer = await page.call("POST", "/api/auth/sign-up/email", account);
  assert.deepEqual([answer.status, answer.body.code], [403, "not_allowed"]);
  assert.equal((await page.signIn("ann@example.com", PASSWORD)).status, 401);
});
