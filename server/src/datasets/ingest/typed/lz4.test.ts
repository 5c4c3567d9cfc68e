import assert from "node:assert/strict";
import { test } from "node:test";
import { unpackLz4Block, unpackLz4Frame } from "./lz4.ts";

/** "abc" and then 20 bytes more of it, repeated from three bytes back; then the literals "end!!". */
const BLOCK = [0x3f, 97, 98, 99, 3, 0, 1, 0x50, 101, 110, 100, 33, 33];
const TEXT = `${"abcabcabcabcabcabcabcabc".slice(0, 23)}end!!`;

function frame(blocks: readonly (readonly number[])[], stored = false): Uint8Array {
  const bytes = [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82];
  for (const block of blocks) bytes.push(block.length, 0, 0, stored ? 0x80 : 0, ...block);
  return Uint8Array.from([...bytes, 0, 0, 0, 0]);
}

test("a block of literals and overlapping matches unpacks", () => {
  const into = new Uint8Array(TEXT.length);
  assert.equal(unpackLz4Block(Uint8Array.from(BLOCK), into), TEXT.length);
  assert.equal(Buffer.from(into).toString(), TEXT);
});

test("frames of packed and of stored blocks unpack", () => {
  assert.equal(Buffer.from(unpackLz4Frame(frame([BLOCK, BLOCK]), 1e6)).toString(), TEXT + TEXT);
  assert.deepEqual([...unpackLz4Frame(frame([[1, 2, 3]], true), 1e6)], [1, 2, 3]);
});

test("damaged or oversized data never writes out of bounds", () => {
  const into = new Uint8Array(100);
  for (let cut = 1; cut < BLOCK.length; cut++) {
    const block = Uint8Array.from(BLOCK.slice(0, cut));
    try {
      assert.ok(unpackLz4Block(block, into) <= TEXT.length);
    } catch (error) {
      assert.ok(error instanceof RangeError);
    }
  }
  assert.throws(() => unpackLz4Block(Uint8Array.from(BLOCK), new Uint8Array(10)), RangeError);
  assert.throws(() => unpackLz4Block(Uint8Array.of(0x10, 97, 5, 0), into), RangeError);
  assert.throws(() => unpackLz4Frame(frame([BLOCK]), 20), RangeError);
  assert.throws(() => unpackLz4Frame(frame([BLOCK]).subarray(0, 15), 100), RangeError);
  assert.throws(() => unpackLz4Frame(Uint8Array.of(1, 2, 3), 100), RangeError);
});
