import assert from "node:assert/strict";
import { test } from "node:test";
import { openBrowser } from "../support/browser.ts";
import { setStage } from "./singleSignOnStage.ts";

const PASSWORD = "correct horse battery";

test("a provider that takes connections and never answers keeps nobody with a password out, and is told of", async (t) => {
  const lines: string[] = [];
  const logTo = { write: (line: string) => lines.push(line) };
  // Started while the provider is silent: the test would end here if the start waited for it.
  const stage = await setStage(t, { LOG_LEVEL: "warn" }, { silent: true, logTo });
  const { installation, provider } = stage;
  await installation.addUser({ name: "ann", organization: "North" });
  provider.people.set("1", { name: "ann", email: "ann@example.com", email_verified: true });
  const open = () => openBrowser(installation.api.address);
  const begin = () => open().call("POST", "/api/auth/sign-in/oauth2", { providerId: "sso" });

  // Several who want in at once wait for one question, and all are told.
  const waiting = Promise.all([begin(), begin(), begin()]);
  const byPassword = open();
  assert.equal((await byPassword.signIn("ann@example.com", PASSWORD)).status, 200);
  assert.equal((await byPassword.call("GET", "/api/me/")).status, 200);
  assert.equal(provider.unanswered(), 1, "it has been asked, and is silent still");
  for (const { status, body } of await waiting) {
    assert.deepEqual([status, body.code], [503, "dependency_unavailable"]);
    assert.match(String(body.error), /^The single sign-on provider does not answer: Ministry\./);
  }
  assert.equal(provider.unanswered(), 1);
  const told = lines.filter((line) => line.includes("the single sign-on provider does not answer"));
  assert.equal(told.length, 1);
  assert.ok(told[0]?.includes(provider.issuer));

  provider.silent = false;
  const page = open();
  const back = await provider.signIn(await stage.begin(page), "1");
  provider.silent = true;
  const late = await page.call("GET", back.slice(installation.api.address.length));
  assert.match(late.headers.get("location") ?? "", /^\/app\/sign-in\?failed=true&error=invalid_code/);
  assert.equal((await page.call("GET", "/api/me/")).status, 401);

  provider.silent = false;
  const again = open();
  assert.equal(await stage.signIn(again, "1"), "/app/projects");
  assert.equal((await again.call("GET", "/api/me/")).status, 200);
});

test("a provider that answers under another name than it was configured by signs nobody in", async (t) => {
  const stage = await setStage(t, {}, { issuerPath: "/" });
  const page = openBrowser(stage.installation.api.address);
  const { status, body } = await page.call("POST", "/api/auth/sign-in/oauth2", { providerId: "sso" });
  assert.deepEqual([status, body.code], [503, "dependency_unavailable"]);
  assert.match(String(body.error), /under another name/);
});
