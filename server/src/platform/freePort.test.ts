import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { test } from "node:test";
import { freePort, OWN_PORTS } from "./freePort.ts";

const LINUX_RANGE = "/proc/sys/net/ipv4/ip_local_port_range";

async function occupy(port: number): Promise<AsyncDisposable> {
  const server = createServer().listen(port, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return { [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}

test("a wished port is taken when it is free, and another one when it is not", async () => {
  const wished = await freePort();
  assert.equal(await freePort(wished), wished);
  await using _taken = await occupy(wished);
  const other = await freePort(wished);
  assert.notEqual(other, wished);
  assert.ok(other >= OWN_PORTS.from && other < OWN_PORTS.to, String(other));
});

test("a port found is none that an outgoing connection may be given before we use it", async (t) => {
  if (!existsSync(LINUX_RANGE)) return t.skip("only Linux tells its range of outgoing ports");
  const [lowest] = readFileSync(LINUX_RANGE, "utf8").trim().split(/\s+/).map(Number);
  if (lowest === undefined || lowest < OWN_PORTS.to) {
    return t.skip("this machine lends out lower ports than Linux does by itself");
  }
  for (let round = 0; round < 20; round++) assert.ok((await freePort()) < lowest);
});
