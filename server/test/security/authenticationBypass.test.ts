import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Jwt, Me, Project } from "@magtrace/contracts";
import { openBrowser } from "../support/browser.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";
import { faultOf } from "./judgeReply.ts";
import { createKeepAliveClient, type KeepAliveClient, type Reply } from "./keepAliveClient.ts";

const PASSWORD = "correct horse battery";
const SECRET = "Secret survey";

describe("without a good credential nobody gets in", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;
  let client: KeepAliveClient;
  let owner: ApiCaller;
  let stranger: ApiCaller;
  let project: Project;

  before(async () => {
    installation = await startTestInstallation(cleanup);
    client = createKeepAliveClient(installation.api.address, 4);
    cleanup.after(() => client.close());
    owner = await installation.addUser({ name: "ada", organization: "North" });
    stranger = await installation.addUser({ name: "eve", organization: "South" });
    project = (await owner.call<Project>("POST", "/api/projects/", { name: SECRET })).body;
  });

  function send(
    method: string,
    target: string,
    headers: Record<string, string | string[]> = {},
    json?: string,
  ) {
    const body = json === undefined ? null : Buffer.from(json);
    const type = body ? { "content-type": "application/json" } : {};
    return client.send({ method, target, headers: { ...type, ...headers } as Record<string, string>, body });
  }

  /** A refusal, or at most something that is public anyway. */
  function assertShut(reply: Reply, what: string): void {
    assert.doesNotMatch(reply.text, new RegExp(SECRET), what);
    // Whatever is no file below /app/ is the web app's own first page.
    if (reply.status === 200 && reply.contentType.startsWith("text/html") && what.includes("/app/")) return;
    assert.ok(reply.status >= 300, `${what} answered ${reply.status}: ${reply.text.slice(0, 200)}`);
    assert.equal(faultOf({ method: "GET" }, reply), null, what);
  }

  const isUnchanged = async () => {
    const { status, body } = await owner.call<Project>("GET", `/api/projects/${project.id}/`);
    assert.deepEqual([status, body.name], [200, SECRET]);
  };

  test("in whatever way the path is written", async () => {
    const { id } = project;
    const paths = [
      `//api/projects/${id}/`,
      `/api//projects/${id}/`,
      `/./api/projects/${id}/`,
      `/api/./projects/${id}/`,
      `/health/../api/projects/${id}/`,
      `/app/../api/projects/${id}/`,
      `/app/assets/..%2f..%2fapi%2fprojects%2f${id}%2f`,
      `/api/docs/../projects/${id}/`,
      `/api/docs/..;/projects/${id}/`,
      `/api/%2e/projects/${id}/`,
      `/api/%2e%2e/api/projects/${id}/`,
      `/%2e%2e/api/projects/${id}/`,
      `/api%2fprojects%2f${id}%2f`,
      `/api/projects%2f${id}/`,
      `/api/projects/${id}%2f`,
      `/api/projects/${id}%00/`,
      `/api/projects/${id}.`,
      `/api/projects/${id}./`,
      `/api/projects/${id}.json`,
      `/api/projects./${id}/`,
      `/API/PROJECTS/${id}/`,
      `/Api/Projects/${id}/`,
      `/api/projects/${id};x/`,
      `/api;x/projects/${id}/`,
      `/api/projects;jsessionid=1/${id}/`,
      `/api\\projects\\${id}\\`,
      `/api%5cprojects%5c${id}/`,
      `/api/%70rojects/${id}/`,
      `/%61%70%69/projects/${id}/`,
      `/api/projects/%3${id}/`,
      `/api/%c0%afprojects/${id}/`,
      `/%c0%ae%c0%ae/api/projects/${id}/`,
      `/api/%252e%252e/api/projects/${id}/`,
      `/api/projects/${id}/?`,
      `/api/projects/${id}/%20`,
      `/api/projects/${id}/%23`,
      `/api/projects/%20${id}/`,
      `/api/projects/0${id}/`,
      `/api/projects/${id}/statistics`,
      `/api/auth/../projects/${id}/`,
      `/api/auth/%2e%2e/projects/${id}/`,
      `/.well-known/../api/projects/${id}/`,
    ];
    for (const path of paths) {
      assertShut(await send("GET", path), path);
      assertShut(await send("GET", path, { authorization: `Bearer ${stranger.token}` }), `stranger ${path}`);
    }
  });

  test("with a method that is none of the route's, or another one claimed", async () => {
    const path = `/api/projects/${project.id}/`;
    for (const method of ["HEAD", "OPTIONS", "TRACE", "PROPFIND", "SEARCH", "PURGE", "LOCK", "COPY"]) {
      const reply = await send(method, path);
      assert.ok(reply.status >= 400, `${method} answered ${reply.status}`);
      assert.doesNotMatch(JSON.stringify(reply), new RegExp(SECRET));
    }
    const traced = await send("TRACE", "/health/", { cookie: "a=planted" });
    assert.ok(traced.status >= 400);
    assert.doesNotMatch(traced.text, /planted/);
    const reader = await installation.addUser({ name: "ray", organization: "North", scopes: ["read"] });
    for (const header of ["x-http-method-override", "x-http-method", "x-method-override"]) {
      const credential = { authorization: `Bearer ${reader.token}` };
      const got = await send("GET", path, { ...credential, [header]: "DELETE" });
      assert.equal(got.status, 200, "the claim is not looked at");
      await send(
        "POST",
        `${path}?_method=DELETE`,
        { ...credential, [header]: "DELETE" },
        '{"_method":"DELETE"}',
      );
    }
    await isUnchanged();
  });

  test("with a token anywhere but in its header", async () => {
    const token = owner.token!;
    const path = `/api/projects/${project.id}/`;
    for (const name of ["token", "access_token", "api_key", "authorization", "bearer", "jwt", "key"]) {
      assertShut(await send("GET", `${path}?${name}=${token}`), `?${name}`);
      assertShut(await send("GET", `${path}?${name}=Bearer%20${token}`), `?${name} with its scheme`);
      assertShut(await send("GET", path, { cookie: `${name}=${token}` }), `cookie ${name}`);
    }
    for (const [name, value] of [
      ["x-api-key", token],
      ["x-access-token", token],
      ["x-authorization", `Bearer ${token}`],
      ["proxy-authorization", `Bearer ${token}`],
      ["authorization", `Basic ${Buffer.from(`ada:${token}`).toString("base64")}`],
      ["authorization", `Token ${token}`],
      ["authorization", token],
      ["authorization", `Bearer mgt_x, Bearer ${token}`],
      ["cookie", `magtrace.session_token=${token}`],
      ["x-forwarded-user", "ada@example.com"],
      ["x-remote-user", "ada@example.com"],
      ["x-original-url", path],
      ["x-rewrite-url", path],
    ] as const) {
      assertShut(await send("GET", path, { [name]: value }), `${name}: ${value}`);
    }
  });

  test("with headers said twice, of which one is good", async () => {
    const good = `Bearer ${owner.token}`;
    const path = `/api/projects/${project.id}/`;
    for (const values of [
      [good, "Bearer mgt_x"],
      ["Bearer mgt_x", good],
      [good, good],
    ]) {
      const reply = await send("GET", path, { authorization: values });
      assert.equal(reply.status, 400, values.join(" and "));
      assertShut(reply, "two credentials");
    }
  });

  test("with a short-lived token whose key id leads elsewhere", async () => {
    const { body } = await owner.call<Jwt>("POST", "/api/jwt/");
    const [head = "", claims, signature] = body.token.split(".");
    const header = JSON.parse(Buffer.from(head, "base64url").toString()) as Record<string, unknown>;
    const { address } = installation.api;
    const tricks: Record<string, unknown>[] = [
      ...[
        "../../../dev/null",
        "/dev/null",
        `${address}/keys`,
        "' OR '1'='1",
        "' UNION SELECT 'k",
        "\u0000",
        "",
      ].map((kid) => ({ kid })),
      { kid: 1 },
      { kid: null },
      { kid: { $ne: "" } },
      { jku: `${address}/.well-known/jwks.json`, kid: "x" },
      { x5u: `${address}/x`, kid: "x" },
      { alg: "none" },
      { alg: "NONE" },
      { alg: "nOnE" },
      { alg: "" },
      { alg: ["EdDSA"] },
      { crit: ["exp"], exp: 1 },
      { zip: "DEF" },
      { typ: "JWT" },
    ];
    for (const trick of tricks) {
      const forgedHead = Buffer.from(JSON.stringify({ ...header, ...trick })).toString("base64url");
      for (const end of [signature, "", "AA"]) {
        const authorization = `Bearer ${forgedHead}.${claims}.${end}`;
        const reply = await send("GET", "/api/me/", { authorization });
        assert.equal(reply.status, 401, `${JSON.stringify(trick)} ${end}`);
      }
    }
    const me = await send("GET", "/api/me/", { authorization: `Bearer ${body.token}` });
    assert.equal(me.status, 200, "the one that was not touched is good");
  });

  test("with a session that was planted before the sign-in, or has ended since", async () => {
    const { address } = installation.api;
    const planted = openBrowser(address);
    planted.cookies.set("magtrace.session_token", "planted.c2lnbmF0dXJl");
    assert.equal((await planted.signIn("ada@example.com", PASSWORD)).status, 200);
    const first = planted.cookies.get("magtrace.session_token");
    assert.ok(first && !first.startsWith("planted"), "the cookie is a new one");
    const again = openBrowser(address);
    for (const [name, value] of planted.cookies) again.cookies.set(name, value);
    await again.signIn("ada@example.com", PASSWORD);
    assert.notEqual(again.cookies.get("magtrace.session_token"), first, "each sign-in makes its own");

    const statusWith = async (cookie: string) =>
      (await send("GET", "/api/me/", { cookie: `magtrace.session_token=${cookie}` })).status;
    const second = again.cookies.get("magtrace.session_token")!;
    assert.equal(await statusWith(second), 200);
    assert.equal(await statusWith(second.split(".")[0]!), 401, "the token without its signature");
    assert.equal(await statusWith(`${second}x`), 401);
    const wrong = `planted.${second.split(".")[1]}`;
    assert.equal(await statusWith(wrong), 401, "another token under that signature");
    assert.equal((await again.call("POST", "/api/auth/sign-out", {})).status, 200);
    assert.equal(await statusWith(second), 401, "after signing out");
    const changed = await planted.call("POST", "/api/auth/change-password", {
      currentPassword: PASSWORD,
      newPassword: "battery staple horse",
      revokeOtherSessions: true,
    });
    assert.equal(changed.status, 200);
    assert.equal(await statusWith(first), 401, "after a change of the password");
  });

  test("by way of an object's prototype", async () => {
    for (const json of [
      '{"name":"a","__proto__":{"role":"admin","scopes":["admin"]}}',
      '{"name":"a","constructor":{"prototype":{"role":"admin"}}}',
      '{"name":"a","settings":{"__proto__":{"role":"admin"}}}',
    ]) {
      const reply = await send("POST", "/api/projects/", { authorization: `Bearer ${stranger.token}` }, json);
      assert.equal(reply.status, 400, json);
    }
    await send("GET", "/api/projects/?__proto__[role]=admin&constructor[prototype][role]=admin", {
      authorization: `Bearer ${stranger.token}`,
    });
    assert.equal(({} as { role?: string }).role, undefined);
    const me = await stranger.call<Me>("GET", "/api/me/");
    assert.equal(me.body.role, "user");
  });

  test("and no answer leads to a host that somebody forged", async () => {
    const evil = "evil.example";
    const forged = {
      "x-forwarded-host": evil,
      "x-forwarded-proto": "javascript",
      "x-forwarded-port": "6666",
      "x-host": evil,
      "x-forwarded-server": evil,
      forwarded: `host=${evil};proto=https`,
    };
    for (const path of [
      "/",
      "/app",
      "/app/",
      "/api/",
      "/api/docs",
      "/api/projects/?limit=1",
      "/api/openapi.json",
    ]) {
      for (const headers of [forged, { ...forged, host: evil }]) {
        const reply = await send("GET", path, { ...headers, authorization: `Bearer ${owner.token}` });
        const told = JSON.stringify(reply.headers) + reply.text;
        assert.ok(!told.includes(evil), `${path}: ${told.slice(0, 300)}`);
      }
    }
  });
});
