import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { CreatedToken, Jwt } from "@magtrace/contracts";
import pg from "pg";
import { codeAt } from "../support/authenticator.ts";
import { type Browser, openBrowser } from "../support/browser.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { setUpTwoFactor } from "./setUpTwoFactor.ts";
import { type SingleSignOnStage, setStage } from "./singleSignOnStage.ts";
import { untilLockedOut } from "./untilLockedOut.ts";

const PASSWORD = "correct horse battery";
const OTHER = "battery staple horse";

/** What a session in the wrong hands can do, and what ends it. */
describe("a session", () => {
  const cleanup = suiteCleanup();
  let stage: SingleSignOnStage;
  let database: pg.Client;

  before(async () => {
    stage = await setStage(cleanup, { OIDC_REGISTRATION: "true" });
    database = new pg.Client({ connectionString: stage.installation.database.ownerUrl });
    await database.connect();
    cleanup.after(() => database.end());
  });

  const open = () => openBrowser(stage.installation.api.address);
  const post = (page: Browser, path: string, body: object = {}) =>
    page.call("POST", `/api/auth/${path}`, body);
  const isIn = async (page: Browser) => (await page.call("GET", "/api/me/")).status === 200;

  async function signedIn(name: string): Promise<Browser> {
    const page = open();
    assert.deepEqual((await page.signIn(`${name}@example.com`, PASSWORD)).body, { status: true });
    return page;
  }

  /** Somebody who signs in at the provider only. */
  async function passwordless(name: string): Promise<Browser> {
    stage.provider.people.set(name, { name, email: `${name}@example.com`, email_verified: true });
    const page = open();
    assert.equal(await stage.signIn(page, name), "/app/projects");
    return page;
  }

  const age = (name: string) =>
    database.query(
      `UPDATE accounts.sessions SET created_at = now() - interval '11 minutes'
       WHERE user_id = (SELECT id FROM accounts.users WHERE name = $1)`,
      [name],
    );

  test("turns nothing about signing in on or off without the password", async () => {
    await stage.installation.addUser({ name: "ann", organization: "North" });
    const page = await signedIn("ann");
    const { status } = await post(page, "two-factor/enable");
    assert.equal(status, 401);
    await setUpTwoFactor(page, PASSWORD);
    const tries: [path: string, body: object][] = [
      ["two-factor/disable", {}],
      ["two-factor/disable", { password: OTHER }],
      ["two-factor/generate-backup-codes", {}],
      ["change-password", { newPassword: OTHER }],
    ];
    for (const [path, body] of tries) {
      const answer = await post(page, path, body);
      assert.ok([400, 401].includes(answer.status), `${path}: ${answer.status}`);
      assert.ok(await isIn(page));
    }
    assert.deepEqual((await open().signIn("ann@example.com", PASSWORD)).body, { twoFactorRedirect: true });
  });

  test("of who has no password does so within ten minutes of signing in, and not later", async () => {
    const page = await passwordless("bob");
    await age("bob");
    const refused = async (path: string) => {
      const answer = await post(page, `two-factor/${path}`);
      assert.deepEqual([answer.status, answer.body.code], [401, "not_signed_in"], path);
      assert.match(String(answer.body.error), /^Sign in once more/);
    };
    await refused("enable");
    const fresh = open();
    await stage.signIn(fresh, "bob");
    const { totpURI } = await setUpTwoFactor(fresh);
    const later = open();
    await stage.signIn(later, "bob");
    await post(later, "two-factor/verify-totp", { code: codeAt(totpURI, Date.now()) });
    assert.ok(await isIn(later));
    assert.equal((await post(later, "two-factor/generate-backup-codes")).status, 200);
    await age("bob");
    for (const path of ["disable", "generate-backup-codes"]) {
      const answer = await post(later, `two-factor/${path}`);
      assert.deepEqual([answer.status, answer.body.code], [401, "not_signed_in"], path);
    }
    const { rows } = await database.query("SELECT two_factor_enabled FROM accounts.users WHERE name = 'bob'");
    assert.equal(rows[0].two_factor_enabled, true);
  });

  test("makes a token that may administer within ten minutes of signing in, and lesser ones later, too", async () => {
    await stage.installation.addUser({ name: "gus", organization: "North" });
    const page = await signedIn("gus");
    const make = (...scopes: string[]) => page.call("POST", "/api/tokens/", { name: "script", scopes });
    assert.equal((await make("read", "admin")).status, 201);
    await age("gus");
    const refused = await make("read", "admin");
    assert.deepEqual([refused.status, refused.body.code], [401, "not_signed_in"]);
    assert.match(String(refused.body.error), /^Sign in once more/);
    assert.ok(await isIn(page));
    assert.equal((await make("read", "write", "train")).status, 201);
  });

  test("guesses no codes: after five wrong ones it waits, longer each time", async () => {
    await stage.installation.addUser({ name: "cai", organization: "North" });
    const page = await signedIn("cai");
    const { backupCodes } = await setUpTwoFactor(page, PASSWORD);
    const guess = () => post(page, "two-factor/verify-backup-code", { code: "wrong-wrong" });
    const statuses = await untilLockedOut(guess);
    assert.deepEqual(statuses.slice(0, 5), Array(5).fill(401));
    const late = await post(page, "two-factor/verify-backup-code", { code: backupCodes[0] });
    assert.deepEqual([late.status, late.body.code], [429, "locked_out"], "the right one has to wait, too");
  });

  test("and every other ends when the second factor is turned on or off, with the short-lived tokens of these", async () => {
    await stage.installation.addUser({ name: "dee", organization: "North" });
    const [here, there] = [await signedIn("dee"), await signedIn("dee")];
    const { body: jwt } = await there.call<Jwt>("POST", "/api/jwt/");
    const { body: token } = await there.call<CreatedToken>("POST", "/api/tokens/", {
      name: "script",
      scopes: ["read"],
    });
    const works = async (credential: string) =>
      (await stage.installation.caller(credential).call("GET", "/api/me/")).status === 200;
    assert.ok(await works(jwt.token));
    const { totpURI, backupCodes } = await setUpTwoFactor(here, PASSWORD);
    assert.deepEqual([await isIn(here), await isIn(there), await works(jwt.token)], [true, false, false]);
    assert.ok(await works(token.token), "what was made for scripts stays until it is revoked");

    const second = open();
    await second.signIn("dee@example.com", PASSWORD);
    await post(second, "two-factor/verify-totp", { code: codeAt(totpURI, Date.now()) });
    assert.deepEqual([await isIn(here), await isIn(second)], [true, true], "a sign-in ends nobody's session");
    const third = open();
    await third.signIn("dee@example.com", PASSWORD);
    await post(third, "two-factor/verify-backup-code", { code: backupCodes[0] });
    assert.equal((await post(third, "two-factor/disable", { password: PASSWORD })).status, 200);
    assert.deepEqual([await isIn(here), await isIn(second), await isIn(third)], [false, false, true]);
  });

  test("and the short-lived tokens made in it end with the password that is changed elsewhere", async () => {
    await stage.installation.addUser({ name: "eli", organization: "North" });
    const [here, there] = [await signedIn("eli"), await signedIn("eli")];
    const { body: jwt } = await there.call<Jwt>("POST", "/api/jwt/");
    const works = async () =>
      (await stage.installation.caller(jwt.token).call("GET", "/api/me/")).status === 200;
    assert.ok(await works());
    await post(here, "change-password", { currentPassword: PASSWORD, newPassword: OTHER });
    assert.deepEqual([await isIn(here), await isIn(there), await works()], [true, false, false]);
  });
});
