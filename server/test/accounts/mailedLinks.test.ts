import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import pg from "pg";
import { setPassword, setUserDisabled } from "../../src/accounts/administration/users.ts";
import { createPool } from "../../src/platform/database/pool.ts";
import { codeAt } from "../support/authenticator.ts";
import { type Browser, openBrowser } from "../support/browser.ts";
import { type MailServer, startMailServer } from "../support/mailServer.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";
import { setUpTwoFactor } from "./setUpTwoFactor.ts";

const PASSWORD = "correct horse battery";
const OTHER = "battery staple horse";

describe("links in mails", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;
  let mails: MailServer;
  let database: pg.Client;
  let pool: pg.Pool;

  before(async () => {
    mails = await startMailServer(cleanup);
    installation = await startTestInstallation(cleanup, {
      SMTP_URL: mails.url,
      MAIL_FROM: "it@example.com",
      OPEN_REGISTRATION: "true",
    });
    database = new pg.Client({ connectionString: installation.database.ownerUrl });
    await database.connect();
    pool = createPool({ url: installation.database.accounts, size: 1, name: "test" });
    cleanup.after(async () => {
      await database.end();
      await pool.end();
    });
  });

  const open = (): Browser => openBrowser(installation.api.address);
  const post = (page: Browser, path: string, body: object) => page.call("POST", `/api/auth/${path}`, body);
  const confirm = (page: Browser, token: string) => page.call("GET", `/api/auth/verify-email?token=${token}`);

  async function linkTo(page: string, email: string): Promise<string> {
    const { text } = await mails.take(email);
    const found = new RegExp(`/app/${page}\\?token=([\\w.%-]+)`).exec(text);
    assert.ok(found, text);
    return decodeURIComponent(found[1]!);
  }

  async function register(name: string): Promise<string> {
    const email = `${name}@example.com`;
    const made = await post(open(), "sign-up/email", { name, email, password: PASSWORD });
    assert.equal(made.status, 200);
    return linkTo("verify-email", email);
  }

  async function askForReset(name: string): Promise<string> {
    await post(open(), "request-password-reset", { email: `${name}@example.com` });
    return linkTo("reset-password", `${name}@example.com`);
  }

  /** Everything of the accounts, but what is counted or timed as a request passes. */
  async function accounts(): Promise<unknown> {
    const { rows } = await database.query(`SELECT
      (SELECT jsonb_agg(to_jsonb(u) ORDER BY id) FROM accounts.users u) AS users,
      (SELECT jsonb_agg(to_jsonb(c) ORDER BY id) FROM accounts.credentials c) AS credentials,
      (SELECT jsonb_agg(id ORDER BY id) FROM accounts.sessions) AS sessions,
      (SELECT count(*) FROM accounts.verifications) AS verifications`);
    return rows[0];
  }

  const isConfirmed = async (email: string): Promise<boolean> => {
    const { rows } = await database.query("SELECT email_verified FROM accounts.users WHERE email = $1", [
      email,
    ]);
    return rows[0]?.email_verified;
  };

  test("that confirm an address sign nobody in, and do nothing when they are opened again", async () => {
    const token = await register("ann");
    const first = await confirm(open(), token);
    assert.deepEqual([first.status, first.headers.getSetCookie()], [200, []]);
    assert.equal(await isConfirmed("ann@example.com"), true);
    const left = await accounts();
    const second = await confirm(open(), token);
    assert.deepEqual([second.status, second.body], [200, { status: true }]);
    assert.deepEqual(second.headers.getSetCookie(), []);
    assert.deepEqual(await accounts(), left);
    // In the browser of somebody else it changes neither who that is nor anything of theirs.
    await installation.addUser({ name: "amy", organization: "North" });
    const amy = open();
    await amy.signIn("amy@example.com", PASSWORD);
    const before = await accounts();
    await confirm(amy, token);
    assert.deepEqual(await accounts(), before);
    assert.equal((await amy.call("GET", "/api/me/")).body.email, "amy@example.com");
  });

  test("that confirm an address are for that address of that account alone", async () => {
    const moved = await register("bob");
    await database.query("UPDATE accounts.users SET email = 'bob.new@example.com' WHERE name = 'bob'");
    assert.deepEqual((await confirm(open(), moved)).body.code, "gone");
    assert.equal(await isConfirmed("bob.new@example.com"), false);
    // Whoever has the address next is another account.
    await register("bob");
    assert.deepEqual((await confirm(open(), moved)).body.code, "gone");
    assert.equal(await isConfirmed("bob@example.com"), false);
  });

  test("that confirm an address do nothing for an account that is disabled or deleted", async () => {
    const token = await register("cai");
    await setUserDisabled(pool, "cai@example.com", true);
    const disabled = await confirm(open(), token);
    assert.deepEqual([disabled.status, disabled.body.code], [410, "gone"]);
    assert.equal(await isConfirmed("cai@example.com"), false);
    await database.query("DELETE FROM accounts.users WHERE email = 'cai@example.com'");
    const deleted = await confirm(open(), token);
    assert.deepEqual([deleted.status, deleted.body.code], [410, "gone"]);
  });

  test("for a new password all end with the first that is used, and with a password changed otherwise", async () => {
    await installation.addUser({ name: "dee", organization: "North" });
    const reset = (token: string) => post(open(), "reset-password", { token, newPassword: OTHER });
    const [first, second] = [await askForReset("dee"), await askForReset("dee")];
    // A later link does not end an earlier one: anybody may ask for it, and would spoil what its owner is about to open.
    assert.equal((await reset(first)).status, 200);
    assert.equal((await reset(second)).status, 410);
    const third = await askForReset("dee");
    const page = open();
    await page.signIn("dee@example.com", OTHER);
    const change = { currentPassword: OTHER, newPassword: PASSWORD };
    assert.equal((await post(page, "change-password", change)).status, 200);
    assert.equal((await reset(third)).status, 410);
    const fourth = await askForReset("dee");
    await setPassword(pool, "dee@example.com", OTHER);
    assert.equal((await reset(fourth)).status, 410);
    const fifth = await askForReset("dee");
    await setUserDisabled(pool, "dee@example.com", true);
    assert.equal((await reset(fifth)).status, 410);
  });

  test("for a new password are of no use to whoever reads the database", async () => {
    await installation.addUser({ name: "eli", organization: "North" });
    const token = await askForReset("eli");
    const { rows } = await database.query<{ identifier: string }>(
      "SELECT identifier FROM accounts.verifications",
    );
    assert.ok(rows.length > 0);
    for (const { identifier } of rows) {
      assert.ok(!identifier.includes(token));
      for (const guess of [identifier, identifier.slice(identifier.indexOf(":") + 1)]) {
        const answer = await post(open(), "reset-password", { token: guess, newPassword: OTHER });
        assert.deepEqual([answer.status, answer.body.code], [410, "gone"]);
      }
    }
    assert.equal((await post(open(), "reset-password", { token, newPassword: OTHER })).status, 200);
  });

  test("for a new password leave the second factor as it is, and end a sign-in that waits for its code", async () => {
    await installation.addUser({ name: "fay", organization: "North" });
    const page = open();
    await page.signIn("fay@example.com", PASSWORD);
    const { totpURI } = await setUpTwoFactor(page, PASSWORD);
    const half = open();
    assert.deepEqual((await half.signIn("fay@example.com", PASSWORD)).body, { twoFactorRedirect: true });
    const token = await askForReset("fay");
    const answer = await post(open(), "reset-password", { token, newPassword: OTHER });
    const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split("=")[0]);
    assert.deepEqual([answer.status, cookies], [200, ["magtrace.device"]], "known, but not signed in");
    const code = codeAt(totpURI, Date.now());
    const late = await post(half, "two-factor/verify-totp", { code });
    assert.deepEqual([late.status, late.body.code], [401, "not_signed_in"]);
    const anew = open();
    assert.deepEqual((await anew.signIn("fay@example.com", OTHER)).body, { twoFactorRedirect: true });
    assert.equal((await post(anew, "two-factor/verify-totp", { code })).status, 200);
  });
});
