import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { route } from "../route.ts";
import { listeningApp } from "../testing/testApp.ts";
import { addressGroup, clientAddress, parseTrustProxy, type TrustProxy } from "./trustProxy.ts";

const whoAsks = route({
  method: "GET",
  path: "/who/",
  permission: "public",
  summary: "Who asks",
  schemas: {},
  handler: async ({ raw }) => clientAddress(raw),
});

async function addressSeen(
  t: TestContext,
  trustProxy: TrustProxy,
  forwarded: string | null,
): Promise<string> {
  const { address } = await listeningApp(t, [whoAsks], { trustProxy });
  const headers: Record<string, string> = forwarded === null ? {} : { "x-forwarded-for": forwarded };
  return (await fetch(`${address}/who/`, { headers })).text();
}

describe("the address of a client", () => {
  const forged = [
    "203.0.113.9",
    "203.0.113.9, 127.0.0.1",
    "127.0.0.1, 203.0.113.9",
    "::1",
    "::ffff:127.0.0.1, 203.0.113.9",
    ",,203.0.113.9",
    "203.0.113.9:80",
    "unknown, 203.0.113.9",
  ];
  test("is that of the connection, whatever it forges, while no proxy is trusted", async (t) => {
    for (const header of forged) assert.equal(await addressSeen(t, [], header), "127.0.0.1", header);
  });

  test("is that of the connection where the trusted proxy is another machine", async (t) => {
    for (const header of forged)
      assert.equal(await addressSeen(t, ["10.0.0.1"], header), "127.0.0.1", header);
  });

  test("is what the trusted proxy appended, not what the client sent before it", async (t) => {
    for (const trust of [1, ["127.0.0.1"], ["127.0.0.0/8"]]) {
      assert.equal(await addressSeen(t, trust, "198.51.100.7"), "198.51.100.7");
      assert.equal(await addressSeen(t, trust, "203.0.113.9, 198.51.100.7"), "198.51.100.7");
      assert.equal(await addressSeen(t, trust, "10.0.0.1, 192.168.0.1, 198.51.100.7"), "198.51.100.7");
      assert.equal(await addressSeen(t, trust, null), "127.0.0.1");
    }
  });

  test("behind two proxies is what the outer one appended", async (t) => {
    assert.equal(await addressSeen(t, 2, "203.0.113.9, 198.51.100.7, 10.0.0.5"), "198.51.100.7");
    assert.equal(
      await addressSeen(t, ["127.0.0.1", "10.0.0.0/8"], "203.0.113.9, 198.51.100.7, 10.0.0.5"),
      "198.51.100.7",
    );
  });

  test("is an address also where the proxy wrote a port, brackets or nonsense", async (t) => {
    assert.equal(await addressSeen(t, 1, "198.51.100.7:4711"), "198.51.100.7");
    assert.equal(await addressSeen(t, 1, "[2001:db8::1]:4711"), "2001:db8::1");
    assert.equal(await addressSeen(t, 1, "::ffff:198.51.100.7"), "198.51.100.7");
    assert.equal(await addressSeen(t, 1, "ip=1 event=forged"), "127.0.0.1");
  });
});

test("TRUST_PROXY is a number of hops or a list of addresses and ranges", () => {
  assert.deepEqual(parseTrustProxy(""), []);
  assert.equal(parseTrustProxy("2"), 2);
  assert.deepEqual(parseTrustProxy("10.0.0.1, 10.1.0.0/16,::1,fd00::/8"), [
    "10.0.0.1",
    "10.1.0.0/16",
    "::1",
    "fd00::/8",
  ]);
  for (const wrong of [
    "true",
    "*",
    "10.0.0.0/0",
    "10.0.0.1/33",
    "::1/129",
    "proxy.example",
    "10.0.0.1,",
    "-1",
    "1/2/3",
  ]) {
    assert.equal(parseTrustProxy(wrong), null, wrong);
  }
});

test("addresses that one customer is given are one group", () => {
  assert.equal(addressGroup("203.0.113.9"), "203.0.113.9");
  assert.equal(addressGroup("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  assert.equal(addressGroup("2001:0db8:0001:0002:ffff::"), "2001:db8:1:2::/64");
  assert.equal(addressGroup("2001:db8::1"), "2001:db8:0:0::/64");
  assert.notEqual(addressGroup("2001:db8:1:2::1"), addressGroup("2001:db8:1:3::1"));
  assert.equal(addressGroup("::1"), "0:0:0:0::/64");
  assert.equal(addressGroup("fe80::1%eth0"), "fe80:0:0:0::/64");
});
