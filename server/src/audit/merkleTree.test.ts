import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { GrowingTree, leafHash, MerkleTree, MissingHashes, nodeHash, type ReadHashes } from "./merkleTree.ts";

const sha256 = (...parts: (Uint8Array | string)[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();

/** RFC 9162, 2.1.1, word for word. */
function plainRoot(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return leaves[0]!;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return nodeHash(plainRoot(leaves.slice(0, split)), plainRoot(leaves.slice(split)));
}

/** RFC 9162, 2.1.3.2. */
function provesInclusion(index: number, size: number, leaf: Buffer, path: readonly Buffer[], root: Buffer) {
  let [fn, sn, hash] = [index, size - 1, leaf];
  for (const part of path) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      hash = nodeHash(part, hash);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn / 2, Math.floor(sn / 2)];
    } else hash = nodeHash(hash, part);
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  return sn === 0 && hash.equals(root);
}

/** RFC 9162, 2.1.4.2. */
function provesConsistency(
  old: { size: number; root: Buffer },
  now: { size: number; root: Buffer },
  path: readonly Buffer[],
) {
  if (old.size === now.size) return path.length === 0 && old.root.equals(now.root);
  const isPower = Number.isInteger(Math.log2(old.size));
  const [first, ...rest] = isPower ? [old.root, ...path] : path;
  if (!first) return false;
  let [fn, sn] = [old.size - 1, now.size - 1];
  while (fn % 2 === 1) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  let [fr, sr] = [first, first];
  for (const part of rest) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      fr = nodeHash(part, fr);
      sr = nodeHash(part, sr);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn / 2, Math.floor(sn / 2)];
    } else sr = nodeHash(sr, part);
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  return sn === 0 && fr.equals(old.root) && sr.equals(now.root);
}

/** What a database keeps: leaves, and complete subtrees of every eighth level. */
function kept(leaves: readonly Buffer[], reads: { count: number } = { count: 0 }): ReadHashes {
  return async (level, from, to) => {
    reads.count += 1;
    assert.equal(level % 8, 0);
    const width = 2 ** level;
    const hashes: Buffer[] = [];
    for (let index = from; index < to; index++) {
      const part = leaves.slice(index * width, (index + 1) * width);
      if (part.length === width) hashes.push(plainRoot(part));
    }
    return hashes;
  };
}

const leavesOf = (count: number) => Array.from({ length: count }, (_, index) => leafHash(`entry ${index}`));

test("a leaf and a node are not hashed alike", () => {
  // Test vectors of the transparency logs' own reference (an empty leaf, an empty tree).
  assert.equal(
    leafHash("").toString("hex"),
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  );
  assert.ok(!leafHash("ab").equals(nodeHash(Buffer.from("a"), Buffer.from("b"))));
});

test("root, inclusion and consistency are those of the RFC, for trees of every shape", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 700 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      async (size, share) => {
        const leaves = leavesOf(size);
        const tree = new MerkleTree(size, kept(leaves));
        const root = await tree.root();
        assert.ok(root.equals(plainRoot(leaves)));
        const index = Math.floor(share * size);
        const inclusion = await tree.inclusion(index);
        assert.ok(provesInclusion(index, size, leaves[index]!, inclusion, root));
        assert.ok(!provesInclusion(index, size, leafHash("another"), inclusion, root));
        const earlier = { size: index + 1, root: plainRoot(leaves.slice(0, index + 1)) };
        const consistency = await tree.consistency(earlier.size);
        assert.ok(provesConsistency(earlier, { size, root }, consistency));
        if (earlier.size < size) {
          assert.ok(
            !provesConsistency({ ...earlier, root: leafHash("another") }, { size, root }, consistency),
          );
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("a tree that grows leaf by leaf has the same root, from any size on", async () => {
  const leaves = leavesOf(530);
  for (const start of [0, 1, 255, 256, 257, 511]) {
    const growing = new GrowingTree(await new MerkleTree(start, kept(leaves)).subtrees());
    const completed: [number, number][] = [];
    for (const leaf of leaves.slice(start))
      growing.push(leaf, (level, index) => completed.push([level, index]));
    assert.ok(growing.root().equals(plainRoot(leaves)), `from ${start}`);
    assert.equal(
      completed.some(([level, index]) => level === 8 && index === 1),
      start < 512,
    );
  }
  assert.ok(new GrowingTree().root().equals(plainRoot([])));
});

test("proofs of neighbours share what they read", async () => {
  const leaves = leavesOf(600);
  const reads = { count: 0 };
  const tree = new MerkleTree(600, kept(leaves, reads));
  for (let index = 256; index < 512; index++) await tree.inclusion(index);
  assert.ok(reads.count <= 3, `${reads.count} reads`);
});

test("what is not kept is not made up", async () => {
  const leaves = leavesOf(300);
  const torn: ReadHashes = async (level, from, to) => (await kept(leaves)(level, from, to)).slice(1);
  await assert.rejects(new MerkleTree(300, torn).root(), MissingHashes);
  await assert.rejects(new MerkleTree(300, kept(leaves)).inclusion(300), RangeError);
  await assert.rejects(new MerkleTree(300, kept(leaves)).consistency(301), RangeError);
});
