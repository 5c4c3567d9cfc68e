import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Me, Project } from "@magtrace/contracts";
import pg from "pg";
import { codeAt, codeBefore } from "../support/authenticator.ts";
import { type Browser, openBrowser } from "../support/browser.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import type { ApiCaller } from "../support/testInstallation.ts";
import { setUpTwoFactor, type TwoFactorSecrets } from "./setUpTwoFactor.ts";
import { type SingleSignOnStage, setStage } from "./singleSignOnStage.ts";

const PASSWORD = "correct horse battery";
const SECOND_STEP = "/app/sign-in?second=true&next=%2Fapp%2Fprojects";

interface Person {
  readonly caller: ApiCaller;
  /** At the provider. */
  readonly login: string;
  /** Of the browser they set the second factor up in. */
  readonly page: Browser;
  readonly secrets: TwoFactorSecrets;
}

describe("single sign-on of an account with a second factor", () => {
  const cleanup = suiteCleanup();
  let stage: SingleSignOnStage;
  let database: pg.Client;

  before(async () => {
    stage = await setStage(cleanup);
    database = new pg.Client({ connectionString: stage.installation.database.ownerUrl });
    await database.connect();
    cleanup.after(() => database.end());
  });

  const open = () => openBrowser(stage.installation.api.address);

  async function person(name: string, organization = "North"): Promise<Person> {
    const caller = await stage.installation.addUser({ name, organization });
    const email = `${name}@example.com`;
    stage.provider.people.set(name, { name, email, email_verified: true });
    const page = open();
    assert.equal((await page.signIn(email, PASSWORD)).status, 200);
    return { caller, login: name, page, secrets: await setUpTwoFactor(page, PASSWORD) };
  }

  const sessionsOf = async (name: string) => {
    const { rows } = await database.query<{ id: number }>(
      "SELECT s.id FROM accounts.sessions s JOIN accounts.users u ON u.id = s.user_id WHERE u.name = $1",
      [name],
    );
    return rows.map(({ id }) => id).sort();
  };

  const give = (page: Browser, kind: "totp" | "backup-code", code: string | undefined, more = {}) =>
    page.call("POST", `/api/auth/two-factor/verify-${kind}`, { code, ...more });

  test("asks for the code first: until then there is no session, in the browser or the database", async () => {
    const { login, secrets } = await person("ann");
    const had = await sessionsOf("ann");
    const page = open();
    assert.equal(await stage.signIn(page, login), SECOND_STEP);
    assert.deepEqual(await sessionsOf("ann"), had);
    assert.ok(![...page.cookies.keys()].some((name) => name.includes("session_token")));
    for (const path of ["/api/me/", "/api/projects/", "/api/sessions/"]) {
      assert.equal((await page.call("GET", path)).status, 401, path);
    }
    assert.equal((await give(page, "totp", codeAt(secrets.totpURI, Date.now()))).status, 200);
    assert.equal((await page.call<Me>("GET", "/api/me/")).body.email, "ann@example.com");
    assert.equal((await sessionsOf("ann")).length, had.length + 1);
  });

  test("sends no session's cookie with the provider's answer", async () => {
    const { login } = await person("amy");
    const page = open();
    const back = await stage.provider.signIn(await stage.begin(page), login);
    const answer = await page.call("GET", back.slice(stage.installation.api.address.length));
    const cookies = answer.headers.getSetCookie();
    assert.ok(cookies.some((line) => /two_factor=[^;]/.test(line)));
    assert.deepEqual(
      cookies.filter((line) => /session_token=[^;]/.test(line)),
      [],
    );
  });

  test("lets nobody in with a wrong code, a used one, or another browser's sign-in", async () => {
    const { login, secrets } = await person("bob");
    const page = open();
    await stage.signIn(page, login);
    const right = codeAt(secrets.totpURI, Date.now());
    const close = [codeBefore(secrets.totpURI), right, codeAt(secrets.totpURI, Date.now() + 30_000)];
    const wrong = ["000000", "111111", "222222", "333333"].find((code) => !close.includes(code));
    const refused = await give(page, "totp", wrong);
    assert.deepEqual([refused.status, refused.body.code], [401, "wrong_credentials"]);
    assert.equal((await give(open(), "totp", right)).status, 401, "without the cookie of the first step");
    assert.equal((await page.call("GET", "/api/me/")).status, 401);
    const again = await give(page, "totp", secrets.usedCode);
    assert.deepEqual([again.status, again.body.code], [401, "wrong_credentials"]);
    assert.equal((await page.call("GET", "/api/me/")).status, 401);
  });

  test("takes a recovery code in its place, once", async () => {
    const { login, secrets } = await person("cai");
    const use = async () => {
      const page = open();
      assert.equal(await stage.signIn(page, login), SECOND_STEP);
      const { status } = await give(page, "backup-code", secrets.backupCodes[0]);
      return [status, (await page.call("GET", "/api/me/")).status];
    };
    assert.deepEqual(await use(), [200, 200]);
    assert.deepEqual(await use(), [401, 401]);
  });

  test("trusts no browser to leave the code out next time, after a password or the provider", async () => {
    const { login, secrets } = await person("dee");
    const page = open();
    await stage.signIn(page, login);
    const trusting = { trustDevice: true };
    assert.equal((await give(page, "backup-code", secrets.backupCodes[0], trusting)).status, 200);
    assert.equal(await stage.signIn(page, login), SECOND_STEP);
    assert.equal((await give(page, "backup-code", secrets.backupCodes[1], trusting)).status, 200);
    assert.deepEqual((await page.signIn("dee@example.com", PASSWORD)).body, { twoFactorRedirect: true });
    assert.equal((await page.call("GET", "/api/me/")).status, 401);
  });

  test("satisfies an organisation that demands a second factor once the code is given, and no sooner", async () => {
    const { caller, login, secrets } = await person("eli", "Strict");
    const { body: project } = await caller.call<Project>("POST", "/api/projects/", { name: "Survey" });
    await database.query("UPDATE accounts.organizations SET require_two_factor = true WHERE name = 'Strict'");
    const page = open();
    await stage.signIn(page, login);
    const look = async (browser: Browser) => browser.call("GET", `/api/projects/${project.id}/`);
    assert.equal((await look(page)).status, 401);
    await give(page, "totp", codeAt(secrets.totpURI, Date.now()));
    assert.equal((await look(page)).status, 200);
    // A member without one gets in, and reaches nothing of it.
    await stage.installation.addUser({ name: "fay", organization: "Strict", organizationRole: "admin" });
    stage.provider.people.set("fay", { name: "fay", email: "fay@example.com", email_verified: true });
    const unprotected = open();
    assert.equal(await stage.signIn(unprotected, "fay"), "/app/projects");
    const refused = await look(unprotected);
    assert.deepEqual([refused.status, refused.body.code], [403, "two_factor_needed"]);
  });

  test("ends what another person's session was in that browser", async () => {
    const { login, secrets } = await person("gus");
    const { page } = await person("hal");
    assert.equal(await stage.signIn(page, login), SECOND_STEP);
    assert.equal((await page.call("GET", "/api/me/")).status, 401);
    await give(page, "totp", codeAt(secrets.totpURI, Date.now()));
    assert.equal((await page.call<Me>("GET", "/api/me/")).body.email, "gus@example.com");
  });
});

