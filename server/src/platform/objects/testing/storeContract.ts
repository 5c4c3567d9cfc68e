import assert from "node:assert/strict";
import { test } from "node:test";
import { ObjectExistsError, ObjectMissingError } from "../errors.ts";
import type { ObjectStore } from "../types.ts";
import { inPieces, readAll } from "./memoryObjects.ts";

const hello = new TextEncoder().encode("hello, magnetometer");

/** What every store must do, declared as tests of the one that `openStore` gives. */
export function declareStoreContract(name: string, openStore: () => Promise<ObjectStore>): void {
  test(`${name}: what was put is read back, whole and in ranges`, async () => {
    const store = await openStore();
    assert.deepEqual(await store.put("a/b.bin", inPieces(hello, 3)), { size: hello.byteLength });
    const reader = await store.open("a/b.bin");
    assert.equal(reader.size, hello.byteLength);
    assert.deepEqual(await reader.read(0, hello.byteLength), hello);
    assert.deepEqual(await reader.read(7, 6), hello.slice(7, 13));
    assert.deepEqual(await reader.read(hello.byteLength, 0), new Uint8Array());
    assert.deepEqual(await readAll(reader.stream()), hello);
    assert.deepEqual(await readAll(reader.stream(2, 5)), hello.slice(2, 5));
    await assert.rejects(reader.read(0, hello.byteLength + 1), RangeError);
    await assert.rejects(reader.read(-1, 1), RangeError);
    await assert.rejects(reader.read(0.5, 1), RangeError);
    await reader.close();
  });

  test(`${name}: an empty object is an object`, async () => {
    const store = await openStore();
    assert.deepEqual(await store.put("empty", inPieces(new Uint8Array(), 1)), { size: 0 });
    const reader = await store.open("empty");
    assert.equal(reader.size, 0);
    assert.deepEqual(await readAll(reader.stream()), new Uint8Array());
    await reader.close();
    assert.equal(await store.exists("empty"), true);
  });

  test(`${name}: a key that is taken is never written again`, async () => {
    const store = await openStore();
    await store.put("key", inPieces(hello, 100));
    await assert.rejects(store.put("key", inPieces(hello.slice(0, 5), 100)), ObjectExistsError);
    await isHello(store, "key");

    const first = await store.createWriter("race");
    // A store may refuse the second writer at once, or when it would become visible.
    const second = await store.createWriter("race").catch((error: unknown) => error as Error);
    await first.write(hello);
    await first.close();
    if (second instanceof Error) assert.ok(second instanceof ObjectExistsError);
    else await assert.rejects(second.close(), ObjectExistsError);
    await isHello(store, "race");
  });

  test(`${name}: a key is free again once its object was deleted or given up`, async () => {
    const store = await openStore();
    await store.put("key", inPieces(hello.slice(0, 5), 100));
    await store.delete("key");
    await store.put("key", inPieces(hello, 100));
    await isHello(store, "key");
    await (await store.createWriter("given/up")).abort();
    await store.put("given/up", inPieces(hello, 100));
    await isHello(store, "given/up");
  });

  test(`${name}: nothing is visible before close, and nothing stays after abort or a failing source`, async () => {
    const store = await openStore();
    const writer = await store.createWriter("late");
    await writer.write(hello);
    assert.equal(await store.exists("late"), false);
    assert.deepEqual(await Array.fromAsync(store.list("")), []);
    await writer.close();
    assert.equal(await store.exists("late"), true);

    const given = await store.createWriter("never");
    await given.write(hello);
    await given.abort();
    await given.abort();
    await assert.rejects(store.put("broken", failingAfter(hello)), /the source broke/);
    assert.deepEqual(await keysOf(store, ""), ["late"]);
  });

  test(`${name}: a missing object is told apart from every other failure`, async () => {
    const store = await openStore();
    await store.put("there", inPieces(hello, 100));
    await assert.rejects(store.open("nothing"), ObjectMissingError);
    await assert.rejects(store.open("there/below"), ObjectMissingError);
    assert.equal(await store.exists("nothing"), false);
    await store.delete("nothing");
  });

  test(`${name}: listing and deleting follow whole segments, in order of key`, async () => {
    const store = await openStore();
    const keys = ["d/1/a", "d/1/b/c", "d/1-x", "d/12/a", "d/1.y", "e"];
    for (const key of keys) await store.put(key, inPieces(hello, 100));
    assert.deepEqual(await keysOf(store, ""), [...keys].sort());
    assert.deepEqual(await keysOf(store, "d/1/"), ["d/1/a", "d/1/b/c"]);
    for await (const entry of store.list("")) assert.equal(entry.size, hello.byteLength);
    assert.deepEqual(await store.deletePrefix("d/1/"), { deleted: 2 });
    assert.deepEqual(await keysOf(store, ""), ["d/1-x", "d/1.y", "d/12/a", "e"]);
    await store.delete("e");
    assert.deepEqual(await keysOf(store, "e/"), []);
    assert.equal(await store.exists("e"), false);
  });

  test(`${name}: keys that could leave the store or meet another key are refused`, async () => {
    const store = await openStore();
    const bad = [
      "",
      "/a",
      "a/",
      "a//b",
      "..",
      "a/../b",
      ".hidden",
      "a/.b",
      "A",
      "a b",
      "a\\b",
      "a\0",
      "ä",
      "a".repeat(513),
    ];
    for (const key of bad) {
      await assert.rejects(async () => store.put(key, inPieces(hello, 9)), RangeError, key);
      await assert.rejects(async () => store.open(key), RangeError, key);
      await assert.rejects(async () => store.delete(key), RangeError, key);
      await assert.rejects(async () => store.exists(key), RangeError, key);
    }
    await assert.rejects(store.deletePrefix(""), RangeError);
    await assert.rejects(store.deletePrefix("d/1"), RangeError);
    await assert.rejects(keysOf(store, "../"), RangeError);
  });

  test(`${name}: what is deleted is gone at once, and an open reader gets what it was or nothing`, async () => {
    const store = await openStore();
    await store.put("gone/soon", inPieces(hello, 100));
    const reader = await store.open("gone/soon");
    await store.deletePrefix("gone/");
    assert.equal(await store.exists("gone/soon"), false);
    await assert.rejects(store.open("gone/soon"), ObjectMissingError);
    assert.deepEqual(await Array.fromAsync(store.list("gone/")), []);
    const read = await readAll(reader.stream()).catch((error: unknown) => error);
    if (read instanceof Uint8Array) assert.deepEqual(read, hello);
    else assert.ok(read instanceof ObjectMissingError);
    await reader.close();
  });

  test(`${name}: streams of one reader run beside one another, and may be left at any point`, async () => {
    const store = await openStore();
    const bytes = Uint8Array.from({ length: 3_000_001 }, (_, index) => (index * 31) ^ (index >> 8));
    await store.put("large", inPieces(bytes, 70_001));
    const reader = await store.open("large");
    for await (const piece of reader.stream(1_000)) {
      assert.ok(piece.byteLength > 0 && piece.byteLength <= 1 << 20);
      break;
    }
    const [whole, part] = await Promise.all([
      readAll(reader.stream()),
      readAll(reader.stream(65_535, 2_999_999)),
    ]);
    assert.ok(Buffer.from(bytes).equals(whole));
    assert.ok(Buffer.from(bytes.subarray(65_535, 2_999_999)).equals(part));
    assert.deepEqual(await readAll(reader.stream(5, 5)), new Uint8Array());
    await assert.rejects(readAll(reader.stream(0, bytes.byteLength + 1)), RangeError);
    await reader.close();
  });
}

async function isHello(store: ObjectStore, key: string): Promise<void> {
  const reader = await store.open(key);
  assert.deepEqual(await readAll(reader.stream()), hello);
  await reader.close();
}

async function* failingAfter(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
  throw new Error("the source broke");
}

async function keysOf(store: ObjectStore, prefix: string): Promise<string[]> {
  return (await Array.fromAsync(store.list(prefix))).map((entry) => entry.key);
}
