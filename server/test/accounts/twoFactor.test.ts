import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Me, Project } from "@magtrace/contracts";
import pg from "pg";
import { resetTwoFactor } from "../../src/accounts/administration/users.ts";
import { createPool } from "../../src/platform/database/pool.ts";
import { codeAt, codeBefore } from "../support/authenticator.ts";
import { type Browser, openBrowser } from "../support/browser.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";
import { setUpTwoFactor, type TwoFactorSecrets } from "./setUpTwoFactor.ts";

const PASSWORD = "correct horse battery";

describe("a second factor", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;
  let database: pg.Client;

  before(async () => {
    installation = await startTestInstallation(cleanup);
    database = new pg.Client({ connectionString: installation.database.ownerUrl });
    await database.connect();
    cleanup.after(() => database.end());
  });

  async function person(name: string, organization = "North"): Promise<{ caller: ApiCaller; page: Browser }> {
    const caller = await installation.addUser({ name, organization });
    const page = openBrowser(installation.api.address);
    assert.equal((await page.signIn(`${name}@example.com`, PASSWORD)).status, 200);
    return { caller, page };
  }

  const setUp = (page: Browser) => setUpTwoFactor(page, PASSWORD);

  const challenged = async (email: string) => {
    const page = openBrowser(installation.api.address);
    const answer = await page.signIn(email, PASSWORD);
    assert.deepEqual(answer.body, { twoFactorRedirect: true });
    assert.equal((await page.call("GET", "/api/me/")).status, 401);
    return page;
  };

  test("needs the password to be set up, and counts once a code has confirmed it", async () => {
    const { page } = await person("ann");
    const wrong = await page.call("POST", "/api/auth/two-factor/enable", { password: "not the password" });
    assert.deepEqual([wrong.status, wrong.body.code], [401, "wrong_credentials"]);
    const { body } = await page.call<TwoFactorSecrets>("POST", "/api/auth/two-factor/enable", {
      password: PASSWORD,
    });
    assert.match(body.totpURI, /^otpauth:\/\/totp\/MagTrace:ann(%40|@)example\.com\?/);
    assert.equal(new Set(body.backupCodes).size, 10);
    const me = async () => (await page.call<Me>("GET", "/api/me/")).body;
    assert.equal((await me()).two_factor, false);
    const right = codeAt(body.totpURI, Date.now());
    const guess = right === "000000" ? "111111" : "000000";
    const refused = await page.call("POST", "/api/auth/two-factor/verify-totp", { code: guess });
    assert.deepEqual([refused.status, refused.body.code], [401, "wrong_credentials"]);
    assert.equal((await me()).two_factor, false);
    await page.call("POST", "/api/auth/two-factor/verify-totp", { code: right });
    assert.equal((await me()).two_factor, true);
  });

  test("that is lost is taken off by whoever runs the installation, and signs everybody out", async () => {
    const { page } = await person("lou");
    await setUp(page);
    const pool = createPool({ url: installation.database.accounts, size: 1, name: "test" });
    cleanup.after(() => pool.end());
    await resetTwoFactor(pool, "lou@example.com");
    assert.equal((await page.call("GET", "/api/me/")).status, 401);
    const anew = openBrowser(installation.api.address);
    assert.deepEqual((await anew.signIn("lou@example.com", PASSWORD)).body, { status: true });
    assert.equal((await anew.call<Me>("GET", "/api/me/")).body.two_factor, false);
  });

  test("is asked for after the password, and its code signs in once", async () => {
    const { page } = await person("bob");
    const { totpURI } = await setUp(page);
    const code = codeAt(totpURI, Date.now());
    const [one, other] = [await challenged("bob@example.com"), await challenged("bob@example.com")];
    const verify = (browser: Browser) => browser.call("POST", "/api/auth/two-factor/verify-totp", { code });
    assert.equal((await verify(one)).status, 200);
    assert.equal((await one.call("GET", "/api/me/")).status, 200);
    const again = await verify(other);
    assert.deepEqual([again.status, again.body.code], [401, "wrong_credentials"]);
    assert.equal((await other.call("GET", "/api/me/")).status, 401);
  });

  test("can be replaced by a recovery code, each of which is good once", async () => {
    const { page } = await person("cai");
    const { backupCodes } = await setUp(page);
    const use = async (code: string | undefined) => {
      const browser = await challenged("cai@example.com");
      return (await browser.call("POST", "/api/auth/two-factor/verify-backup-code", { code })).status;
    };
    assert.equal(await use(backupCodes[0]), 200);
    assert.equal(await use(backupCodes[0]), 401);
    assert.equal(await use(backupCodes[1]), 200);
    const renewed = await page.call<TwoFactorSecrets>("POST", "/api/auth/two-factor/generate-backup-codes", {
      password: PASSWORD,
    });
    assert.equal(await use(backupCodes[2]), 401);
    assert.equal(await use(renewed.body.backupCodes[0]), 200);
  });

  test("cannot be guessed: five wrong codes end the sign-in", async () => {
    const { page } = await person("dee");
    const { totpURI } = await setUp(page);
    const browser = await challenged("dee@example.com");
    const good = [codeBefore(totpURI), codeAt(totpURI, Date.now()), codeAt(totpURI, Date.now() + 30_000)];
    const wrong = ["000000", "111111", "222222", "333333"].find((code) => !good.includes(code));
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++) {
      const { status } = await browser.call("POST", "/api/auth/two-factor/verify-totp", { code: wrong });
      statuses.push(status);
    }
    assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429]);
    const late = await browser.call("POST", "/api/auth/two-factor/verify-totp", { code: good[1] });
    assert.deepEqual([late.status, late.body.code], [401, "not_signed_in"]);
  });

  test("is turned off with the password only", async () => {
    const { page } = await person("eli");
    await setUp(page);
    const without = await page.call("POST", "/api/auth/two-factor/disable", { password: "not the password" });
    assert.equal(without.status, 401);
    assert.equal(
      (await page.call("POST", "/api/auth/two-factor/disable", { password: PASSWORD })).status,
      200,
    );
    const again = openBrowser(installation.api.address);
    assert.deepEqual((await again.signIn("eli@example.com", PASSWORD)).body, { status: true });
  });

  test("is demanded by an organisation of cookies and tokens alike, of its data and nothing else", async () => {
    const { caller, page } = await person("fay", "Strict");
    const { body: project } = await caller.call<Project>("POST", "/api/projects/", { name: "Survey" });
    await database.query("UPDATE accounts.organizations SET require_two_factor = true WHERE name = 'Strict'");
    for (const asker of [caller, page]) {
      const answer = await asker.call("GET", `/api/projects/${project.id}/`);
      assert.deepEqual([answer.status, answer.body.code], [403, "two_factor_needed"]);
      assert.deepEqual((await asker.call("GET", "/api/projects/")).body, []);
      const me = await asker.call<Me>("GET", "/api/me/");
      assert.equal(me.body.two_factor_needed, true);
      assert.deepEqual(
        me.body.organizations.map(({ name }) => name),
        ["Strict"],
      );
    }
    // What is somebody else's and what is nowhere are answered alike, so that nothing is given away.
    const nowhere = await caller.call("GET", "/api/projects/999999/");
    assert.deepEqual([nowhere.status, nowhere.body.code], [403, "two_factor_needed"]);
    await setUp(page);
    for (const asker of [caller, page]) {
      assert.equal((await asker.call("GET", `/api/projects/${project.id}/`)).status, 200);
    }
  });
});
