import assert from "node:assert/strict";
import { test } from "node:test";
import yauzl from "yauzl";
import { type ZipEntry, zipBytes } from "./zipBytes.ts";

const at = new Date("2026-05-01T12:00:00Z");
const PIECE = Buffer.alloc(64 * 1024, "0123456789abcdef");

function entryOf(name: string, content: () => AsyncIterable<Uint8Array>, compress = true): ZipEntry {
  return { name, compress, content };
}

async function* pieces(count: number, ended: () => void = () => undefined): AsyncGenerator<Uint8Array> {
  try {
    for (let i = 0; i < count; i++) yield PIECE;
  } finally {
    ended();
  }
}

test("every entry comes out as it went in, empty ones too, compressed or not", async () => {
  const entries = [
    entryOf("a.csv", () => pieces(3)),
    entryOf("b.arrow", () => pieces(2), false),
    entryOf("empty", () => pieces(0)),
  ];
  const bytes = Buffer.concat(await Array.fromAsync(zipBytes(entries, at)));
  const archive = await yauzl.fromBufferPromise(bytes, { lazyEntries: true });
  const found: [string, number, boolean][] = [];
  for await (const entry of archive.eachEntry()) {
    const content = Buffer.concat(
      (await Array.fromAsync(await archive.openReadStreamPromise(entry))) as Buffer[],
    );
    assert.ok(content.equals(Buffer.concat(await Array.fromAsync(pieces(content.length / PIECE.length)))));
    found.push([entry.fileName, content.length, entry.compressedSize < content.length]);
  }
  assert.deepEqual(found, [
    ["a.csv", 3 * PIECE.length, true],
    ["b.arrow", 2 * PIECE.length, false],
    ["empty", 0, false],
  ]);
});

test("an entry is made when its turn comes, and no faster than it is taken", async () => {
  let made = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for (; made < 1000; made++) yield PIECE;
  }
  const zip = zipBytes([entryOf("a", counted, false)], at);
  for (let taken = 0; taken < 2 * PIECE.length; ) taken += (await zip.next()).value!.length;
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(made < 40, `${made} pieces of 64 KiB were made for two`);
  await zip.return(undefined);
});

test("what an entry's content throws is thrown", async () => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield PIECE;
    throw new Error("the store is away");
  }
  const entries = [entryOf("a", () => pieces(1)), entryOf("b", failing)];
  await assert.rejects(Array.fromAsync(zipBytes(entries, at)), /the store is away/);
});

test("whoever leaves in the middle ends what was being made", async () => {
  const ended = Promise.withResolvers<void>();
  const zip = zipBytes([entryOf("a", () => pieces(1000, ended.resolve), false)], at);
  for (let taken = 0; taken < PIECE.length; ) taken += (await zip.next()).value!.length;
  await zip.return(undefined);
  await ended.promise;
});
