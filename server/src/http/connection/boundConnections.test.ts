import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { AppOptions } from "../appOptions.ts";
import { route } from "../route.ts";
import { RawClient } from "../testing/rawClient.ts";
import { listeningApp } from "../testing/testApp.ts";

const quick = route({
  method: "GET",
  path: "/quick/",
  permission: "public",
  summary: "Quick",
  schemas: {},
  handler: async () => "quick",
});

async function stage(t: TestContext, more: Partial<AppOptions> = {}) {
  const { port } = await listeningApp(t, [quick], { bounds: { connectionsPerAddress: 3 }, ...more });
  const status = (client: RawClient) => client.send("GET /quick/ HTTP/1.1\r\nHost: a\r\n\r\n").status();
  return { open: () => new RawClient(t, port), status };
}

test("one address has so many connections and no more, and a closed one makes room", async (t) => {
  const { open, status } = await stage(t);
  const [first, second, third] = [open(), open(), open()];
  // Whoever is answered has been counted; the third says nothing, and is counted before the fourth comes.
  assert.deepEqual([await status(first), await status(second)], [200, 200]);
  await new Promise<void>((resolve) => {
    if (third.socket.connecting) third.socket.once("connect", () => resolve());
    else resolve();
  });
  assert.equal(await status(open()), 0);
  first.socket.destroy();
  await first.ended;
  while ((await status(open())) !== 200) await new Promise((resolve) => setImmediate(resolve));
});

for (const trustProxy of [["127.0.0.0/8"], ["127.0.0.1"], 1] as const) {
  test(`a trusted proxy (${trustProxy}) has as many as it needs`, async (t) => {
    const { open, status } = await stage(t, { trustProxy });
    for (let n = 0; n < 6; n++) assert.equal(await status(open()), 200);
  });
}
