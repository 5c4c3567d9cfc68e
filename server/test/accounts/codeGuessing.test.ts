import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import pg from "pg";
import { codeAt, keyOf } from "../support/authenticator.ts";
import { type Browser, openBrowser } from "../support/browser.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";
import { setUpTwoFactor, type TwoFactorSecrets } from "./setUpTwoFactor.ts";

const PASSWORD = "correct horse battery";
const STEP_MS = 30_000;

describe("a second factor's codes", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;
  let database: pg.Client;

  before(async () => {
    installation = await startTestInstallation(cleanup, { TRUST_PROXY: "127.0.0.1" });
    database = new pg.Client({ connectionString: installation.database.ownerUrl });
    await database.connect();
    cleanup.after(() => database.end());
  });

  async function person(name: string): Promise<TwoFactorSecrets> {
    await installation.addUser({ name, organization: "North" });
    const page = openBrowser(installation.api.address);
    await page.signIn(`${name}@example.com`, PASSWORD);
    return setUpTwoFactor(page, PASSWORD);
  }

  /** A browser at an address of its own that has given the password. */
  async function challenged(name: string, host = 1): Promise<Browser> {
    const page = openBrowser(installation.api.address, { "x-forwarded-for": `203.0.113.${host}` });
    assert.deepEqual((await page.signIn(`${name}@example.com`, PASSWORD)).body, { twoFactorRedirect: true });
    return page;
  }

  const give = (page: Browser, code: string, kind = "totp") =>
    page.call("POST", `/api/auth/two-factor/verify-${kind}`, { code });

  /** Good neither now nor while the test may take. */
  function wrongCode({ totpURI }: TwoFactorSecrets): string {
    const now = Date.now();
    const good = Array.from({ length: 40 }, (_, i) => codeAt(totpURI, now + (i - 2) * STEP_MS));
    const wrong = Array.from({ length: 100 }, (_, i) => String(i).padStart(6, "0"));
    return wrong.find((code) => !good.includes(code))!;
  }

  test("are guessed ten times in a row at most, from however many browsers and addresses", async () => {
    const secrets = await person("ann");
    const other = await person("bob");
    const wrong = wrongCode(secrets);
    for (let tries = 0; tries < 10; tries++) {
      const { status, body } = await give(await challenged("ann", tries), wrong);
      assert.deepEqual([status, body.code], [401, "wrong_credentials"], `try ${tries + 1}`);
    }
    const closed = async (code: string, kind?: string) => {
      const { status, body } = await give(await challenged("ann", 99), code, kind);
      assert.deepEqual([status, body.code], [429, "locked_out"]);
    };
    await closed(codeAt(secrets.totpURI, Date.now()));
    await closed(secrets.backupCodes[0]!, "backup-code");
    const another = await challenged("bob");
    assert.equal((await give(another, codeAt(other.totpURI, Date.now()))).status, 200, "nobody else's");
    // A quarter of an hour later.
    await database.query(
      "UPDATE accounts.two_factors SET locked_until = now() WHERE locked_until IS NOT NULL",
    );
    assert.equal((await give(await challenged("ann"), codeAt(secrets.totpURI, Date.now()))).status, 200);
  });

  test("are not counted against an account by whoever lacks its password", async () => {
    const secrets = await person("cai");
    const wrong = wrongCode(secrets);
    const stranger = openBrowser(installation.api.address);
    for (let tries = 0; tries < 12; tries++) {
      await stranger.signIn("cai@example.com", "not the password");
      assert.equal((await give(stranger, wrong)).body.code, "not_signed_in");
    }
    const { rows } = await database.query(
      `SELECT failed_verification_count FROM accounts.two_factors
       WHERE user_id = (SELECT id FROM accounts.users WHERE name = 'cai')`,
    );
    assert.deepEqual(rows, [{ failed_verification_count: 0 }]);
  });

  test("let in one of several who give the same one at the same moment", async () => {
    const secrets = await person("dee");
    const pages = await Promise.all([1, 2, 3, 4].map((host) => challenged("dee", host)));
    const code = codeAt(secrets.totpURI, Date.now());
    const given = await Promise.all(pages.map((page) => give(page, code)));
    assert.deepEqual(given.map(({ status }) => status).sort(), [200, 401, 401, 401]);
    const more = await Promise.all([1, 2, 3, 4].map((host) => challenged("dee", host)));
    const recovery = secrets.backupCodes[0]!;
    const used = await Promise.all(more.map((page) => give(page, recovery, "backup-code")));
    assert.equal(used.filter(({ status }) => status === 200).length, 1);
    const inside = await Promise.all([...pages, ...more].map((page) => page.call("GET", "/api/me/")));
    assert.equal(inside.filter(({ status }) => status === 200).length, 2);
  });

  test("and what they are made from lie in the database encrypted", async () => {
    const { totpURI, backupCodes } = await person("eli");
    const { rows } = await database.query<{ secret: string; backup_codes: string }>(
      `SELECT secret, backup_codes FROM accounts.two_factors
       WHERE user_id = (SELECT id FROM accounts.users WHERE name = 'eli')`,
    );
    const stored = JSON.stringify(rows);
    const key = keyOf(totpURI);
    assert.ok(key.length >= 20 && rows.length === 1);
    const forms = (["latin1", "hex", "base64", "base64url"] as const).map((form) => key.toString(form));
    for (const plain of [...forms, ...backupCodes]) assert.ok(!stored.includes(plain));
  });
});
