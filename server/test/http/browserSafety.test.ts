import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Me } from "@magtrace/contracts";
import { openBrowser } from "../support/browser.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";

const password = "correct horse battery";

describe("what a browser is told", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;
  let address: string;

  before(async () => {
    installation = await startTestInstallation(cleanup);
    address = installation.api.address;
    await installation.addUser({ name: "ada", organization: "North" });
    await installation.addUser({ name: "eve", organization: "South" });
  });

  async function signedIn(name: string) {
    const browser = openBrowser(address);
    assert.equal((await browser.signIn(`${name}@example.com`, password)).status, 200);
    const cookie = [...browser.cookies].map(([key, value]) => `${key}=${value}`).join("; ");
    const { body } = await browser.call<Me>("GET", "/api/me/");
    return { browser, cookie, token: body.csrf_token ?? "" };
  }

  test("data may do nothing as a page, pages run no script but ours, and nobody frames either", async () => {
    for (const path of ["/api/", "/nothing", "/health/", "/%E0%A4%A"]) {
      const { headers } = await fetch(address + path);
      const policy = "default-src 'none'; frame-ancestors 'none'";
      assert.equal(headers.get("content-security-policy"), policy, path);
      assert.equal(headers.get("cache-control"), "no-store", path);
      assert.equal(headers.get("x-content-type-options"), "nosniff", path);
    }
    for (const path of ["/app/", "/api/docs/"]) {
      const { headers } = await fetch(address + path);
      const policy = headers.get("content-security-policy") ?? "";
      assert.match(policy, /script-src 'self';/, path);
      assert.match(policy, /frame-ancestors 'none'/, path);
      assert.equal(headers.get("x-content-type-options"), "nosniff");
      assert.match(headers.get("referrer-policy") ?? "", /^(same-origin|no-referrer)$/);
      assert.match(headers.get("permissions-policy") ?? "", /camera=\(\)/);
      assert.equal(headers.get("cross-origin-opener-policy"), "same-origin");
      assert.equal(headers.get("cross-origin-resource-policy"), "same-origin");
      assert.equal(headers.get("strict-transport-security"), null, "not over plain http");
    }
  });

  test("a change with a cookie needs the session's own token, a change with an API token needs none", async () => {
    const { cookie, token } = await signedIn("ada");
    const other = await signedIn("eve");
    const create = async (headers: Record<string, string>) => {
      const answer = await fetch(`${address}/api/projects/`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify({ name: "Survey" }),
      });
      return [answer.status, ((await answer.json()) as { code?: string }).code];
    };
    const own = { cookie, origin: address };
    assert.deepEqual(await create(own), [403, "csrf_refused"]);
    assert.deepEqual(await create({ ...own, "x-csrf-token": other.token }), [403, "csrf_refused"]);
    assert.deepEqual(await create({ ...own, "x-csrf-token": `${token}x` }), [403, "csrf_refused"]);
    assert.deepEqual(await create({ cookie, "x-csrf-token": token, origin: "https://evil.example" }), [
      403,
      "csrf_refused",
    ]);
    assert.deepEqual(await create({ ...own, "x-csrf-token": token }), [201, undefined]);
    const bearer = (await installation.addUser({ name: "bob", organization: "North" })).token;
    const authorization = `Bearer ${bearer}`;
    assert.deepEqual(await create({ authorization }), [201, undefined]);
    assert.deepEqual(await create({ authorization, cookie, origin: "https://evil.example" }), [
      201,
      undefined,
    ]);
    assert.deepEqual(await create({ authorization: "Bearer mgt_none", ...own, "x-csrf-token": token }), [
      401,
      "not_signed_in",
    ]);
  });

  test("signing out needs the token as well, signing in again does not", async () => {
    const { cookie, token } = await signedIn("ada");
    const post = async (path: string, body: object, headers: Record<string, string> = {}) => {
      const answer = await fetch(`${address}/api/auth/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: address, cookie, ...headers },
        body: JSON.stringify(body),
      });
      return answer.status;
    };
    assert.equal(await post("sign-out", {}), 403);
    assert.equal(await post("sign-in/email", { email: "ada@example.com", password }), 200);
    assert.equal(await post("sign-out", {}, { "x-csrf-token": token }), 200);
  });

  test("labels leave as CSV that a spreadsheet does not run, unless a program asks for them as they are", async () => {
    const ada = await installation.addUser({ name: "carl", organization: "Labs" });
    const project = await ada.call<{ id: number }>("POST", "/api/projects/", { name: "Survey" });
    const bytes = "timestamp_pc,b_x,b_y,b_z\n1,2,3,4\n2,3,4,5\n3,4,5,6\n";
    const dataset = await ada.upload<{ id: number }>(project.body.id, { name: "a.csv", bytes });
    const name = '=HYPERLINK("http://evil.example")';
    const labels = await ada.call("POST", "/api/annotations/import/", {
      dataset: dataset.body.id,
      create_categories: true,
      annotations: [{ start_index: 0, end_index: 1, category: name, notes: "@SUM(1)" }],
    });
    assert.equal(labels.status, 201);
    const path = `/api/annotations/export/?dataset_id=${dataset.body.id}`;
    const guarded = await ada.call<string>("GET", path);
    assert.match(guarded.headers.get("content-disposition") ?? "", /^attachment; filename="/);
    assert.ok(guarded.body.includes(`0,1,"'${name.replaceAll('"', '""')}",1,'@SUM(1),`), guarded.body);
    const kept = await ada.call<string>("GET", `${path}&formulas=keep`);
    assert.ok(kept.body.includes(`0,1,"${name.replaceAll('"', '""')}",1,@SUM(1),`), kept.body);
  });
});

test("under https cookies are for this host alone, and a browser asks by https from then on", async (t) => {
  const { api, addUser } = await startTestInstallation(t, { PUBLIC_URL: "https://magtrace.example" });
  await addUser({ name: "ada", organization: "North" });
  const signIn = await fetch(`${api.address}/api/auth/sign-in/email`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: "https://magtrace.example" },
    body: JSON.stringify({ email: "ada@example.com", password }),
  });
  assert.equal(signIn.status, 200);
  const cookies = signIn.headers.getSetCookie();
  assert.ok(cookies.length > 0);
  for (const cookie of cookies) {
    assert.match(cookie, /^__Host-magtrace\.\w+=/);
    for (const attribute of [/; Secure/i, /; HttpOnly/i, /; SameSite=Lax/i, /; Path=\/(;|$)/i])
      assert.match(cookie, attribute);
    assert.doesNotMatch(cookie, /domain=/i);
  }
  assert.match(signIn.headers.get("strict-transport-security") ?? "", /max-age=63072000/);
  const session = cookies.find((cookie) => cookie.includes("session_token"))!.split(";")[0]!;
  const me = await fetch(`${api.address}/api/me/`, { headers: { cookie: session } });
  assert.equal(me.status, 200);
});