describe("a provider that stands in for the second factor", () => {
  const cleanup = suiteCleanup();

  test("lets in without a code, which a password still needs and an organisation still demands to be set up", async () => {
    const { installation, provider, signIn } = await setStage(cleanup, { OIDC_SECOND_FACTOR: "provider" });
    const caller = await installation.addUser({ name: "ann", organization: "Strict" });
    const { body: project } = await caller.call<Project>("POST", "/api/projects/", { name: "Survey" });
    provider.people.set("1", { name: "ann", email: "ann@example.com", email_verified: true });
    const database = new pg.Client({ connectionString: installation.database.ownerUrl });
    await database.connect();
    cleanup.after(() => database.end());
    await database.query("UPDATE accounts.organizations SET require_two_factor = true");
    const page = openBrowser(installation.api.address);
    assert.equal(await signIn(page, "1"), "/app/projects");
    assert.equal((await page.call("GET", `/api/projects/${project.id}/`)).body.code, "two_factor_needed");
    await setUpTwoFactor(page, PASSWORD);
    const again = openBrowser(installation.api.address);
    assert.equal(await signIn(again, "1"), "/app/projects");
    assert.equal((await again.call("GET", `/api/projects/${project.id}/`)).status, 200);
    const byPassword = openBrowser(installation.api.address);
    const asked = await byPassword.signIn("ann@example.com", PASSWORD);
    assert.deepEqual(asked.body, { twoFactorRedirect: true });
  });
});
