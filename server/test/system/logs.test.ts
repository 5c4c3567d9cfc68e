import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openBrowser } from "../support/browser.ts";
import { startTestInstallation } from "../support/testInstallation.ts";

test("no log line holds a secret, wherever in a request it was, and the security log tells what happened", async (t) => {
  const lines: string[] = [];
  const installation = await startTestInstallation(
    t,
    { LOG_LEVEL: "trace" },
    { logTo: { write: (line: string) => lines.push(line) } },
  );
  // What is printed lands in the same file.
  for (const way of ["log", "info", "warn", "error"] as const) {
    t.mock.method(console, way, (...words: unknown[]) =>
      lines.push(`printed: ${words.map(String).join(" ")}`),
    );
  }
  const { address } = installation.api;
  const ada = await installation.addUser({ name: "ada", organization: "North" });
  let planted = 0;
  const secret = () => `PLANTED${String(++planted).padStart(4, "0")}`;

  const paths = [
    "/api/projects/",
    "/api/me/",
    "/api/tokens/",
    "/api/datasets/1/data/",
    "/api/setup/",
    "/api/invitations/look/",
    "/api/auth/sign-in/email",
    "/api/auth/reset-password",
    "/api/auth/verify-email",
    "/api/auth/request-password-reset",
    "/app/reset-password",
    "/health/",
    "/nothing/",
  ];
  for (const path of paths) {
    for (const method of ["GET", "POST", "PUT", "DELETE"]) {
      for (const credential of [`Bearer ${ada.token}`, `Bearer mgt_${secret()}`, `Basic ${secret()}`, null]) {
        const query = `token=${secret()}&password=${secret()}&code=${secret()}&limit=${secret()}`;
        const body = JSON.stringify({
          token: secret(),
          password: secret(),
          newPassword: secret(),
          name: secret(),
          email: `${secret()}@example.com`,
          deep: { er: { password: secret(), key: [secret()] } },
        });
        await fetch(`${address}${path}${method === "PUT" ? `${secret()}/` : ""}?${query}`, {
          method,
          redirect: "manual",
          headers: {
            ...(credential === null ? {} : { authorization: credential }),
            "content-type": "application/json",
            cookie: `magtrace.session_token=${secret()}; other=${secret()}`,
            "x-csrf-token": secret(),
            "user-agent": secret(),
            referer: `https://a.example/${secret()}`,
            "x-anything": secret(),
          },
          ...(method === "GET" ? {} : { body }),
        });
      }
    }
  }
  const form = new FormData();
  for (const field of ["project", "name", "mapping", "token"]) form.set(field, secret());
  form.set("file", new Blob([secret()]), `${secret()}.csv`);
  await fetch(`${address}/api/datasets/upload/`, {
    method: "POST",
    headers: { authorization: `Bearer ${ada.token}` },
    body: form,
  });
  const browser = openBrowser(address);
  await browser.signIn("ada@example.com", "wrong horse battery");
  await browser.signIn("ada@example.com", "correct horse battery");
  await browser.call("POST", "/api/tokens/", { name: "x", scopes: ["read"] });
  await browser.call("POST", "/api/auth/sign-out", {});
  const before = lines.length;
  while (!lines.slice(before - 5).some((line) => line.includes('"POST"') && line.includes("/api/auth/"))) {
    await new Promise((resolve) => setImmediate(resolve));
  }

  assert.ok(planted > 2_000, String(planted));
  assert.ok(lines.length > 200, "the log was listened to");
  assert.deepEqual(
    lines.filter((line) => line.startsWith("printed: ")),
    [],
  );
  const told = lines.filter((line) => /PLANTED\d|correct horse|mgt_/.test(line));
  assert.deepEqual(told.slice(0, 5), []);

  const requests = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === "request");
  const read = requests.find(({ route, status }) => route === "/api/me/" && status === 200);
  for (const fact of ["method", "path", "query", "duration_ms", "ip", "user_id", "token_id", "request_id"]) {
    assert.notEqual(read[fact], undefined, fact);
  }

  const security = readFileSync(join(installation.dataDir, "logs", "security.log"), "utf8");
  for (const event of ["sign_in", "sign_in_failed", "sign_out", "bad_credential", "token_created"]) {
    assert.match(
      security,
      new RegExp(`security event=${event} ip=127\\.0\\.0\\.1 user=\\S+ request=\\S+ detail=\\S+\\n`),
      event,
    );
  }
  // The address somebody tries to sign in with is told on purpose, and is the only text of a client's.
  assert.doesNotMatch(security.replaceAll(/ user=\S+/g, ""), /PLANTED|mgt_/);
});
