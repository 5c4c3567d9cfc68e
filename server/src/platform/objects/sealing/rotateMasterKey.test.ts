import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { ObjectDamagedError } from "../errors.ts";
import { testKeyring } from "../testing/keyring.ts";
import { inPieces, MemoryObjects, readAll } from "../testing/memoryObjects.ts";
import { MemoryRows } from "../testing/memoryRows.ts";
import type { Keyring } from "./masterKey.ts";
import { proveMasterKeys } from "./masterKeyMarks.ts";
import { rotateMasterKey } from "./rotateMasterKey.ts";
import { encodeHeader, headerBytes } from "./sealedHeader.ts";
import { SealedObjects } from "./sealedObjects.ts";
import { noncePrefixBytes, segmentBytes } from "./sealedSegments.ts";
import { SealedWriter } from "./sealedWriter.ts";

/** Made by the version before objects had rows, with a key of the bytes "k1". */
const yesterday = Buffer.from(
  "TVRTRUFMRUQBAmsxAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA5I8nO/wzGwAAAAAAAADDZ2sG6liCKraVmz/T0wGwJpZzC//0FPI6YjU73i09rjDiP3VlI/Ox1gfeCrNCNDuM8KJ5GEklxKHui9EAAAAAAAAAAAAAAACbuX/3W6v8fk4FBYX+DWnx9elGhH2lMgpxn46CR6kYJRWq17vsyULWlh43GgLZ3tQxlDd4",
  "base64",
);
const yesterdaysKey = "datasets/1/yesterday";
const yesterdaysText = "sealed before keys were kept in rows";

/** As the version before wrote them. */
async function putWithHeader(
  inner: MemoryObjects,
  key: string,
  plain: Uint8Array,
  keyring: Keyring,
): Promise<void> {
  const dataKey = { dataKey: randomBytes(32), noncePrefix: randomBytes(noncePrefixBytes) };
  const file = await inner.createWriter(key);
  await file.write(encodeHeader(key, dataKey, keyring.current));
  const writer = new SealedWriter(file, key, dataKey);
  await writer.write(plain);
  await writer.close();
}

async function read(objects: SealedObjects, key: string): Promise<Uint8Array> {
  const reader = await objects.open(key);
  const bytes = await readAll(reader.stream());
  assert.equal(reader.size, bytes.byteLength);
  await reader.close();
  return bytes;
}

test("an object sealed yesterday opens today, and is not opened once a byte of it has changed", async () => {
  const inner = new MemoryObjects();
  const objects = new SealedObjects({ inner, rows: new MemoryRows(), keyring: testKeyring("k1") });
  inner.bytesByKey.set(yesterdaysKey, Uint8Array.from(yesterday));
  assert.equal(Buffer.from(await read(objects, yesterdaysKey)).toString(), yesterdaysText);
  const [entry] = await Array.fromAsync(objects.list(""));
  assert.equal(entry?.size, yesterdaysText.length);
  for (let at = 0; at < yesterday.byteLength; at += 1) {
    const damaged = Uint8Array.from(yesterday, (byte, index) => (index === at ? byte ^ 1 : byte));
    inner.bytesByKey.set(yesterdaysKey, damaged);
    await assert.rejects(read(objects, yesterdaysKey), ObjectDamagedError, `byte ${at}`);
  }
});

