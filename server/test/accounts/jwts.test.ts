import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { before, describe, test } from "node:test";
import type { JwkSet, Jwt, Me, Project, Session } from "@magtrace/contracts";
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  generateKeyPair,
  jwtVerify,
  SignJWT,
} from "jose";
import pg from "pg";
import { createAuth } from "../../src/accounts/signIn/auth.ts";
import { openJwts } from "../../src/accounts/tokens/jwts.ts";
import { createPool } from "../../src/platform/database/pool.ts";
import { silentLog } from "../../src/platform/logs/log.ts";
import { openBrowser } from "../support/browser.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";

const PASSWORD = "correct horse battery";

describe("short-lived tokens", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;
  let database: pg.Client;
  let ann: ApiCaller;

  before(async () => {
    installation = await startTestInstallation(cleanup);
    database = new pg.Client({ connectionString: installation.database.ownerUrl });
    await database.connect();
    cleanup.after(() => database.end());
    ann = await installation.addUser({ name: "ann", organization: "North" });
  });

  async function issue(by: Pick<ApiCaller, "call"> = ann): Promise<string> {
    const { status, body } = await by.call<Jwt>("POST", "/api/jwt/");
    assert.equal(status, 201);
    return body.token;
  }
  const statusOf = async (token: string) => (await installation.caller(token).call("GET", "/api/me/")).status;
  const keySet = async () =>
    (await installation.caller(null).call<JwkSet>("GET", "/.well-known/jwks.json")).body;

  test("speak for who asked, for fifteen minutes, and are verified with the published keys", async () => {
    const { body } = await ann.call<Jwt>("POST", "/api/jwt/");
    const { payload, protectedHeader } = await jwtVerify(body.token, createLocalJWKSet(await keySet()), {
      issuer: installation.api.address,
      audience: "magtrace",
      typ: "at+jwt",
    });
    assert.equal(protectedHeader.alg, "EdDSA");
    assert.equal(payload.exp! - payload.iat!, 900);
    assert.equal(Date.parse(body.expires_at), payload.exp! * 1000);
    const me = await installation.caller(body.token).call<Me>("GET", "/api/me/");
    assert.equal(me.body.email, "ann@example.com");
    assert.equal(String(me.body.id), payload.sub);
  });

  test("are refused once their time is over", async () => {
    const token = await issue();
    const pool = createPool({ url: installation.database.accounts, size: 1, name: "test" });
    cleanup.after(() => pool.end());
    const { address } = installation.api;
    const auth = createAuth({
      pool,
      log: silentLog(),
      secret: "another secret, as nothing is signed here",
      publicUrl: address,
      sessionDays: 1,
      openRegistration: false,
      mails: null,
      jwtKeyDays: 30,
      codeAfterSingleSignOn: true,
    });
    let now = Date.now();
    const jwts = openJwts({ auth, pool, keyDays: 30, issuer: () => address, now: () => now });
    const facts = { ip: "127.0.0.1", requestId: "r", route: "GET /", reading: null };
    assert.equal((await jwts.actorOf(token, facts)).access.user.email, "ann@example.com");
    now += 15 * 60_000 + 1_000;
    await assert.rejects(jwts.actorOf(token, facts), { code: "not_signed_in" });
  });

  test("do no more than the token they were made with, as it is now", async () => {
    const { body: project } = await ann.call<Project>("POST", "/api/projects/", { name: "Survey" });
    const made = await ann.call<{ token: string; id: number }>("POST", "/api/tokens/", {
      name: "narrow",
      scopes: ["read"],
      project: project.id,
    });
    const token = await issue(installation.caller(made.body.token));
    const holder = installation.caller(token);
    assert.equal((await holder.call("GET", `/api/projects/${project.id}/`)).status, 200);
    assert.equal((await holder.call("PATCH", `/api/projects/${project.id}/`, { name: "x" })).status, 403);
    assert.deepEqual(
      (await holder.call<Project[]>("GET", "/api/projects/")).body.map(({ id }) => id),
      [project.id],
    );
    assert.equal((await holder.call("POST", "/api/jwt/")).status, 403);
    await ann.call("DELETE", `/api/tokens/${made.body.id}/`);
    assert.equal((await holder.call("GET", `/api/projects/${project.id}/`)).status, 401);
  });

  test("make no lasting token", async () => {
    const holder = installation.caller(await issue());
    const answer = await holder.call("POST", "/api/tokens/", { name: "t", scopes: ["read"] });
    assert.equal(answer.status, 403);
  });

  test("end with the session they were made from, and rest with their user", async () => {
    const page = openBrowser(installation.api.address);
    await page.signIn("ann@example.com", PASSWORD);
    const token = await issue(page);
    assert.equal(await statusOf(token), 200);
    await database.query("UPDATE accounts.users SET banned = true WHERE email = 'ann@example.com'");
    assert.equal(await statusOf(token), 401);
    await database.query("UPDATE accounts.users SET banned = false WHERE email = 'ann@example.com'");
    assert.equal(await statusOf(token), 200);
    const sessions = await page.call<Session[]>("GET", "/api/sessions/");
    const current = sessions.body.find((session) => session.current)!;
    await page.call("DELETE", `/api/sessions/${current.id}/`);
    assert.equal(await statusOf(token), 401);
  });

  test("of any other making are refused: no algorithm, another, another key, issuer, audience or kind", async () => {
    const good = await issue();
    const claims = decodeJwt(good);
    const header = decodeProtectedHeader(good);
    const { keys } = await keySet();
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const unsigned = `${part({ ...header, alg: "none" })}.${part(claims)}`;
    const confused = `${part({ ...header, alg: "HS256" })}.${part(claims)}`;
    const mac = createHmac("sha256", Buffer.from(keys[0]!.x, "base64url"))
      .update(confused)
      .digest("base64url");
    const { privateKey } = await generateKeyPair("EdDSA");
    const forged = await new SignJWT(claims).setProtectedHeader({ ...header, alg: "EdDSA" }).sign(privateKey);
    const [, , signature] = good.split(".");
    const altered = `${part(header)}.${part({ ...claims, sub: "2" })}.${signature}`;
    const carried = await new SignJWT(claims)
      .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", jwk: { kty: "OKP", crv: "Ed25519", x: keys[0]!.x } })
      .sign(privateKey);
    for (const [what, token] of Object.entries({
      unsigned: `${unsigned}.x`,
      empty: `${unsigned}.`,
      confused: `${confused}.${mac}`,
      forged,
      altered,
      carried,
    })) {
      assert.equal(await statusOf(token), 401, what);
    }
    assert.equal(await statusOf(good), 200);
  });

  test("are signed with a new key once the old one is too old, which verifies for a day more", async () => {
    const old = await issue();
    const before = await keySet();
    await database.query("UPDATE accounts.signing_keys SET expires_at = now() - interval '1 second'");
    const renewed = await issue();
    assert.notEqual(decodeProtectedHeader(renewed).kid, decodeProtectedHeader(old).kid);
    assert.equal((await keySet()).keys.length, before.keys.length + 1);
    assert.deepEqual([await statusOf(old), await statusOf(renewed)], [200, 200]);
    await database.query(
      "UPDATE accounts.signing_keys SET expires_at = now() - interval '25 hours' WHERE expires_at < now()",
    );
    assert.deepEqual(
      (await keySet()).keys.map(({ kid }) => kid),
      [decodeProtectedHeader(renewed).kid],
    );
  });

  test("are signed with keys that are encrypted where they lie", async () => {
    await issue();
    const { rows } = await database.query<{ private_key: string }>(
      "SELECT private_key FROM accounts.signing_keys",
    );
    assert.ok(rows.length > 0);
    for (const { private_key } of rows) assert.doesNotMatch(private_key, /kty|"d"/);
  });
});
