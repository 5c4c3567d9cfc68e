import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import pg from "pg";
import { endpoints } from "../../src/accounts/signIn/authEndpoints.ts";
import { openBrowser } from "../support/browser.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";

const PASSWORD = "correct horse battery";

describe("the routes of sign-in", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;

  before(async () => {
    installation = await startTestInstallation(cleanup, { OPEN_REGISTRATION: "true" });
  });

  const post = (path: string, body: unknown) =>
    openBrowser(installation.api.address).call("POST", `/api/auth/${path}`, body);

  test("are in the description of the interface, each with what may be sent to it", async () => {
    const response = await fetch(`${installation.api.address}/api/openapi.json`);
    const { paths } = (await response.json()) as { paths: Record<string, Record<string, Described>> };
    const described = Object.entries(paths).filter(([path]) => path.startsWith("/api/auth/"));
    assert.deepEqual(
      described
        .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))
        .sort(),
      [...endpoints].map(([path, { method }]) => `${method.toLowerCase()} /api/auth${path}`).sort(),
    );
    for (const [path, { get, post }] of described) {
      assert.ok(get ? get.parameters?.length : post?.requestBody, path);
      assert.ok((get ?? post)?.summary, path);
    }
  });

  test("refuse what does not fit with the name of the field, and take nothing for an empty object", async () => {
    const email = "ann@example.com";
    const refusals: [path: string, body: unknown, place: string][] = [
      ["sign-in/email", { email: "ann", password: PASSWORD }, "body/email"],
      ["sign-in/email", { email, password: 12 }, "body/password"],
      ["sign-in/email", { email, password: "x".repeat(129) }, "body/password"],
      ["sign-in/email", undefined, "body"],
      ["sign-in/email", [email, PASSWORD], "body"],
      ["sign-in/oauth2", { providerId: "sso", callbackURL: ["/app/"] }, "body/callbackURL"],
      ["sign-up/email", { name: " ", email, password: PASSWORD }, "body/name"],
      ["sign-up/email", { name: "x".repeat(256), email, password: PASSWORD }, "body/name"],
      // Of a new address alone, it would be refused by the database.
      ["sign-up/email", { name: "a\u0000b", email, password: PASSWORD }, "body/name"],
      ["reset-password", { token: { $ne: null }, newPassword: PASSWORD }, "body/token"],
      ["request-password-reset", { email: `${"x".repeat(250)}@example.com` }, "body/email"],
      ["two-factor/enable", { password: null }, "body/password"],
      ["two-factor/verify-totp", { code: 123456 }, "body/code"],
      ["sign-out", "now", "body"],
    ];
    for (const [path, body, place] of refusals) {
      const answer = await post(path, body);
      const said = answer.body as { code: string; error: string; details: { at: string }[] };
      assert.deepEqual(
        [answer.status, said.code, said.details?.[0]?.at],
        [400, "validation_failed", place],
        path,
      );
      assert.ok(said.error.startsWith(place), said.error);
    }
    assert.equal((await post("sign-out", undefined)).status, 200);
  });

  test("refuse a parameter that is given twice or is missing, and are not looked at by HEAD", async () => {
    const { address } = installation.api;
    const statusOf = async (method: string, query: string) =>
      (await fetch(`${address}/api/auth/verify-email${query}`, { method })).status;
    assert.equal(await statusOf("GET", "?token=x"), 410);
    assert.equal(await statusOf("GET", "?token=x&token=y"), 400);
    assert.equal(await statusOf("GET", ""), 400);
    assert.equal(await statusOf("HEAD", "?token=x"), 404);
  });

  test("tell the library nothing that they do not declare", async () => {
    const account = { name: "Eve", email: "eve@example.com", password: PASSWORD };
    const more = { image: "x".repeat(5_000), role: "admin", emailVerified: true, twoFactorEnabled: true };
    assert.equal((await post("sign-up/email", { ...account, ...more, rememberMe: "x" })).status, 200);
    const client = new pg.Client({ connectionString: installation.database.ownerUrl });
    await client.connect();
    const { rows } = await client.query(
      "SELECT image, role, email_verified, two_factor_enabled FROM accounts.users WHERE email = $1",
      [account.email],
    );
    await client.end();
    assert.deepEqual(rows, [{ image: null, role: "user", email_verified: false, two_factor_enabled: false }]);
    // Elsewhere, better-auth would send a browser there.
    const sent = await fetch(
      `${installation.api.address}/api/auth/verify-email?token=x&callbackURL=${encodeURIComponent("/app/")}`,
      { redirect: "manual" },
    );
    assert.equal(sent.status, 410);
  });
});

interface Described {
  readonly summary?: string;
  readonly parameters?: readonly unknown[];
  readonly requestBody?: unknown;
}
