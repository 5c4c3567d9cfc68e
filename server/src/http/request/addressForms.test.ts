import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import type { FastifyInstance } from "fastify";
import { createLimiters } from "../../platform/limits/createLimiters.ts";
import { createRequestLimits } from "../../platform/limits/requestLimits.ts";
import type { SecurityEvent } from "../../platform/logs/securityLog.ts";
import { openToAll } from "../openToAll.ts";
import { route } from "../route.ts";
import { RawClient } from "../testing/rawClient.ts";
import { listeningApp } from "../testing/testApp.ts";

const revoke = route({
  method: "DELETE",
  path: "/api/tokens/{id}/",
  permission: "account.write",
  summary: "Revoke",
  status: 204,
  schemas: {},
  handler: async () => null,
});

/** As sign-in and its siblings are mounted, with a session for whoever comes. */
async function auth(app: FastifyInstance): Promise<void> {
  await app.register(async (scope) => {
    openToAll(scope);
    scope.route({
      method: ["GET", "POST"],
      url: "/api/auth/*",
      handler: async (_request, reply) => reply.header("set-cookie", "session_token=x; Path=/").send({}),
    });
  });
}

async function stage(t: TestContext) {
  const events: SecurityEvent[] = [];
  const { port } = await listeningApp(t, [revoke], {
    mount: auth,
    limits: createRequestLimits(createLimiters(null), {
      sign_in: 1,
      read: 10,
      write: 10,
      upload: 10,
      training: 10,
    }),
    securityLog: { write: (event) => events.push(event) },
  });
  return {
    events,
    /** The whole answer to a request with just this in its first line. */
    async ask(line: string): Promise<string> {
      const client = new RawClient(t, port).send(
        `${line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      );
      await client.ended;
      return client.received;
    },
  };
}

describe("other ways of writing an address", () => {
  const ways = [
    "POST /api/auth/sign-in/email",
    "POST /%61pi/auth/sign-in/email",
    "POST /api/%61uth/sign-in/email",
    "POST http://b.example/api/auth/sign-in/email",
    "POST /api/auth/sign-in/email/?a",
  ];

  test("are counted as what they lead to", async (t) => {
    const { ask } = await stage(t);
    const statuses = [];
    for (const way of ways) statuses.push(Number((await ask(way)).split(" ")[1]));
    assert.deepEqual(statuses, [200, 200, 200, 200, 429]);
  });

  for (const way of ways) {
    test(`${way} is answered with data that nobody keeps`, async (t) => {
      const { ask } = await stage(t);
      const answer = await ask(way);
      assert.match(answer, /^cache-control: no-store\r$/im);
      assert.match(answer, /^content-security-policy: default-src 'none'/im);
    });
  }

  test("stand in the security log as what was done", async (t) => {
    const { ask, events } = await stage(t);
    for (const line of ["DELETE /api/tokens/3/", "DELETE /api/%74okens/3", "DELETE http://b/api/tokens/3/"]) {
      assert.match(await ask(line), /^HTTP\/1\.1 204 /, line);
    }
    await ask("POST /%61pi/auth/change-password");
    await ask("GET /api/auth/callback/sso");
    assert.deepEqual(
      events.map(({ event }) => event),
      ["token_revoked", "token_revoked", "token_revoked", "password_changed", "sign_in"],
    );
  });
});
