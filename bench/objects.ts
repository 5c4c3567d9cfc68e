/** How fast objects are sealed and opened, on this machine's disk and without it. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFolderObjects } from "../server/src/platform/objects/folder/folderObjects.ts";
import { openSealedObjects } from "../server/src/platform/objects/openObjects.ts";
import { SealedWriter } from "../server/src/platform/objects/sealing/sealedWriter.ts";
import type { ObjectStore } from "../server/src/platform/objects/types.ts";
import type { Print } from "./bench.ts";
import { percentile, timeEach } from "./measure.ts";

export const name = "objects";

const pieceBytes = 1 << 20;
const pieces = 256;
const windowBytes = 512 * 1024;

export async function run(_args: string[], print: Print): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "magtrace-bench-"));
  try {
    const plain = await openFolderObjects(join(folder, "objects"));
    const sealed = await openSealedObjects(plain, { keyFile: join(folder, "master.key") });
    await checkEqual(sealed);
    const totalMb = (pieces * pieceBytes) / 1e6;
    const perSecond = async (run: () => Promise<unknown>) => {
      const [ms] = await timeEach(1, run);
      return (1000 * totalMb) / ms;
    };
    print("objects_seal", await perSecond(sealNowhere), "MB/s");
    print("objects_put_plain", await perSecond(() => plain.put("bench/plain", testPieces())), "MB/s");
    print("objects_put_sealed", await perSecond(() => sealed.put("bench/sealed", testPieces())), "MB/s");
    const reader = await sealed.open("bench/sealed");
    print(
      "objects_open",
      await perSecond(() => Array.fromAsync(reader.stream(), (piece) => piece.byteLength)),
      "MB/s",
    );
    const spread = (turn: number) => (turn * 7_919_317) % (pieces * pieceBytes - windowBytes);
    const reads = await timeEach(500, (turn) => reader.read(spread(turn), windowBytes));
    print("objects_read_512KiB_median", percentile(reads, 0.5), "ms");
    print("objects_read_512KiB_p99", percentile(reads, 0.99), "ms");
    await reader.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function* testPieces(): AsyncGenerator<Uint8Array> {
  const piece = Uint8Array.from({ length: pieceBytes }, (_, index) => (index * 31) ^ (index >> 8));
  for (let index = 0; index < pieces; index += 1) yield piece;
}

async function checkEqual(store: ObjectStore): Promise<void> {
  await store.put("bench/check", testPieces());
  const reader = await store.open("bench/check");
  const expected = testPieces();
  for await (const piece of reader.stream())
    assert.ok(Buffer.from(piece).equals((await expected.next()).value));
  assert.equal((await expected.next()).done, true);
  await reader.close();
  await store.delete("bench/check");
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
