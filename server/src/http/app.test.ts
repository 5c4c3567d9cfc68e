import assert from "node:assert/strict";
import { describe, test } from "node:test";
import Type from "typebox";
import { AppError, errorCodes, meaningOf } from "../errors.ts";
import { createApp } from "./app.ts";
import { attachment } from "./reply/attachment.ts";
import { type Route, route } from "./route.ts";
import { testOptions } from "./testing/testApp.ts";

function failing(error: unknown): Route {
  return route({
    method: "GET",
    path: "/fails/",
    permission: "public",
    summary: "Fails",
    schemas: {},
    handler: async () => {
      throw error;
    },
  });
}

describe("the http layer", () => {
  test("does not start with a route that declares no permission", async () => {
    const app = await createApp(
      testOptions([], {
        mount: async (scope) => {
          scope.get("/open/", async () => "hello");
        },
      }),
    );
    await assert.rejects(async () => app.ready(), /GET \/open\/ declares no permission/);
  });

  test("answers every error code with its status and the one body", async () => {
    for (const code of errorCodes()) {
      const app = await createApp(testOptions([failing(new AppError(code, "It broke. Mend it."))]));
      const answer = await app.inject("/fails/");
      assert.equal(answer.statusCode, meaningOf(code).status, code);
      const body = answer.json();
      assert.deepEqual([body.error, body.code], ["It broke. Mend it.", code]);
      assert.equal(body.request_id, answer.headers["x-request-id"]);
      await app.close();
    }
  });

  test("tells users nothing of an unexpected error's text, stack or SQL", async () => {
    const app = await createApp(testOptions([failing(new Error("SELECT secret FROM /var/lib at line 1"))]));
    const answer = await app.inject("/fails/");
    assert.equal(answer.statusCode, 500);
    assert.doesNotMatch(answer.body, /SELECT|\/var|line/);
    await app.close();
  });

  test("fails a test's request whose answer is not of its schema", async () => {
    const lying = route({
      method: "GET",
      path: "/lies/",
      permission: "public",
      summary: "Lies",
      schemas: { response: Type.Object({ n: Type.Integer() }) },
      handler: async () => ({ n: "one" }) as unknown as { n: number },
    });
    const app = await createApp(testOptions([lying], { checkResponses: true }));
    assert.equal((await app.inject("/lies/")).statusCode, 500);
    await app.close();
  });

  test("reads numbers from paths and queries, and nothing into JSON that is not there", async () => {
    const echo = route({
      method: "POST",
      path: "/echo/{id}/",
      permission: "public",
      summary: "Echo",
      schemas: {
        params: Type.Object({ id: Type.Integer() }),
        query: Type.Object({ limit: Type.Optional(Type.Integer({ default: 7 })) }),
        body: Type.Object({ row: Type.Integer() }),
      },
      handler: async ({ params, query, body }) => ({ ...params, ...query, ...body }),
    });
    const app = await createApp(testOptions([echo]));
    const post = (payload: object) => app.inject({ method: "POST", url: "/echo/5/", payload });
    assert.deepEqual((await post({ row: 3 })).json(), { id: 5, limit: 7, row: 3 });
    for (const row of [null, true, "3", [3]]) {
      const refused = await post({ row });
      assert.equal(refused.statusCode, 400, JSON.stringify(row));
      assert.match(refused.json().error, /body\/row must be integer/);
    }
    await app.close();
  });

  test("takes no number for one that is infinite, however it is written", async () => {
    const list = route({
      method: "GET",
      path: "/list/{id}/",
      permission: "public",
      summary: "List",
      schemas: {
        params: Type.Object({ id: Type.Integer() }),
        query: Type.Intersect([
          Type.Object({ limit: Type.Optional(Type.Integer({ maximum: 1000 })) }),
          Type.Object({ ratio: Type.Optional(Type.Number()), name: Type.Optional(Type.String()) }),
        ]),
      },
      handler: async ({ query }) => query,
    });
    const app = await createApp(testOptions([list]));
    const many = "9".repeat(90);
    for (const text of ["Infinity", "-Infinity", "1e309", "9".repeat(400)]) {
      for (const url of [`/list/1/?limit=${text}`, `/list/1/?ratio=${text}`]) {
        const answer = await app.inject(url);
        assert.equal(answer.statusCode, 400, url);
        assert.match(answer.json().error, /^querystring\/(limit|ratio) must be /);
      }
    }
    assert.equal((await app.inject("/list/1e309/")).statusCode, 400);
    assert.equal((await app.inject(`/list/1/?limit=${many}`)).statusCode, 400);
    assert.deepEqual((await app.inject("/list/1/?name=Infinity&ratio=1e9")).json(), {
      name: "Infinity",
      ratio: 1e9,
    });
    await app.close();
  });

  test("asks who is calling before it looks at what they sent", async () => {
    const guarded = route({
      method: "POST",
      path: "/guarded/",
      permission: "project.create",
      summary: "Guarded",
      schemas: { body: Type.Object({ name: Type.String() }) },
      handler: async () => "never",
    });
    const app = await createApp(testOptions([guarded], { authenticate: async () => null }));
    const answer = await app.inject({ method: "POST", url: "/guarded/", payload: { wrong: true } });
    assert.equal(answer.statusCode, 401);
    await app.close();
  });
});

test("any file name makes a download header that is one line and says attachment", () => {
  const seen: Record<string, string> = {};
  const reply = {
    header: (name: string, value: string) => {
      seen[name] = value;
    },
  } as unknown as Parameters<typeof attachment>[0];
  attachment(reply, 'a"b\r\nSet-Cookie: x; µ\ud800\u202Evsc.exe');
  const value = seen["Content-Disposition"]!;
  assert.match(value, /^attachment; filename="[^"\r\n]*"; filename\*=UTF-8''[\w%.!~-]*$/);
  assert.doesNotMatch(value, /%E2%80%AE|%0D|%0A/i, "and shows its end at its end");
});
