import assert from "node:assert/strict";
import { describe, test } from "node:test";
import Type from "typebox";
import { route } from "../route.ts";
import { RawClient } from "../testing/rawClient.ts";
import { listeningApp } from "../testing/testApp.ts";

const BROKEN = "what/is this\r\n\r\n";
const GET = "GET /quick/ HTTP/1.1\r\nHost: a\r\n\r\n";

const quick = route({
  method: "GET",
  path: "/quick/",
  permission: "public",
  summary: "Quick",
  schemas: {},
  handler: async () => ({ quick: true }),
});

/** How many answers came, and what the last of them said. */
function answersIn({ received }: RawClient): { statuses: number[]; last: string } {
  const parts = received.split(/(?=HTTP\/1\.1 \d{3} )/);
  return { statuses: parts.map((part) => Number(part.split(" ")[1])), last: parts.at(-1) ?? "" };
}

describe("what is no request of HTTP", () => {
  test("is refused in words on a connection that has been used before", async (t) => {
    const { port } = await listeningApp(t, [quick]);
    const client = new RawClient(t, port).send(GET);
    assert.equal(await client.status(), 200);
    client.send(BROKEN);
    await client.ended;
    const { statuses, last } = answersIn(client);
    assert.deepEqual(statuses, [200, 400]);
    assert.match(last, /"code":"bad_request"/);
    assert.match(last, /^Content-Security-Policy: default-src 'none'/m);
    assert.match(last, /^X-Content-Type-Options: nosniff\r$/m);
  });

  test("is not what the request before it is answered with", async (t) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow = route({ ...quick, path: "/slow/", permission: "public", handler: () => promise });
    const { port } = await listeningApp(t, [slow]);
    const client = new RawClient(t, port).send(`${GET.replace("quick", "slow")}${BROKEN}`);
    await client.ended;
    resolve();
    assert.equal(client.received, "");
  });

  test("is refused without a body where it asks for a header alone", async (t) => {
    const { port } = await listeningApp(t, [quick]);
    const client = new RawClient(t, port).send(`HEAD /${"x".repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`);
    assert.equal(await client.status(), 431);
    await client.ended;
    assert.match(client.received, /\r\n\r\n$/);
    assert.doesNotMatch(client.received, /headers_too_large/);
  });

  test("is refused in words when it is a body that breaks off its own form", async (t) => {
    const { port } = await listeningApp(t, [
      route({
        ...quick,
        method: "POST",
        permission: "public",
        schemas: { body: Type.Unknown() },
        handler: async () => "done",
      }),
    ]);
    const head =
      "POST /quick/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    const client = new RawClient(t, port).send(`${head}zz\r\n{}\r\n0\r\n\r\n`);
    await client.ended;
    const { statuses } = answersIn(client);
    assert.deepEqual(statuses, [400]);
  });
});
