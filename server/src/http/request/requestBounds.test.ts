import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import Type from "typebox";
import { createApp } from "../app.ts";
import { route } from "../route.ts";
import { RawClient } from "../testing/rawClient.ts";
import { listeningApp, testOptions } from "../testing/testApp.ts";

const echo = route({
  method: "POST",
  path: "/echo/",
  permission: "public",
  summary: "Echo",
  schemas: { body: Type.Unknown() },
  handler: async ({ body }) => ({ body }),
});
const list = route({
  method: "GET",
  path: "/list/",
  permission: "public",
  summary: "List",
  schemas: {
    query: Type.Intersect([
      Type.Object({ limit: Type.Optional(Type.Integer()) }),
      Type.Object({ tags: Type.Optional(Type.Array(Type.String())) }),
    ]),
  },
  handler: async ({ query }) => query,
});

async function post(payload: string) {
  const app = await createApp(testOptions([echo]));
  const headers = { "content-type": "application/json" };
  const answer = await app.inject({ method: "POST", url: "/echo/", payload, headers });
  await app.close();
  return answer;
}

describe("bounds of a request", () => {
  test("JSON may be 32 deep and no deeper, brackets in texts do not count", async () => {
    const nested = (depth: number, [open, close]: readonly [string, string]) =>
      open.repeat(depth) + close.repeat(depth);
    assert.equal((await post(nested(32, ["[", "]"]))).statusCode, 200);
    assert.equal((await post(nested(33, ["[", "]"]))).statusCode, 400);
    assert.equal((await post(`${'{"a":'.repeat(32)}1${"}".repeat(32)}`)).statusCode, 200);
    const refused = await post(`${'{"a":'.repeat(33)}1${"}".repeat(33)}`);
    assert.equal(refused.statusCode, 400);
    assert.match(refused.json().error, /at most 32 deep/);
    assert.equal((await post(nested(400_000, ["[", "]"]))).statusCode, 400);
    assert.equal((await post(`["${"[".repeat(100)}", "\\"${"{".repeat(100)}"]`)).statusCode, 200);
    assert.equal((await post(`[${"[],".repeat(100)}[]]`)).statusCode, 200, "side by side is not deep");
  });

  test("JSON may have so many values and no more; what is in texts does not count", async () => {
    const app = await createApp(testOptions([echo], { bounds: { jsonValues: 10 } }));
    const headers = { "content-type": "application/json" };
    const send = (payload: string) => app.inject({ method: "POST", url: "/echo/", payload, headers });
    for (const few of [`[${"1,".repeat(9)}1]`, `{"a":[[[{}]]],"b":1,"c":",,[[{{,,,,,,,,,,"}`]) {
      assert.equal((await send(few)).statusCode, 200, few);
    }
    for (const many of [`[${"1,".repeat(10)}1]`, "[".repeat(11), `{"a":[${"{},".repeat(5)}{}]}`]) {
      const refused = await send(many);
      assert.deepEqual([refused.statusCode, refused.json().code], [413, "too_large"], many);
    }
    await app.close();
  });

  test("JSON that is read in several turns is read as if in one, wherever these end", async () => {
    const large = route({
      method: "POST",
      path: "/large/",
      permission: "public",
      summary: "Counts",
      schemas: { body: Type.Array(Type.String()) },
      bodyLimit: 16 * 1024 * 1024,
      handler: async ({ body }) => ({ lengths: body.map((text) => text.length) }),
    });
    const app = await createApp(testOptions([large]));
    const headers = { "content-type": "application/json" };
    const send = (payload: string) => app.inject({ method: "POST", url: "/large/", payload, headers });
    const times = 700_000;
    for (const before of ["", "x", "xx", "xxx"]) {
      const text = `${before}${'\\"[,'.repeat(times)}`;
      assert.deepEqual((await send(`["${text}","y"]`)).json(), { lengths: [before.length + 3 * times, 1] });
      assert.match((await send(`["${text}",${"[".repeat(40)}`)).json().error, /at most 32 deep/);
      assert.equal((await send(`["${text}"`)).json().code, "bad_request");
    }
    await app.close();
  });

  test("keys that reach a prototype are refused, however they are written", async () => {
    for (const body of [
      '{"__proto__":{"admin":true}}',
      '{"a":[{"__proto__":1}]}',
      '{"\\u005f_proto__":{"admin":true}}',
      '{"constructor":{"prototype":{"admin":true}}}',
    ]) {
      const refused = await post(body);
      assert.equal(refused.statusCode, 400, body);
      assert.equal(refused.json().code, "bad_request");
    }
    assert.equal((await post('{"constructor":"Bartington"}')).statusCode, 200);
  });

  test("a parameter given twice is refused in words, unless it is a list", async () => {
    const app = await createApp(testOptions([list]));
    const refused = await app.inject("/list/?limit=1&limit=1000");
    assert.equal(refused.statusCode, 400);
    assert.equal(refused.json().error, "The parameter limit is given 2 times. Give it once.");
    assert.equal((await app.inject("/list/?tags=a&tags=b")).statusCode, 200);
    assert.equal((await app.inject("/list/?limit=1&unknown=1&unknown=2")).statusCode, 200);
    await app.close();
  });

  test("an address, a header and a number of headers that are too large are refused in the form of all refusals", async (t) => {
    const { port } = await listeningApp(t, [list], {
      bounds: { urlBytes: 200, headerBytes: 2000, headers: 10 },
    });
    const cases = [
      [
        414,
        "url_too_long",
        `GET /list/?a=${"x".repeat(300)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
      ],
      [431, "headers_too_large", `GET /list/ HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(3000)}\r\n\r\n`],
      [
        431,
        "headers_too_large",
        `GET /list/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${"X: 1\r\n".repeat(10)}\r\n`,
      ],
      [400, "bad_request", "GET /list/ HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n"],
      [400, "bad_request", "GET /%E0%A4%A HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"],
      [400, "bad_request", "NONSENSE\r\n\r\n"],
      [
        400,
        "bad_request",
        "GET /list/ HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a\r\nauthorization: Bearer b\r\nConnection: close\r\n\r\n",
      ],
    ] as const;
    for (const [status, code, text] of cases) {
      const client = new RawClient(t, port).send(text);
      assert.equal(await client.status(), status, text.slice(0, 60));
      const body = await client.body();
      assert.deepEqual([Object.keys(body).sort(), body.code], [["code", "error", "request_id"], code]);
    }
    const most = `GET /list/ HTTP/1.1\r\nHost: a\r\n${"X: 1\r\n".repeat(9)}\r\n`;
    assert.equal(await new RawClient(t, port).send(most).status(), 200);
  });

  test("a body that says it is packed is refused, before it is unpacked", async (t) => {
    const { address } = await listeningApp(t, [echo]);
    for (const encoding of ["gzip", "deflate", "br", "zstd", "identity, gzip", "x"]) {
      const headers = { "content-type": "application/json", "content-encoding": encoding };
      const answer = await fetch(`${address}/echo/`, { method: "POST", headers, body: gzipSync("1") });
      assert.equal(answer.status, 415, encoding);
      assert.equal(((await answer.json()) as { code: string }).code, "unsupported_media_type");
    }
    const headers = { "content-type": "application/json", "content-encoding": "identity" };
    assert.equal((await fetch(`${address}/echo/`, { method: "POST", headers, body: "1" })).status, 200);
  });
});
