import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { ObjectDamagedError } from "../errors.ts";
import { openFolderObjects } from "../folder/folderObjects.ts";
import { testKeyring } from "../testing/keyring.ts";
import { inPieces, MemoryObjects, readAll } from "../testing/memoryObjects.ts";
import { declareStoreContract } from "../testing/storeContract.ts";
import { headerBytes } from "./sealedHeader.ts";
import { SealedObjects } from "./sealedObjects.ts";
import { plainSize, sealedSegmentBytes, sealedSize, segmentBytes } from "./sealedSegments.ts";

declareStoreContract("sealed objects", async () => new SealedObjects(new MemoryObjects(), testKeyring("k1")));

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
  const objects = new SealedObjects(inner, testKeyring("k1"));
  await objects.put(key, inPieces(plain, 10_007));
  return { inner, objects, bytes: inner.bytesByKey.get(key)! };
}

async function readThrough(
  inner: MemoryObjects,
  key: string,
  keyring = testKeyring("k1"),
): Promise<Uint8Array> {
  const reader = await new SealedObjects(inner, keyring).open(key);
  return readAll(reader.stream());
}

/** Damage is found on opening or on reading, in either case before a byte of it is handed out. */
async function assertDamageFound(inner: MemoryObjects, key: string, message: string): Promise<void> {
  await assert.rejects(readThrough(inner, key), ObjectDamagedError, message);
}

test("objects of any size around the segment's length come back whole", async () => {
  for (const size of [...edges, 40 * segmentBytes + 5]) {
    const plain = randomBytes(size);
    const { inner, bytes } = await sealed("k", plain);
    assert.equal(bytes.byteLength, sealedSize(size));
    assert.equal(plainSize(bytes.byteLength), size);
    assert.deepEqual(Buffer.from(await readThrough(inner, "k")), plain);
  }
});

test("any range equals the same range of the plain bytes, however the writes were cut", async () => {
  const plain = randomBytes(7 * segmentBytes + 333);
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1000, max: 300_000 }),
      fc.array(fc.nat(plain.byteLength)),
      async (piece, cuts) => {
        const objects = new SealedObjects(new MemoryObjects(), testKeyring("k1"));
        await objects.put("k", inPieces(plain, piece));
        const reader = await objects.open("k");
        for (const [index, cut] of cuts.entries()) {
          const start = Math.min(cut, cuts[index - 1] ?? 0);
          const end = Math.max(cut, cuts[index - 1] ?? 0);
          assert.ok(plain.subarray(start, end).equals(await reader.read(start, end - start)));
        }
      },
    ),
    { numRuns: 30 },
  );
});

test("a writer may reuse its buffer as soon as a write has resolved", async () => {
  const objects = new SealedObjects(new MemoryObjects(), testKeyring("k1"));
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
    const { inner, bytes } = await sealed("datasets/1/a", randomBytes(size));
    for (let at = 0; at < bytes.byteLength; at += 1) {
      for (const flip of [1, 0x80, 0xff]) {
        const damaged = Uint8Array.from(bytes);
        damaged[at] = damaged[at]! ^ flip;
        inner.bytesByKey.set("datasets/1/a", damaged);
        await assertDamageFound(inner, "datasets/1/a", `size ${size}, byte ${at}, flip ${flip}`);
      }
    }
  }
});

test("a single-byte change anywhere in a large object is found", async () => {
  const { inner, bytes } = await sealed("k", randomBytes(5 * segmentBytes + 100));
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.byteLength - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const damaged = Uint8Array.from(bytes);
      damaged[at] = damaged[at]! ^ flip;
      inner.bytesByKey.set("k", damaged);
      await assertDamageFound(inner, "k", `byte ${at}`);
    }),
    { numRuns: 100 },
  );
});

test("truncation and extension are found when the object is opened, wherever the cut is", async () => {
  for (const size of edges) {
    const { inner, objects, bytes } = await sealed("k", randomBytes(size));
    const cuts = [
      0,
      1,
      headerBytes - 1,
      headerBytes,
      headerBytes + 15,
      headerBytes + 16,
      headerBytes + sealedSegmentBytes,
    ];
    for (const cut of [
      ...cuts,
      headerBytes + 2 * sealedSegmentBytes,
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
    from.subarray(headerBytes + index * sealedSegmentBytes, headerBytes + (index + 1) * sealedSegmentBytes);
  const variants: [string, (target: Uint8Array) => void][] = [
    ["swapped", (target) => target.set([...segment(bytes, 1), ...segment(bytes, 0)], headerBytes)],
    ["repeated", (target) => segment(target, 1).set(segment(bytes, 0))],
    ["foreign", (target) => segment(target, 2).set(segment(other, 2))],
    ["foreign header", (target) => target.set(other.subarray(0, headerBytes))],
  ];
  for (const [name, damage] of variants) {
    const damaged = Uint8Array.from(bytes);
    damage(damaged);
    inner.bytesByKey.set("k", damaged);
    await assertDamageFound(inner, "k", name);
  }
  inner.bytesByKey.set("k", other);
  await assertDamageFound(inner, "k", "the whole object under another key");
});

test("the same bytes sealed twice have nothing in common", async () => {
  const plain = new Uint8Array(1000);
  const first = (await sealed("k", plain)).bytes.subarray(headerBytes);
  const second = (await sealed("k", plain)).bytes.subarray(headerBytes);
  let equal = 0;
  for (let at = 0; at < first.byteLength; at += 1) if (first[at] === second[at]) equal += 1;
  assert.ok(equal < 30, `${equal} of ${first.byteLength} bytes are equal`);
});

test("objects of an older master key open, and re-wrapping changes the header alone", async () => {
  const root = mkdtempSync(join(tmpdir(), "magtrace-rewrap-"));
  try {
    const folder = await openFolderObjects(root);
    const plain = randomBytes(3 * segmentBytes);
    await new SealedObjects(folder, testKeyring("old")).put("k", inPieces(plain, 1_000_000));
    const before = readFileSync(join(root, "k"));

    const both = new SealedObjects(folder, testKeyring("new", "old"));
    const openedBefore = await both.open("k");
    assert.equal(await both.rewrap("k"), true);
    assert.equal(await both.rewrap("k"), false);
    const now = readFileSync(join(root, "k"));
    assert.ok(before.subarray(headerBytes).equals(now.subarray(headerBytes)));
    assert.ok(plain.equals(await readAll(openedBefore.stream())));
    await openedBefore.close();

    const reader = await new SealedObjects(folder, testKeyring("new")).open("k");
    assert.ok(plain.equals(await readAll(reader.stream())));
    await reader.close();
    const failure = await new SealedObjects(folder, testKeyring("old"))
      .open("k")
      .catch((error: unknown) => error);
    assert.ok(failure instanceof ObjectDamagedError);
    assert.equal(failure.reason, "unknown_master_key");
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

test("a listing shows plain sizes, and NaN for a length that no object has", async () => {
  const { inner, objects } = await sealed("k", randomBytes(70_000));
  inner.bytesByKey.set("z", new Uint8Array(5));
  const sizes = (await Array.fromAsync(objects.list(""))).map((entry) => entry.size);
  assert.deepEqual(sizes, [70_000, Number.NaN]);
});
