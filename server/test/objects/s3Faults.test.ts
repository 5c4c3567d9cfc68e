import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../src/errors.ts";
import { freePort } from "../../src/platform/freePort.ts";
import {
  ObjectExistsError,
  ObjectMissingError,
  ObjectStoreError,
} from "../../src/platform/objects/errors.ts";
import { connectS3 } from "../../src/platform/objects/s3/s3Calls.ts";
import { openS3Objects, S3Objects } from "../../src/platform/objects/s3/s3Objects.ts";
import type { S3Settings } from "../../src/platform/objects/s3/s3Settings.ts";
import { inPieces, readAll } from "../../src/platform/objects/testing/memoryObjects.ts";
import type { ObjectStore } from "../../src/platform/objects/types.ts";
import { type CephServer, skipCeph, startCephServer } from "../support/cephServer.ts";
import { type Fate, type S3Proxy, startS3Proxy } from "../support/s3Proxy.ts";

/** Soon given up, and yet longer than a store on a busy machine takes for an answer or stands still in one. */
const short = { attemptMs: 20_000, retryForMs: 5_000, idleMs: 1_000 };
const MIB = 1 << 20;

function someBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 1) bytes[at] = (at * 31) ^ (at >> 8);
  return bytes;
}

/** A fate for each matching request in turn; the rest pass. */
function inTurn(pattern: RegExp, fates: Fate[]): (what: string) => Fate {
  return (what) => (pattern.test(what) ? (fates.shift() ?? "pass") : "pass");
}

