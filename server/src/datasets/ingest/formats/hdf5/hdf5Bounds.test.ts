import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { createRandom } from "@magtrace/signal";
import { assertDamageIsSaid } from "../../../../../test/support/damagedFiles.ts";
import { axes, dataset, groupIn, hdf5File, numbers } from "../../../../../test/support/hdf5Fixture.ts";
import { hostileSource, refused, testLimits } from "../../../../../test/support/ingestBytes.ts";
import { RefusedFile } from "../../findings.ts";
import { Hdf5File } from "./hdf5File.ts";
import { type Hdf5Module, loadHdf5, mountSource } from "./hdf5Library.ts";
import { openHdf5 } from "./openHdf5.ts";
import { THREAD_LIMITS } from "./threadedFile.ts";

test("packed files, and rows that take no room, are refused before they are read", async () => {
  const file = await hdf5File((root) => dataset(root, "log", axes(10)));
  assert.match((await refused(gzipSync(file))).findings[0].expected, /not packed/);
  const empty = await hdf5File((root) => {
    for (const name of ["time", "b_x", "b_y", "b_z"]) {
      dataset(
        root,
        name,
        numbers(200_000, () => 0),
        { chunks: [200_000], compression: "gzip" },
      );
    }
  });
  const limits = { ...testLimits, maxRatio: 2 };
  assert.equal((await refused(empty, { limits })).findings[0].code, "decompression_limit");
});

test("memory and time are bounded, and a source that fails is no damaged file", async () => {
  const rows = 3_000_000;
  const file = await hdf5File((root) => {
    for (const name of ["time", "b_x", "b_y", "b_z"]) {
      // One chunk of 24 MB, which is unpacked whole.
      const chunks = [name === "time" ? rows : 50_000];
      dataset(
        root,
        name,
        numbers(rows, (i) => (name === "time" ? i : 1)),
        { chunks, compression: "gzip" },
      );
    }
  });
  const source = hostileSource(file, 1 << 20);
  const limits = { ...testLimits, maxDecompressedBytes: 1e9, maxRatio: 1e4 };
  const request = {
    source,
    limits,
    openSink: assert.fail,
    scratch: { openSink: assert.fail, openSource: assert.fail },
  };
  const read = async (bounds: typeof THREAD_LIMITS): Promise<number> => {
    const table = await openHdf5({ source, request }, bounds);
    for await (const block of table.blocks) return block.rows;
    return 0;
  };
  assert.ok((await read(THREAD_LIMITS)) > 0);
  const tooMuch = { ...THREAD_LIMITS, memoryBytes: 24 * 1024 * 1024 };
  await assert.rejects(read(tooMuch), (error) => error instanceof RefusedFile);
  await assert.rejects(read({ ...THREAD_LIMITS, answerMs: 1 }), (error) => {
    return error instanceof RefusedFile && /no answer within/.test(error.findings[0].value ?? "");
  });
  const failing = { size: file.length, read: () => Promise.reject(new Error("the disk is gone")) };
  await assert.rejects(
    openHdf5({ source: failing, request: { ...request, source: failing } }),
    /the disk is gone/,
  );
});

test("500 damaged files are read or refused", async (t) => {
  // The library prints what it stumbles over.
  t.mock.method(process.stderr, "write", () => true);
  const { library, module } = await loadHdf5();
  const fixture = await hdf5File((root) => {
    dataset(root, "log", axes(60));
    const group = groupIn(root, "survey");
    dataset(
      group,
      "time",
      numbers(60, (i) => i),
      { attributes: { units: "s" }, chunks: [20], compression: "gzip" },
    );
    for (const axis of "xyz")
      dataset(
        group,
        `b_${axis}`,
        numbers(60, () => 1),
        { chunks: [20], compression: "gzip" },
      );
    dataset(
      group,
      "name",
      Array.from({ length: 60 }, (_, i) => `s${i}`),
    );
  });
  const random = createRandom(11);
  const below = (limit: number): number => Math.floor(random() * limit);
  const ends = { read: 0, refused: 0 };
  for (let n = 0; n < 500; n++) {
    let bytes: Uint8Array = Uint8Array.from(fixture);
    if (n % 5 === 0) bytes = bytes.subarray(0, below(bytes.length));
    for (let flips = 1 + below(8); flips > 0; flips--) bytes[below(bytes.length)] = below(256);
    ends[readAll(module, library, bytes, n)]++;
  }
  assert.ok(ends.read > 50 && ends.refused > 50, JSON.stringify(ends));
});

function readAll(
  module: Hdf5Module,
  library: Awaited<ReturnType<typeof loadHdf5>>["library"],
  bytes: Uint8Array,
  n: number,
): "read" | "refused" {
  const source = {
    size: bytes.length,
    read: (at: number, into: Uint8Array): number => {
      into.set(bytes.subarray(at, at + into.length));
      return into.length;
    },
  };
  let file: Hdf5File | null = null;
  try {
    file = new Hdf5File(library, module, mountSource(module, source, `damaged${n}.h5`));
    for (const { columns, rows } of file.tables()) file.read(columns, 0, Math.min(rows, 1000));
    return "read";
  } catch (error) {
    assert.ok(error instanceof Error, `damage ${n}: ${error}`);
    return "refused";
  } finally {
    file?.close();
  }
}

test("damage is read or said", async () => {
  await assertDamageIsSaid(await hdf5File((root) => dataset(root, "log", axes(40))), 5, 8);
});
