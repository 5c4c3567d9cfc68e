import assert from "node:assert/strict";
import { createCipheriv, createSecretKey, randomBytes } from "node:crypto";
import { test } from "node:test";
import { flippedByte } from "./flippedByte.ts";

function sealedSegment(length: number) {
  const key = createSecretKey(randomBytes(32));
  const nonce = randomBytes(12);
  const aad = Buffer.from("uploads/one");
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(aad);
  const body = cipher.update(randomBytes(length));
  cipher.final();
  return { key, nonce, aad, sealed: Buffer.concat([body, cipher.getAuthTag()]) };
}

test("one changed byte is found wherever it is, in the tag, too", () => {
  for (const length of [0, 1, 15, 16, 17, 1_000]) {
    const part = sealedSegment(length);
    for (const at of new Set([0, length >> 1, length - 1, length, length + 15])) {
      if (at < 0) continue;
      for (const change of [1, 0x80, 0xff]) {
        const sealed = Buffer.from(part.sealed);
        sealed[at]! ^= change;
        assert.equal(flippedByte({ ...part, sealed }), at, `${at} of ${length}`);
      }
    }
  }
});

test("whole segments, several changed bytes and too few bytes name none", () => {
  const part = sealedSegment(300);
  assert.equal(flippedByte(part), null);
  const sealed = Buffer.from(part.sealed);
  sealed[3]! ^= 1;
  sealed[200]! ^= 1;
  assert.equal(flippedByte({ ...part, sealed }), null);
  sealed[200]! ^= 1;
  sealed[4]! ^= 1;
  assert.equal(flippedByte({ ...part, sealed }), null, "two bytes of one block");
  assert.equal(flippedByte({ ...part, sealed: sealed.subarray(0, 9) }), null);
});
