import assert from "node:assert/strict";
import { test } from "node:test";
import { encodingOf, textFault } from "./textEncoding.ts";

test("byte order marks are told, and their lengths", () => {
  const of = (hex: string): unknown[] => Object.values(encodingOf(Buffer.from(hex, "hex")));
  assert.deepEqual(of("fffe4100"), ["utf-16le", 2]);
  assert.deepEqual(of("feff0041"), ["utf-16be", 2]);
  assert.deepEqual(of("efbbbf41"), ["utf-8", 3]);
  assert.deepEqual(of("41"), ["utf-8", 0]);
  assert.deepEqual(of(""), ["utf-8", 0]);
});

test("the first byte that is no UTF-8 is found, wherever characters are wide", () => {
  const before = "aµ€𝄞";
  for (const bad of [[0xff], [0xc3], [0xe2, 0x82], [0xf0, 0x9d, 0x84], [0xed, 0xa0, 0x80], [0xc0, 0xaf]]) {
    for (const behind of ["", "plain"]) {
      const bytes = Buffer.concat([Buffer.from(before), Buffer.from(bad), Buffer.from(behind)]);
      const fault = textFault(bytes, 1000);
      assert.equal(fault?.at, Buffer.byteLength(before));
      assert.match(fault?.value ?? "", new RegExp(`offset ${1000 + Buffer.byteLength(before)}$`));
    }
  }
  assert.equal(textFault(Buffer.from(before), 0), null);
  assert.equal(textFault(Buffer.from("a\0b"), 0)?.code, "binary_content");
});
