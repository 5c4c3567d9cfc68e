import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Me, SignInOptions } from "@magtrace/contracts";
import pg from "pg";
import { type Browser, openBrowser } from "../support/browser.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { startTestInstallation } from "../support/testInstallation.ts";
import { type SingleSignOnStage, setStage } from "./singleSignOnStage.ts";

describe("single sign-on", () => {
  const cleanup = suiteCleanup();
  let stage: SingleSignOnStage;
  let database: pg.Client;

  before(async () => {
    stage = await setStage(cleanup);
    const { installation, provider } = stage;
    await installation.addUser({ name: "ann", organization: "North" });
    await installation.addUser({ name: "bob", organization: "North", organizationRole: "member" });
    await installation.addUser({ name: "off", organization: "North", organizationRole: "member" });
    const person = (name: string, email_verified = true) => ({
      name,
      email: `${name}@example.com`,
      email_verified,
    });
    provider.people.set("1", person("ann"));
    provider.people.set("2", person("bob", false));
    provider.people.set("3", person("off"));
    provider.people.set("4", person("nobody"));
    provider.people.set("5", person("nobody.else", false));
    database = new pg.Client({ connectionString: installation.database.ownerUrl });
    await database.connect();
    cleanup.after(() => database.end());
  });

  const open = () => openBrowser(stage.installation.api.address);

  test("is offered by its name", async () => {
    const { body } = await open().call<SignInOptions>("GET", "/api/sign-in-options/");
    assert.deepEqual(body.single_sign_on, { name: "Ministry" });
  });

  test("asks the provider with PKCE, state and nonce", async () => {
    const { searchParams } = new URL(await stage.begin(open()));
    assert.equal(searchParams.get("code_challenge_method"), "S256");
    for (const name of ["code_challenge", "state", "nonce"]) assert.ok(searchParams.get(name), name);
    assert.equal(searchParams.get("scope"), "openid email profile");
  });

  test("signs in whoever has an account of the address the provider has verified, and the same person again", async () => {
    const first = open();
    assert.equal(await stage.signIn(first, "1"), "/app/projects");
    assert.equal((await first.call<Me>("GET", "/api/me/")).body.email, "ann@example.com");
    // The account at the provider counts, not the address it has today.
    stage.provider.people.set("1", { name: "ann", email: "ann.married@example.com", email_verified: true });
    const second = open();
    await stage.signIn(second, "1");
    assert.equal((await second.call<Me>("GET", "/api/me/")).body.email, "ann@example.com");
    const { rows } = await database.query(
      "SELECT access_token FROM accounts.credentials WHERE provider_id = 'sso'",
    );
    assert.equal(rows.length, 1);
  });

  test("refuses an address the provider has not verified, and whoever has no account, in the same words", async () => {
    for (const login of ["2", "4", "5"]) {
      const page = open();
      assert.equal(await stage.signIn(page, login), "/app/sign-in?failed=true&error=not_admitted", login);
      assert.equal((await page.call("GET", "/api/me/")).status, 401);
    }
    const { rows } = await database.query("SELECT FROM accounts.users WHERE email LIKE 'nobody%'");
    assert.equal(rows.length, 0);
  });

  test("refuses to open an account whose own address was never confirmed", async () => {
    await database.query("UPDATE accounts.users SET email_verified = false WHERE email = 'bob@example.com'");
    stage.provider.people.set("6", { name: "bob", email: "bob@example.com", email_verified: true });
    assert.match(await stage.signIn(open(), "6"), /error=not_admitted/);
  });

  test("lets nobody in who is disabled", async () => {
    await database.query("UPDATE accounts.users SET banned = true WHERE email = 'off@example.com'");
    const page = open();
    assert.match(await stage.signIn(page, "3"), /^\/app\/sign-in\?failed=true&error=BANNED_USER/);
    assert.equal((await page.call("GET", "/api/me/")).status, 401);
  });

  test("takes no answer of the provider in another browser, with another state, or twice", async () => {
    const { installation, provider } = stage;
    const path = (back: string) => back.slice(installation.api.address.length);
    const page = open();
    const back = path(await provider.signIn(await stage.begin(page), "1"));
    const failed = async (browser: Browser, where: string) => {
      const answer = await browser.call("GET", where);
      assert.match(answer.headers.get("location") ?? "", /error=/);
      assert.equal((await browser.call("GET", "/api/me/")).status, 401);
    };
    await failed(open(), back);
    await failed(page, back.replace(/state=[^&]+/, "state=another"));
    const again = open();
    const good = path(await provider.signIn(await stage.begin(again), "1"));
    await again.call("GET", good);
    assert.equal((await again.call("GET", "/api/me/")).status, 200);
    await failed(open(), good);
  });

  test("takes no answer that names another issuer", async () => {
    const page = open();
    const back = await stage.provider.signIn(await stage.begin(page), "1");
    const url = new URL(back);
    url.searchParams.set("iss", "https://evil.example");
    const answer = await page.call("GET", url.pathname + url.search);
    assert.match(answer.headers.get("location") ?? "", /error=issuer_mismatch/);
  });

  test("comes back to pages of our own only", async () => {
    for (const evil of ["https://evil.example/", "//evil.example", "/\\evil.example", "/app.evil"]) {
      const page = open();
      const back = await stage.provider.signIn(await stage.begin(page, evil), "1");
      const answer = await page.call("GET", back.slice(stage.installation.api.address.length));
      assert.equal(answer.headers.get("location"), "/app/", evil);
    }
  });
});

describe("single sign-on with registration", () => {
  const cleanup = suiteCleanup();

  test("makes an account for whoever is new and verified, who is a user of no organisation", async () => {
    const { installation, provider, signIn } = await setStage(cleanup, { OIDC_REGISTRATION: "true" });
    provider.people.set("1", { name: "New Person", email: "New@example.com", email_verified: true });
    provider.people.set("2", { name: "Eve", email: "eve@example.com", email_verified: false });
    const page = openBrowser(installation.api.address);
    assert.equal(await signIn(page, "1"), "/app/projects");
    const { body: me } = await page.call<Me>("GET", "/api/me/");
    assert.deepEqual(
      [me.name, me.email, me.email_verified, me.role, me.organizations],
      ["New Person", "new@example.com", true, "user", []],
    );
    assert.match(await signIn(openBrowser(installation.api.address), "2"), /error=not_admitted/);
    // There is no password to give once more: a sign-in just now stands in for it.
    assert.equal((await page.call("POST", "/api/me/delete/", {})).status, 204);
    assert.equal((await page.call("GET", "/api/me/")).status, 401);
  });
});

test("where no provider is configured there is nothing to sign in with", async (t) => {
  const installation = await startTestInstallation(t);
  const page = openBrowser(installation.api.address);
  const answer = await page.call("POST", "/api/auth/sign-in/oauth2", {
    providerId: "sso",
    callbackURL: "/app/",
  });
  assert.deepEqual([answer.status, answer.body.code], [404, "not_found"]);
});
