import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import tar from "tar-stream";
import { decodeTarHeader, encodeTarHeader, paddingOf, TAR_END } from "./tarHeader.ts";

const at = new Date("2026-05-01T12:00:00Z");
const names = fc.stringMatching(/^[a-z0-9/._]{1,100}$/);
const sizes = fc.oneof(fc.integer({ min: 0, max: 5000 }), fc.maxSafeNat());

test("a header says name and size, of 8 GiB and more as well", () => {
  fc.assert(
    fc.property(names, sizes, (name, size) => {
      assert.deepEqual(decodeTarHeader(encodeTarHeader({ name, size }, at)), { name, size });
    }),
  );
  const huge = { name: "objects/series/1/1/base.arrow", size: 8 ** 11 };
  assert.deepEqual(decodeTarHeader(encodeTarHeader(huge, at)), huge);
});

test("another reader of tar files finds the same entries", async () => {
  const extract = tar.extract();
  const contents = ["", "a", "b".repeat(512), "c".repeat(700)];
  for (const [i, content] of contents.entries()) {
    const bytes = Buffer.from(content);
    extract.write(encodeTarHeader({ name: `tables/x/${i}`, size: bytes.length }, at));
    if (bytes.length > 0) extract.write(bytes);
    if (paddingOf(bytes.length) > 0) extract.write(new Uint8Array(paddingOf(bytes.length)));
  }
  extract.end(TAR_END);
  const found: [string, string, number][] = [];
  for await (const entry of extract) {
    const parts: Uint8Array[] = [];
    for await (const part of entry) parts.push(part as Uint8Array);
    found.push([entry.header.name, Buffer.concat(parts).toString(), entry.header.mtime!.getTime()]);
  }
  assert.deepEqual(
    found,
    contents.map((content, i) => [`tables/x/${i}`, content, at.getTime()]),
  );
});

test("headers that another program wrote are read where they are plain files", async () => {
  const pack = tar.pack();
  pack.entry({ name: "magtrace.json", size: 2 }, "{}");
  pack.finalize();
  const parts: Uint8Array[] = [];
  for await (const part of pack) parts.push(part as Uint8Array);
  const bytes = Buffer.concat(parts);
  assert.deepEqual(decodeTarHeader(bytes.subarray(0, 512)), { name: "magtrace.json", size: 2 });
  assert.equal(decodeTarHeader(bytes.subarray(1024, 1536)), null);
});

test("a changed byte anywhere in a header is noticed", () => {
  const header = encodeTarHeader({ name: "magtrace.json", size: 77 }, at);
  for (let i = 0; i < header.length; i++) {
    const damaged = header.slice();
    damaged[i] = damaged[i]! ^ 0x04;
    assert.throws(() => decodeTarHeader(damaged), RangeError, `byte ${i}`);
  }
});

test("folders, links and names that are not plain are refused", () => {
  const link = encodeTarHeader({ name: "x", size: 0 }, at);
  link[156] = 0x32;
  assert.throws(() => decodeTarHeader(link), /checksum/);
  for (const name of ["", "ü", "a b", "x".repeat(101), "a\nb"]) {
    assert.throws(() => encodeTarHeader({ name, size: 0 }, at), RangeError);
  }
  for (const size of [-1, 0.5, Number.NaN, 2 ** 60]) {
    assert.throws(() => encodeTarHeader({ name: "x", size }, at), RangeError);
  }
});
