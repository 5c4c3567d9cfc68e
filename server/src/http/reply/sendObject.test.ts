import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { ObjectReader } from "../../platform/objects/types.ts";
import { route } from "../route.ts";
import { RawClient } from "../testing/rawClient.ts";
import { listeningApp } from "../testing/testApp.ts";
import { sendObject } from "./sendObject.ts";

const SIZE = 64 * 1024 * 1024;

/** A route that sends a file, and what is known of that. */
async function stage(t: TestContext, before: (closed: Promise<unknown>) => Promise<unknown>) {
  const closed = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const read = { bytes: 0 };
  const reader: ObjectReader = {
    size: SIZE,
    read: async (_start, length) => new Uint8Array(length),
    async *stream() {
      for (; read.bytes < SIZE; read.bytes += 65_536) yield new Uint8Array(65_536);
    },
    close: async () => closed.resolve(),
  };
  const file = route({
    method: "GET",
    path: "/file/",
    permission: "public",
    summary: "A file",
    schemas: {},
    handler: async ({ raw, reply }) => {
      const left = new Promise((resolve) => raw.raw.socket.once("close", resolve));
      begun.resolve();
      await before(left);
      return sendObject(reply, reader, "a.bin");
    },
  });
  const { port } = await listeningApp(t, [file]);
  const ask = (method: string) =>
    new RawClient(t, port).send(`${method} /file/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  return { ask, begun: begun.promise, closed: closed.promise, read };
}

test("a file is closed when it has been sent", async (t) => {
  const { ask, closed, read } = await stage(t, async () => undefined);
  const client = ask("GET");
  await Promise.all([closed, client.ended]);
  assert.equal(read.bytes, SIZE);
  assert.match(client.received, /^content-length: 67108864\r$/im);
});

test("a file is closed when its client leaves in between", async (t) => {
  const { ask, closed, read } = await stage(t, async () => undefined);
  const client = ask("GET");
  await client.status();
  client.socket.destroy();
  await closed;
  assert.ok(read.bytes < SIZE);
});

test("a file is closed when its client has left before it is sent", async (t) => {
  const { ask, begun, closed, read } = await stage(t, (left) => left);
  const client = ask("GET");
  await begun;
  client.socket.destroy();
  await closed;
  assert.equal(read.bytes, 0);
});

test("of a file that is asked for by HEAD nothing is read, and it is closed", async (t) => {
  const { ask, closed, read } = await stage(t, async () => undefined);
  const client = ask("HEAD");
  await Promise.all([closed, client.ended]);
  assert.equal(read.bytes, 0);
  assert.match(client.received, /^HTTP\/1\.1 200 /);
  assert.match(client.received, /^content-length: 67108864\r$/im);
});
