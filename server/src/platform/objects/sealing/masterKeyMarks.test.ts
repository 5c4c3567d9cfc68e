import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { AppError } from "../../../errors.ts";
import { inPieces, MemoryObjects, readAll } from "../testing/memoryObjects.ts";
import { MemoryRows } from "../testing/memoryRows.ts";
import { proveMasterKeys } from "./masterKeyMarks.ts";
import { SealedObjects } from "./sealedObjects.ts";

async function openSealedObjects(
  inner: MemoryObjects,
  rows: MemoryRows,
  source: { keyFile: string; keyText?: string },
) {
  return new SealedObjects({ inner, rows, keyring: await proveMasterKeys(inner, source) });
}

const scratch = mkdtempSync(join(tmpdir(), "magtrace-open-"));
after(() => rmSync(scratch, { recursive: true, force: true }));
const newKeyFile = () => join(mkdtempSync(join(scratch, "k")), "master.key");
const content = Uint8Array.of(1, 2, 3);

async function isRefused(opening: Promise<unknown>, message: RegExp): Promise<void> {
  await assert.rejects(opening, (error) => {
    assert.ok(error instanceof AppError);
    assert.equal(error.code, "invalid_config");
    assert.match(error.message, message);
    return true;
  });
}

test("the first start makes a key, the second finds it", async () => {
  const inner = new MemoryObjects();
  const rows = new MemoryRows();
  const keyFile = newKeyFile();
  await (await openSealedObjects(inner, rows, { keyFile })).put("a", inPieces(content, 9));
  const reader = await (await openSealedObjects(inner, rows, { keyFile })).open("a");
  assert.deepEqual(await readAll(reader.stream()), content);
});

test("a lost key file stops the start and no new key is made in its place", async () => {
  const inner = new MemoryObjects();
  const rows = new MemoryRows();
  const keyFile = newKeyFile();
  await openSealedObjects(inner, rows, { keyFile });
  rmSync(keyFile);
  await isRefused(openSealedObjects(inner, rows, { keyFile }), /is missing/);
  assert.equal(existsSync(keyFile), false);
});

test("a wrong key, under another id or under the same, stops the start", async () => {
  const inner = new MemoryObjects();
  const rows = new MemoryRows();
  const right = Buffer.alloc(32, 1).toString("base64");
  const wrong = Buffer.alloc(32, 2).toString("base64");
  const keyFile = newKeyFile();
  await openSealedObjects(inner, rows, { keyFile, keyText: `prod:${right}` });
  await isRefused(openSealedObjects(inner, rows, { keyFile, keyText: `prod:${wrong}` }), /is not the one/);
  await isRefused(
    openSealedObjects(inner, rows, { keyFile, keyText: `next:${wrong}` }),
    /prod, which was not given/,
  );
  assert.deepEqual([...inner.bytesByKey.keys()], ["master_keys/prod"]);
});

test("processes that start at once on an empty store all open it", async () => {
  const inner = new MemoryObjects();
  const rows = new MemoryRows();
  const keyFile = newKeyFile();
  const stores = await Promise.all(
    Array.from({ length: 5 }, () => openSealedObjects(inner, rows, { keyFile })),
  );
  await stores[0]!.put("a", inPieces(content, 9));
  const reader = await stores[4]!.open("a");
  assert.deepEqual(await readAll(reader.stream()), content);
});
