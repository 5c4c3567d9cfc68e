import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Project } from "@magtrace/contracts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";

describe("the interface over HTTP", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;
  let owner: ApiCaller;
  let stranger: ApiCaller;

  before(async () => {
    installation = await startTestInstallation(cleanup);
    owner = await installation.addUser({ name: "ada", organization: "North" });
    stranger = await installation.addUser({ name: "eve", organization: "South" });
  });

  async function newProject(name = "Survey"): Promise<Project> {
    const { status, body } = await owner.call<Project>("POST", "/api/projects/", { name });
    assert.equal(status, 201);
    return body;
  }

  test("health names every dependency and needs no credential", async () => {
    const { status, body } = await installation.caller(null).call("GET", "/health/");
    assert.equal(status, 200);
    assert.deepEqual(body.checks, { database: "ok", objects: "ok", disk: "ok", audit: "ok" });
  });

  test("the address alone leads to the web app, and to nothing that leads back", async () => {
    const { address } = installation.api;
    const seen: string[] = [];
    let path: string | null = "/";
    while (path !== null && !seen.includes(path)) {
      seen.push(path);
      const answer: Response = await fetch(address + path, { redirect: "manual" });
      await answer.text();
      path = answer.headers.get("location");
    }
    assert.deepEqual([seen, path], [["/", "/app/"], null]);
  });

  test("a project is made with five categories, changed, counted, deleted and restored", async () => {
    const project = await newProject();
    assert.equal(project.role, "owner");
    const categories = await owner.call<{ name: string }[]>(
      "GET",
      `/api/label-categories/?project_id=${project.id}`,
    );
    assert.deepEqual(
      categories.body.map(({ name }) => name),
      ["Fan noise", "Motor", "Normal", "Anomaly", "Electrical"],
    );
    const changed = await owner.call("PATCH", `/api/projects/${project.id}/`, {
      description: "by drone",
      unknown: 1,
    });
    assert.equal(changed.body.description, "by drone");
    const counted = await owner.call("GET", `/api/projects/${project.id}/statistics/`);
    assert.equal(counted.body.categories, 5);
    assert.equal((await owner.call("DELETE", `/api/projects/${project.id}/`)).status, 204);
    assert.equal((await owner.call("GET", `/api/projects/${project.id}/`)).status, 404);
    assert.equal((await owner.call("POST", `/api/projects/${project.id}/restore/`)).status, 200);
    assert.equal((await owner.call("GET", `/api/projects/${project.id}`)).status, 200);
  });

  test("lists are paged, and say how many there are and where the next page is", async () => {
    await newProject("one");
    await newProject("two");
    const page = await owner.call<Project[]>("GET", "/api/projects/?limit=1&offset=0");
    assert.equal(page.body.length, 1);
    assert.ok(Number(page.headers.get("x-total-count")) >= 2);
    assert.match(page.headers.get("link") ?? "", /<\/api\/projects\/\?limit=1&offset=1>; rel="next"/);
  });

  test("another team's project does not exist, whatever one tries with it", async () => {
    const { id } = await newProject();
    for (const [method, path, body] of [
      ["GET", `/api/projects/${id}/`],
      ["PATCH", `/api/projects/${id}/`, { name: "mine" }],
      ["DELETE", `/api/projects/${id}/`],
      ["POST", `/api/projects/${id}/restore/`],
      ["GET", `/api/projects/${id}/statistics/`],
      ["GET", `/api/datasets/?project_id=${id}`],
      ["GET", `/api/events/?project_id=${id}`],
    ] as const) {
      const answer = await stranger.call(method, path, body);
      assert.equal(answer.status, 404, `${method} ${path}`);
      assert.deepEqual(Object.keys(answer.body).sort(), ["code", "error", "request_id"]);
    }
    const upload = await stranger.upload(id, { name: "a.csv", bytes: "timestamp_pc,b_x,b_y,b_z\n1,2,3,4\n" });
    assert.equal(upload.status, 404);
  });

  test("no credential, a wrong one, a scope too few and a read-only user are refused in words", async () => {
    const anonymous = await installation.caller(null).call("GET", "/api/projects/");
    assert.equal(anonymous.status, 401);
    assert.equal(anonymous.headers.get("www-authenticate"), 'Bearer realm="MagTrace"');
    assert.equal((await installation.caller("mgt_nonsense").call("GET", "/api/projects/")).status, 401);
    const reader = await installation.addUser({ name: "ray", organization: "East", scopes: ["read"] });
    const refused = await reader.call("POST", "/api/projects/", { name: "x" });
    assert.equal(refused.status, 403);
    assert.match(String(refused.body.error), /scope "write"/);
    const readOnly = await installation.addUser({ name: "ro", organization: "West", role: "read_only" });
    assert.equal((await readOnly.call("POST", "/api/projects/", { name: "x" })).status, 403);
  });

  test("bad input is refused with the place and what was expected", async () => {
    const noName = await owner.call("POST", "/api/projects/", { description: "x" });
    assert.equal(noName.status, 400);
    assert.match(String(noName.body.error), /name/);
    const badId = await owner.call("GET", "/api/projects/abc/");
    assert.equal(badId.status, 400);
    assert.match(String(badId.body.error), /params\/id/);
    const nowhere = await owner.call("GET", "/api/nothing/");
    assert.equal(nowhere.status, 404);
    assert.equal(nowhere.body.code, "not_found");
    const notJson = await fetch(`${installation.api.address}/api/projects/`, {
      method: "POST",
      headers: { authorization: `Bearer ${owner.token}`, "content-type": "application/json" },
      body: "{",
    });
    assert.equal(notJson.status, 400);
    assert.equal(((await notJson.json()) as { code: string }).code, "bad_request");
  });

  test("a change made with a cookie must come from our own pages", async () => {
    const { address } = installation.api;
    const signIn = await fetch(`${address}/api/auth/sign-in/email`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: address },
      body: JSON.stringify({ email: "ada@example.com", password: "correct horse battery" }),
    });
    assert.equal(signIn.status, 200);
    const cookie = signIn.headers
      .getSetCookie()
      .map((each) => each.split(";")[0])
      .join("; ");
    const me = await fetch(`${address}/api/me/`, { headers: { cookie } });
    const { email, csrf_token: csrf } = (await me.json()) as { email: string; csrf_token: string };
    assert.equal(email, "ada@example.com");
    const own = { cookie, "content-type": "application/json", "x-csrf-token": csrf };
    const post = (origin: string | null) =>
      fetch(`${address}/api/projects/`, {
        method: "POST",
        headers: { ...own, ...(origin ? { origin } : {}) },
        body: JSON.stringify({ name: "by cookie" }),
      });
    assert.equal((await post("https://evil.example")).status, 403);
    assert.equal((await post(null)).status, 403);
    assert.equal((await post(address)).status, 201);
    const out = await fetch(`${address}/api/auth/sign-out`, {
      method: "POST",
      headers: { ...own, origin: address },
      body: "{}",
    });
    assert.equal(out.status, 200);
    assert.equal((await fetch(`${address}/api/me/`, { headers: { cookie } })).status, 401);
  });

  test("a wrong password and an unknown address get the same answer", async () => {
    const { address } = installation.api;
    const answers = await Promise.all(
      ["ada@example.com", "nobody@example.com"].map(async (email) => {
        const response = await fetch(`${address}/api/auth/sign-in/email`, {
          method: "POST",
          headers: { "content-type": "application/json", origin: address },
          body: JSON.stringify({ email, password: "wrong wrong wrong" }),
        });
        const { error, code } = (await response.json()) as { error: string; code: string };
        return { status: response.status, error, code };
      }),
    );
    assert.deepEqual(answers[0], answers[1]);
    assert.deepEqual(answers[0], {
      status: 401,
      error: "The e-mail address or the password is wrong.",
      code: "wrong_credentials",
    });
  });

  test("tokens are shown once, listed without their secret, and revoked at once", async () => {
    const made = await owner.call<{ id: number; token: string }>("POST", "/api/tokens/", {
      name: "script",
      scopes: ["read"],
    });
    assert.equal(made.status, 201);
    assert.match(made.body.token, /^mgt_/);
    const script = installation.caller(made.body.token);
    assert.equal((await script.call("GET", "/api/projects/")).status, 200);
    const listed = await owner.call<Record<string, unknown>[]>("GET", "/api/tokens/");
    assert.ok(!JSON.stringify(listed.body).includes(made.body.token));
    assert.equal((await owner.call("DELETE", `/api/tokens/${made.body.id}/`)).status, 204);
    assert.equal((await script.call("GET", "/api/projects/")).status, 401);
  });

  test("a token for one project reaches no other", async () => {
    const [here, there] = [await newProject("here"), await newProject("there")];
    const made = await owner.call<{ token: string }>("POST", "/api/tokens/", {
      name: "one",
      scopes: ["read", "write"],
      project: here.id,
    });
    const one = installation.caller(made.body.token);
    assert.equal((await one.call("GET", `/api/projects/${here.id}/`)).status, 200);
    assert.equal((await one.call("PATCH", `/api/projects/${here.id}/`, { description: "y" })).status, 200);
    assert.equal((await one.call("GET", `/api/projects/${there.id}/`)).status, 404);
    assert.equal((await one.call("POST", "/api/projects/", { name: "new" })).status, 403);
  });

  test("the description of the interface is OpenAPI 3.1 and its page loads nothing from elsewhere", async () => {
    const { body } = await installation
      .caller(null)
      .call<{ openapi: string; paths: Record<string, unknown> }>("GET", "/api/openapi.json");
    assert.equal(body.openapi, "3.1.0");
    assert.ok(body.paths["/api/projects/{id}/"]);
    const page = await fetch(`${installation.api.address}/api/docs/`);
    assert.equal(page.status, 200);
    assert.doesNotMatch(await page.text(), /(?:src|href)="https?:/);
    assert.match(page.headers.get("content-security-policy") ?? "", /script-src 'self'/);
  });
});
