/** How fast objects are sealed and opened, on this machine's disk and without it. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFolderObjects } from "../server/src/platform/objects/folder/folderObjects.ts";
import { proveMasterKeys } from "../server/src/platform/objects/sealing/masterKeyMarks.ts";
import { SealedObjects } from "../server/src/platform/objects/sealing/sealedObjects.ts";
import { SealedWriter } from "../server/src/platform/objects/sealing/sealedWriter.ts";
import { MemoryRows } from "../server/src/platform/objects/testing/memoryRows.ts";
import type { ObjectReader, ObjectStore } from "../server/src/platform/objects/types.ts";
import type { Print } from "./bench.ts";
import { percentile, timeEach } from "./measure.ts";

export const name = "objects";

const pieceBytes = 1 << 20;
const pieceCount = 256;
const latencyMs = 20;
const windowBytes = 512 * 1024;

export async function run(_args: string[], print: Print): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "magtrace-bench-"));
  try {
    const plain = await openFolderObjects(join(folder, "objects"));
    const keyring = await proveMasterKeys(plain, { keyFile: join(folder, "master.key") });
    const rows = new MemoryRows();
    const sealed = new SealedObjects({ inner: plain, rows, keyring });
    await checkEqual(sealed);
    const totalMb = (pieceCount * pieceBytes) / 1e6;
    const perSecond = async (run: () => Promise<unknown>) => {
      const [ms] = await timeEach(1, run);
      return (1000 * totalMb) / ms;
    };
    print("objects_seal", await perSecond(sealNowhere), "MB/s");
    print("objects_put_plain", await perSecond(() => plain.put("bench/plain", testPieces())), "MB/s");
    print("objects_put_sealed", await perSecond(() => sealed.put("bench/sealed", testPieces())), "MB/s");
    const reader = await sealed.open("bench/sealed");
    print("objects_open", await perSecond(() => drain(reader.stream())), "MB/s");
    print("objects_open_by_mebibyte", await perSecond(() => drain(byMebibyte(reader))), "MB/s");
    const far = new SealedObjects({ inner: delayed(plain), rows, keyring });
    const farReader = await far.open("bench/sealed");
    print("objects_open_20ms", await perSecond(() => drain(farReader.stream())), "MB/s");
    print("objects_open_20ms_by_mebibyte", await perSecond(() => drain(byMebibyte(farReader))), "MB/s");
    await farReader.close();
    const spread = (turn: number) => (turn * 7_919_317) % (pieceCount * pieceBytes - windowBytes);
    const reads = await timeEach(500, (turn) => reader.read(spread(turn), windowBytes));
    print("objects_read_512KiB_median", percentile(reads, 0.5), "ms");
    print("objects_read_512KiB_p99", percentile(reads, 0.99), "ms");
    await reader.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function drain(pieces: AsyncIterable<Uint8Array>): Promise<void> {
  let bytes = 0;
  for await (const piece of pieces) bytes += piece.byteLength;
  assert.equal(bytes, pieceBytes * pieceCount);
}

/** As it was done before there were streams: one range after the other, each asked for when the last was used. */
async function* byMebibyte(reader: ObjectReader): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < reader.size; at += pieceBytes) {
    yield await reader.read(at, Math.min(pieceBytes, reader.size - at));
  }
}

/** A store whose every answer begins 20 ms late, as one across a network does. */
function delayed(store: ObjectStore): ObjectStore {
  const wait = () => new Promise((resolve) => setTimeout(resolve, latencyMs));
  const open = async (key: string): Promise<ObjectReader> => {
    await wait();
    const reader = await store.open(key);
    return {
      size: reader.size,
      read: async (start, length) => {
        await wait();
        return reader.read(start, length);
      },
      async *stream(start, end) {
        await wait();
        yield* reader.stream(start, end);
      },
      close: () => reader.close(),
    };
  };
  return Object.assign(Object.create(store) as ObjectStore, { open });
}

async function* testPieces(): AsyncGenerator<Uint8Array> {
  const piece = Uint8Array.from({ length: pieceBytes }, (_, index) => (index * 31) ^ (index >> 8));
  for (let index = 0; index < pieceCount; index += 1) yield piece;
}

async function checkEqual(store: ObjectStore): Promise<void> {
  await store.put("bench/check", testPieces());
  const reader = await store.open("bench/check");
  const expected = await hashOf(testPieces());
  assert.equal(await hashOf(reader.stream()), expected);
  assert.equal(await hashOf(byMebibyte(reader)), expected);
  await reader.close();
  await store.delete("bench/check");
}

async function hashOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of pieces) hash.update(piece);
  return hash.digest("hex");
}

/** Sealing alone: what is sealed goes nowhere. */
async function sealNowhere(): Promise<void> {
  const nowhere = {
    write: async () => undefined,
    close: async () => undefined,
    abort: async () => undefined,
  };
  const header = { dataKey: new Uint8Array(32), noncePrefix: new Uint8Array(7) };
  const writer = new SealedWriter(nowhere, "bench/nowhere", header);
  for await (const piece of testPieces()) await writer.write(piece);
  await writer.close();
}
