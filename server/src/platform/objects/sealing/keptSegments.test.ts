import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { testKeyring } from "../testing/keyring.ts";
import { inPieces, MemoryObjects } from "../testing/memoryObjects.ts";
import { MemoryRows } from "../testing/memoryRows.ts";
import { KeptSegments } from "./keptSegments.ts";
import { SealedObjects } from "./sealedObjects.ts";
import { segmentBytes } from "./sealedSegments.ts";

test("kept segments are bounded in bytes, and the least recently used go first", () => {
  const kept = new KeptSegments(250);
  const reader = kept.ofReader();
  for (const index of [0, 1]) reader.set(index, new Uint8Array(100).fill(index));
  assert.equal(reader.get(0)?.[0], 0);
  reader.set(2, new Uint8Array(100));
  assert.equal(kept.bytes, 200);
  assert.equal(reader.has(1), false);
  assert.equal(reader.has(0), true);
});

test("a reader finds its own segments alone, and takes them with it", () => {
  const kept = new KeptSegments(250);
  const [one, other] = [kept.ofReader(), kept.ofReader()];
  one.set(0, new Uint8Array(100));
  assert.equal(other.get(0), undefined);
  one.clear();
  assert.equal(kept.bytes, 0);
});

test("some bytes of any range are those of the object, in any order of reading", async () => {
  const plain = randomBytes(20 * segmentBytes + 77);
  const objects = new SealedObjects({
    inner: new MemoryObjects(),
    rows: new MemoryRows(),
    keyring: testKeyring("k1"),
  });
  await objects.put("k", inPieces(plain, 10_007));
  const reader = await objects.open("k");
  await fc.assert(
    fc.asyncProperty(fc.nat(plain.length - 1), fc.nat(plain.length), async (start, wanted) => {
      const length = Math.min(Math.max(wanted, 1), plain.length - start);
      const some = await reader.readSome!(start, length);
      assert.ok(some.length >= 1 && some.length <= length);
      assert.ok(Buffer.from(some).equals(plain.subarray(start, start + some.length)));
    }),
    { seed: 20_261_127, numRuns: 200 },
  );
  assert.equal((await reader.readSome!(5, 0)).length, 0);
  await assert.rejects(reader.readSome!(plain.length, 1), RangeError);
  await reader.close();
});
