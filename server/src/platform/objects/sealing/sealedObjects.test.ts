import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { ObjectDamagedError, ObjectExistsError, ObjectMissingError } from "../errors.ts";
import { HostileObjects } from "../testing/hostileObjects.ts";
import { testKeyring } from "../testing/keyring.ts";
import { inPieces, MemoryObjects, readAll } from "../testing/memoryObjects.ts";
import { MemoryRows } from "../testing/memoryRows.ts";
import { declareStoreContract } from "../testing/storeContract.ts";
import { SealedObjects } from "./sealedObjects.ts";
import { plainSize, sealedSegmentBytes, sealedSize, segmentBytes } from "./sealedSegments.ts";

const over = (inner: MemoryObjects) =>
  new SealedObjects({ inner, rows: new MemoryRows(), keyring: testKeyring("k1") });

declareStoreContract("sealed objects", async () => over(new MemoryObjects()));
declareStoreContract("sealed objects over a hostile store", async () => over(new HostileObjects()));

const edges = [
  0,
  1,
  segmentBytes - 1,
  segmentBytes,
  segmentBytes + 1,
  2 * segmentBytes,
  3 * segmentBytes + 17,
];

async function sealed(key: string, plain: Uint8Array) {
  const inner = new MemoryObjects();
  const rows = new MemoryRows();
  const objects = new SealedObjects({ inner, rows, keyring: testKeyring("k1") });
  await objects.put(key, inPieces(plain, 10_007));
  return { inner, rows, objects, bytes: inner.bytesByKey.get(key)! };
}

async function readThrough(objects: SealedObjects, key: string): Promise<Uint8Array> {
  const reader = await objects.open(key);
  return readAll(reader.stream());
}

/** Damage is found on opening or on reading, in either case before a byte of it is handed out. */
async function assertDamageFound(objects: SealedObjects, key: string, message: string): Promise<void> {
  await assert.rejects(readThrough(objects, key), ObjectDamagedError, message);
}

test("objects of any size around the segment's length come back whole", async () => {
  for (const size of [...edges, 40 * segmentBytes + 5]) {
    const plain = randomBytes(size);
    const { objects, bytes } = await sealed("k", plain);
    assert.equal(bytes.byteLength, sealedSize(size, 2));
    assert.equal(plainSize(bytes.byteLength, 2), size);
    assert.deepEqual(Buffer.from(await readThrough(objects, "k")), plain);
  }
});

test("any range equals the same range of the plain bytes, however the writes were cut", async () => {
  const plain = randomBytes(7 * segmentBytes + 333);
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1000, max: 300_000 }),
      fc.array(fc.nat(plain.byteLength)),
      async (piece, cuts) => {
        const objects = over(new MemoryObjects());
        await objects.put("k", inPieces(plain, piece));
        const reader = await objects.open("k");
        for (const [index, cut] of cuts.entries()) {
          const start = Math.min(cut, cuts[index - 1] ?? 0);
          const end = Math.max(cut, cuts[index - 1] ?? 0);
          assert.ok(plain.subarray(start, end).equals(await reader.read(start, end - start)));
          assert.ok(plain.subarray(start, end).equals(await readAll(reader.stream(start, end))));
        }
      },
    ),
    { numRuns: 30 },
  );
});

test("a writer may reuse its buffer as soon as a write has resolved", async () => {
  const objects = over(new MemoryObjects());
  const writer = await objects.createWriter("k");
  const buffer = new Uint8Array(segmentBytes * 1.5);
  for (let value = 1; value <= 20; value += 1) await writer.write(buffer.fill(value));
  buffer.fill(255);
  await writer.close();
  const reader = await objects.open("k");
  for (let value = 1; value <= 20; value += 1) {
    const piece = await reader.read((value - 1) * buffer.byteLength, buffer.byteLength);
    assert.ok(piece.every((byte) => byte === value));
  }
});

test("every single-byte change of a small object is found", async () => {
  for (const size of [0, 1, 33]) {
    const { inner, objects, bytes } = await sealed("datasets/1/a", randomBytes(size));
    for (let at = 0; at < bytes.byteLength; at += 1) {
      for (const flip of [1, 0x80, 0xff]) {
        const damaged = Uint8Array.from(bytes);
        damaged[at] = damaged[at]! ^ flip;
        inner.bytesByKey.set("datasets/1/a", damaged);
        await assertDamageFound(objects, "datasets/1/a", `size ${size}, byte ${at}, flip ${flip}`);
      }
    }
  }
});

test("a single-byte change anywhere in a large object is found", async () => {
  const { inner, objects, bytes } = await sealed("k", randomBytes(5 * segmentBytes + 100));
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.byteLength - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const damaged = Uint8Array.from(bytes);
      damaged[at] = damaged[at]! ^ flip;
      inner.bytesByKey.set("k", damaged);
      await assertDamageFound(objects, "k", `byte ${at}`);
    }),
    { numRuns: 100 },
  );
});

test("truncation and extension are found when the object is opened, wherever the cut is", async () => {
  for (const size of edges) {
    const { inner, objects, bytes } = await sealed("k", randomBytes(size));
    for (const cut of [
      0,
      1,
      15,
      16,
      sealedSegmentBytes,
      2 * sealedSegmentBytes,
      bytes.byteLength - 17,
      bytes.byteLength - 1,
    ]) {
      if (cut < 0 || cut >= bytes.byteLength) continue;
      inner.bytesByKey.set("k", bytes.slice(0, cut));
      await assert.rejects(objects.open("k"), ObjectDamagedError, `size ${size} cut to ${cut}`);
    }
    for (const more of [1, 16, 17, sealedSegmentBytes]) {
      const longer = new Uint8Array(bytes.byteLength + more);
      longer.set(bytes);
      longer.set(bytes.slice(-more), bytes.byteLength);
      inner.bytesByKey.set("k", longer);
      await assert.rejects(objects.open("k"), ObjectDamagedError, `size ${size} with ${more} more`);
    }
  }
});