describe("S3 that fails", { skip: skipCeph }, () => {
  let ceph: CephServer;
  let proxy: S3Proxy;
  let settings: S3Settings;
  let store: ObjectStore;
  before(async () => {
    ceph = await startCephServer();
    proxy = await startS3Proxy(ceph.port);
    await ceph.makeBucket("faults");
    settings = { ...ceph.settings("faults"), endpoint: proxy.endpoint, prefix: "some/where/" };
    store = await openS3Objects(settings, short);
  });
  after(async () => {
    await proxy.stop();
    await ceph.stop();
  });
  beforeEach(() => {
    proxy.decide = () => "pass";
    proxy.requests.length = 0;
    proxy.forwardedBytes = 0;
  });

  async function unfinishedUploads(): Promise<number> {
    const { sdk, client } = await connectS3(ceph.settings("faults"));
    const list = new sdk.ListMultipartUploadsCommand({ Bucket: "faults" });
    return (await client.send(list)).Uploads?.length ?? 0;
  }

  test("SlowDown and broken connections are tried again", async () => {
    proxy.decide = inTurn(/./, ["slow down", { cutAfter: 0 }, "slow down"]);
    await store.put("slow", inPieces(someBytes(1_000), 100));
    proxy.decide = inTurn(/./, ["slow down", "slow down"]);
    const reader = await store.open("slow");
    assert.deepEqual(await reader.read(10, 20), someBytes(1_000).slice(10, 30));
    proxy.decide = inTurn(/GET/, ["slow down"]);
    assert.equal((await Array.fromAsync(store.list(""))).length, 1);
    proxy.decide = inTurn(/DELETE/, ["lose the answer", "slow down"]);
    await store.delete("slow");
    assert.equal(await store.exists("slow"), false);
  });

  test("what goes on failing is given up in time, as a dependency that is not available", async () => {
    proxy.decide = () => "slow down";
    const begun = performance.now();
    await assert.rejects(store.put("never", inPieces(someBytes(10), 10)), (error) => {
      assert.ok(error instanceof ObjectStoreError);
      return error.code === "dependency_unavailable" && /did not answer/.test(error.message);
    });
    assert.ok(performance.now() - begun < 30_000);
    const unreachable = { ...settings, endpoint: `http://127.0.0.1:${await freePort()}` };
    await assert.rejects(openS3Objects(unreachable, { ...short, retryForMs: 200 }), {
      code: "dependency_unavailable",
      message: /S3_ENDPOINT/,
    });
  });

  test("a range goes on after each cut, and after an answer that stands still, where it ended", async () => {
    const bytes = someBytes(3 * MIB);
    await store.put("cut", inPieces(bytes, 65_536));
    const reader = await store.open("cut");
    const sent: number[] = [];
    // On a busy machine a cut takes along what has arrived and was not yet read: so not each time, but once at least.
    while (sent.length < 3 && !sent.some((count) => count < bytes.byteLength + 65_536)) {
      proxy.requests.length = 0;
      proxy.forwardedBytes = 0;
      proxy.decide = inTurn(/GET/, [
        { cutAfter: 100_000 },
        { freezeAfter: 1 },
        { cutAfter: 0 },
        { cutAfter: 500_001 },
      ]);
      assert.ok(Buffer.from(bytes).equals(await readAll(reader.stream())));
      assert.equal(proxy.requests.length, 5);
      sent.push(proxy.forwardedBytes);
    }
    assert.ok(Math.min(...sent) < bytes.byteLength + 65_536, `nothing is sent twice: ${sent}`);
    proxy.decide = () => ({ cutAfter: 0 });
    await assert.rejects(reader.read(0, 10), { code: "dependency_unavailable" });
  });

  test("one request gives a range, only as fast as it is taken, for as long as that takes", async () => {
    const bytes = someBytes(48 * MIB);
    await store.put("large", inPieces(bytes, MIB));
    const reader = await store.open("large");
    proxy.requests.length = 0;
    proxy.forwardedBytes = 0;
    const pieces = reader.stream()[Symbol.asyncIterator]();
    let at = (await pieces.next()).value.byteLength;
    await sleep(2 * short.idleMs);
    assert.ok(proxy.forwardedBytes < bytes.byteLength / 2, `${proxy.forwardedBytes} bytes came unasked`);
    for (let next = await pieces.next(); !next.done; next = await pieces.next()) {
      assert.ok(next.value.byteLength <= MIB);
      assert.ok(Buffer.from(next.value).equals(bytes.subarray(at, at + next.value.byteLength)));
      at += next.value.byteLength;
    }
    assert.equal(at, bytes.byteLength);
    assert.equal(proxy.requests.length, 1);
  });

  test("a write whose answer is lost is done once and succeeds; another's is not overwritten", async () => {
    for (const length of [1_000, 9 * MIB]) {
      const key = `lost/${length}`;
      proxy.decide = inTurn(length < MIB ? /^PUT/ : /^POST .*uploadId/, [
        "lose the answer",
        "lose the answer",
      ]);
      await store.put(key, inPieces(someBytes(length), 65_536));
      assert.ok(Buffer.from(someBytes(length)).equals(await readAll((await store.open(key)).stream())));
      await assert.rejects(store.put(key, inPieces(someBytes(length), MIB)), ObjectExistsError);
      // Ours is not there, somebody else's is: the first answer is lost and the key taken meanwhile.
      const late = await store.createWriter(`${key}-late`);
      await late.write(someBytes(length));
      await store.put(`${key}-late`, inPieces(someBytes(5), 5));
      await assert.rejects(late.close(), ObjectExistsError);
      assert.equal((await store.open(`${key}-late`)).size, 5);
    }
    assert.equal(await unfinishedUploads(), 0);
  });

  test("a large object given up, or refused at its end, leaves no unfinished upload", async () => {
    const writer = await store.createWriter("given-up");
    await writer.write(someBytes(20 * MIB));
    assert.equal(await unfinishedUploads(), 1);
    await writer.abort();
    assert.equal(await unfinishedUploads(), 0);
    async function* failing() {
      yield someBytes(20 * MIB);
      throw new Error("the source broke");
    }
    await assert.rejects(store.put("given-up", failing()), /the source broke/);
    proxy.decide = (what) => (/^POST .*uploadId/.test(what) ? "slow down" : "pass");
    await assert.rejects(store.put("given-up", inPieces(someBytes(9 * MIB), MIB)), {
      code: "dependency_unavailable",
    });
    proxy.decide = (what) => (/partNumber=2/.test(what) ? "slow down" : "pass");
    await assert.rejects(store.put("given-up", inPieces(someBytes(30 * MIB), MIB)), {
      code: "dependency_unavailable",
    });
    assert.equal(await unfinishedUploads(), 0);
    assert.equal(await store.exists("given-up"), false);
  });

  test("more objects than one request lists or deletes are listed in order and deleted", async () => {
    const keys = Array.from({ length: 1_050 }, (_, index) => `many/${String(index).padStart(5, "0")}`);
    for (let at = 0; at < keys.length; at += 25) {
      await Promise.all(keys.slice(at, at + 25).map((key) => store.put(key, inPieces(someBytes(1), 1))));
    }
    const listed = await Array.fromAsync(store.list("many/"), ({ key }) => key);
    assert.deepEqual(listed, keys);
    proxy.requests.length = 0;
    assert.deepEqual(await store.deletePrefix("many/"), { deleted: 1_050 });
    assert.equal(proxy.requests.length, 4);
    assert.deepEqual(await Array.fromAsync(store.list("many/")), []);
  });

  test("an object that was replaced is not read as the one that was opened", async () => {
    const first = someBytes(MIB);
    await store.put("replaced", inPieces(first, MIB));
    const reader = await store.open("replaced");
    await store.delete("replaced");
    await store.put(
      "replaced",
      inPieces(
        first.map((byte) => byte + 1),
        MIB,
      ),
    );
    await assert.rejects(reader.read(0, 10), ObjectMissingError);
  });

  test("wrong keys and no bucket refuse the start in words; later they are no missing object", async () => {
    for (const wrong of [{ secretAccessKey: "wrong-secret" }, { accessKeyId: "nobody" }]) {
      await assert.rejects(openS3Objects({ ...settings, ...wrong }, short), (error) => {
        assert.ok(error instanceof AppError);
        assert.doesNotMatch(error.message, /wrong-secret|nobody|127\.0/);
        return error.code === "invalid_config" && /refuses the access key/.test(error.message);
      });
    }
    await assert.rejects(openS3Objects({ ...settings, bucket: "no-such-bucket" }, short), {
      code: "invalid_config",
      message: /no such bucket/,
    });
    await ceph.makeBucket("vanishing");
    const calls = await connectS3(ceph.settings("vanishing"), short);
    const vanishing = new S3Objects(calls);
    await calls.client.send(new calls.sdk.DeleteBucketCommand({ Bucket: "vanishing" }));
    const isGone = { code: "dependency_unavailable", message: /no such bucket/ };
    await assert.rejects(vanishing.exists("a"), isGone);
    await assert.rejects(vanishing.open("a"), isGone);
    await assert.rejects(vanishing.put("a", inPieces(someBytes(5), 5)), isGone);
    await assert.rejects(vanishing.put("a", inPieces(someBytes(9 * MIB), MIB)), isGone);
    await assert.rejects(vanishing.delete("a"), isGone);
    await assert.rejects(vanishing.deletePrefix("a/"), isGone);
    const refused = new S3Objects(await connectS3({ ...settings, secretAccessKey: "wrong" }, short));
    await assert.rejects(refused.open("a"), {
      code: "dependency_unavailable",
      message: /refuses the access key/,
    });
    await assert.rejects(refused.exists("a"), { code: "dependency_unavailable" });
  });
});