test("after a rotation nothing needs the older key, whether its key lay in a row or in its header", async () => {
  const inner = new MemoryObjects();
  const rows = new MemoryRows();
  const old = { inner, rows, keyring: testKeyring("k1") };
  const contents = new Map<string, Uint8Array>();
  for (const key of ["a", "b/c", "b/d"]) {
    contents.set(key, randomBytes(2 * segmentBytes + 9));
    await new SealedObjects(old).put(key, inPieces(contents.get(key)!, 100_000));
  }
  contents.set("old/large", randomBytes(3 * segmentBytes));
  await putWithHeader(inner, "old/large", contents.get("old/large")!, old.keyring);
  inner.bytesByKey.set(yesterdaysKey, Uint8Array.from(yesterday));
  contents.set(yesterdaysKey, Buffer.from(yesterdaysText));
  const before = new Map(inner.bytesByKey);

  const both = { inner, rows, keyring: testKeyring("k2", "k1") };
  const opened = await new SealedObjects(both).open("a");
  assert.equal(await rotateMasterKey(both), 5);
  assert.equal(await rotateMasterKey(both), 0);
  assert.deepEqual(inner.bytesByKey, before, "rows alone were touched");
  assert.ok(Buffer.from(contents.get("a")!).equals(await readAll(opened.stream())), "an open reader goes on");

  const now = new SealedObjects({ inner, rows, keyring: testKeyring("k2") });
  for (const [key, content] of contents) assert.ok(Buffer.from(content).equals(await read(now, key)), key);
  const then = new SealedObjects({ inner, rows, keyring: testKeyring("k1") });
  const failure = await then.open("a").catch((error: unknown) => error);
  assert.ok(failure instanceof ObjectDamagedError);
  assert.equal(failure.reason, "unknown_master_key");

  const again = { inner, rows, keyring: testKeyring("k3", "k2") };
  assert.equal(await rotateMasterKey(again), 5, "those with a header have a row by now");
  const last = new SealedObjects({ inner, rows, keyring: testKeyring("k3") });
  for (const [key, content] of contents) assert.ok(Buffer.from(content).equals(await read(last, key)), key);
});

test("a rotation removes the marks of older keys, and leaves headers of the current one where they are", async () => {
  const inner = new MemoryObjects();
  const rows = new MemoryRows();
  const keyText = (...ids: string[]) =>
    ids.map((id) => `${id}:${Buffer.alloc(32, id).toString("base64")}`).join();
  await proveMasterKeys(inner, { keyText: keyText("k1"), keyFile: "" });
  const keyring = await proveMasterKeys(inner, { keyText: keyText("k2", "k1"), keyFile: "" });
  await putWithHeader(inner, "of/k2", randomBytes(10), keyring);
  assert.equal(inner.bytesByKey.get("of/k2")?.byteLength, headerBytes + 10 + 16);
  assert.equal(await rotateMasterKey({ inner, rows, keyring }), 0);
  assert.deepEqual([...inner.bytesByKey.keys()].sort(), ["master_keys/k2", "of/k2"]);
  assert.equal(rows.byKey.size, 0);
});

test("a damaged header stops a rotation before the older key is given up", async () => {
  const inner = new MemoryObjects();
  const keyText = (...ids: string[]) =>
    ids.map((id) => `${id}:${Buffer.alloc(32, id).toString("base64")}`).join();
  await proveMasterKeys(inner, { keyText: keyText("k1"), keyFile: "" });
  const keyring = await proveMasterKeys(inner, { keyText: keyText("k2", "k1"), keyFile: "" });
  await putWithHeader(inner, "damaged", randomBytes(10), testKeyring("k1"));
  inner.bytesByKey.get("damaged")![70]! ^= 1;
  await assert.rejects(rotateMasterKey({ inner, rows: new MemoryRows(), keyring }), ObjectDamagedError);
  assert.ok(inner.bytesByKey.has("master_keys/k1"));
});

test("a key that cannot be opened stays as it is, is named, and keeps no other from being wrapped", async () => {
  const inner = new MemoryObjects();
  const rows = new MemoryRows();
  const old = new SealedObjects({ inner, rows, keyring: testKeyring("k1") });
  for (const key of ["a", "b", "c"]) await old.put(key, inPieces(randomBytes(10), 10));
  const broken = rows.byKey.get("b")!;
  rows.byKey.set("b", { ...broken, wrappedKey: Buffer.alloc(60) });
  const both = { inner, rows, keyring: testKeyring("k2", "k1") };
  const named: string[] = [];
  const rotating = rotateMasterKey(both, { onUnreadable: ({ key }) => named.push(key) });
  await assert.rejects(rotating, { reason: "key_altered" });
  assert.deepEqual(named, ["b"]);
  assert.deepEqual(
    [...rows.byKey.values()].map(({ masterKeyId }) => masterKeyId),
    ["k2", "k1", "k2"],
  );
});