test("segments cannot change places, be repeated, or come from another object", async () => {
  const plain = randomBytes(4 * segmentBytes);
  const { inner, objects, bytes } = await sealed("k", plain);
  await objects.put("other", inPieces(plain, 1_000_000));
  const other = inner.bytesByKey.get("other")!;
  const segment = (from: Uint8Array, index: number) =>
    from.subarray(index * sealedSegmentBytes, (index + 1) * sealedSegmentBytes);
  const variants: [string, (target: Uint8Array) => void][] = [
    ["swapped", (target) => target.set([...segment(bytes, 1), ...segment(bytes, 0)])],
    ["repeated", (target) => segment(target, 1).set(segment(bytes, 0))],
    ["foreign", (target) => segment(target, 2).set(segment(other, 2))],
  ];
  for (const [name, damage] of variants) {
    const damaged = Uint8Array.from(bytes);
    damage(damaged);
    inner.bytesByKey.set("k", damaged);
    await assertDamageFound(objects, "k", name);
  }
  inner.bytesByKey.set("k", other);
  await assertDamageFound(objects, "k", "the whole object under another key");
});

test("a key's row opens its own object alone, and no part of it can be altered", async () => {
  const { rows, objects } = await sealed("k", randomBytes(100));
  await objects.put("other", inPieces(randomBytes(100), 100));
  const [own, other] = [rows.byKey.get("k")!, rows.byKey.get("other")!];
  const flipped = (bytes: Uint8Array) => Uint8Array.from(bytes, (byte, at) => (at === 3 ? byte ^ 1 : byte));
  const variants: [string, Partial<typeof own>][] = [
    ["another object's key", { wrappedKey: other.wrappedKey, noncePrefix: other.noncePrefix }],
    ["an altered key", { wrappedKey: flipped(own.wrappedKey) }],
    ["a short key", { wrappedKey: own.wrappedKey.slice(1) }],
    ["an altered nonce prefix", { noncePrefix: flipped(own.noncePrefix) }],
    ["the other format", { format: 1 }],
    ["another size", { size: 99 }],
    ["another master key", { masterKeyId: "k2" }],
  ];
  for (const [name, change] of variants) {
    rows.byKey.set("k", { ...own, ...change });
    await assert.rejects(objects.open("k"), ObjectDamagedError, name);
  }
  rows.byKey.set("k", own);
  await readThrough(objects, "k");
});

test("an object whose row was lost is damaged, and one whose row says it is being deleted is gone", async () => {
  const { rows, objects } = await sealed("k", randomBytes(1_000));
  const row = rows.byKey.get("k")!;
  rows.byKey.clear();
  await assertDamageFound(objects, "k", "no row");
  rows.byKey.set("k", { ...row, state: "deleting" });
  await assert.rejects(objects.open("k"), ObjectMissingError);
  assert.deepEqual(await Array.fromAsync(objects.list("")), []);
});

test("nothing is left in the rows of objects that were given up or deleted", async () => {
  const { inner, rows, objects } = await sealed("a/b", randomBytes(1_000));
  const writer = await objects.createWriter("a/c");
  assert.equal(rows.byKey.get("a/c")?.state, "writing", "the key comes before the first byte");
  await writer.abort();
  assert.deepEqual([...rows.byKey.keys()], ["a/b"]);
  inner.bytesByKey.set("a/taken", Uint8Array.of(1));
  await assert.rejects(objects.createWriter("a/taken"), ObjectExistsError);
  await objects.deletePrefix("a/");
  assert.deepEqual([...rows.byKey.keys()], []);
});

test("a run of segments is one request of the store, however long, and no faster than it is taken", async () => {
  const inner = new HostileObjects();
  const objects = over(inner);
  const plain = randomBytes(100 * segmentBytes);
  await objects.put("k", inPieces(plain, 1_000_000));
  const reader = await objects.open("k");
  inner.requests.length = 0;
  assert.ok(plain.subarray(70_000, 6_000_000).equals(await readAll(reader.stream(70_000, 6_000_000))));
  assert.deepEqual(inner.requests, [{ kind: "stream", key: "k" }]);

  inner.streamedBytes = 0;
  const pieces = reader.stream()[Symbol.asyncIterator]();
  await pieces.next();
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(inner.streamedBytes < 6 * segmentBytes, `${inner.streamedBytes} bytes for one piece`);
  await pieces.return?.();
});

test("the same bytes sealed twice have nothing in common", async () => {
  const plain = new Uint8Array(1000);
  const first = (await sealed("k", plain)).bytes;
  const second = (await sealed("k", plain)).bytes;
  let equal = 0;
  for (let at = 0; at < first.byteLength; at += 1) if (first[at] === second[at]) equal += 1;
  assert.ok(equal < 30, `${equal} of ${first.byteLength} bytes are equal`);
});

test("a listing shows plain sizes, and NaN for a length that no object has", async () => {
  const { inner, objects } = await sealed("k", randomBytes(70_000));
  inner.bytesByKey.set("z", new Uint8Array(5));
  const sizes = (await Array.fromAsync(objects.list(""))).map((entry) => entry.size);
  assert.deepEqual(sizes, [70_000, Number.NaN]);
});
