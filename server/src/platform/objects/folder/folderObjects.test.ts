import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ObjectExistsError, ObjectStoreError } from "../errors.ts";
import { inPieces } from "../testing/memoryObjects.ts";
import { declareStoreContract } from "../testing/storeContract.ts";
import { openFolderObjects } from "./folderObjects.ts";

const scratch = mkdtempSync(join(tmpdir(), "magtrace objects "));
after(() => rmSync(scratch, { recursive: true, force: true }));
const newRoot = () => join(mkdtempSync(join(scratch, "r")), "objects");

declareStoreContract("folder objects", () => openFolderObjects(newRoot()));

const bytes = Uint8Array.of(1, 2, 3);

test("files and folders are this user's alone", { skip: process.platform === "win32" }, async () => {
  const root = newRoot();
  const store = await openFolderObjects(root);
  await store.put("a/b", inPieces(bytes, 3));
  assert.equal(statSync(join(root, "a/b")).mode & 0o777, 0o600);
  assert.equal(statSync(join(root, "a")).mode & 0o777, 0o700);
  assert.equal(statSync(root).mode & 0o777, 0o700);
});

test("folders that became empty are removed, and writers beside that still succeed", async () => {
  const root = newRoot();
  const store = await openFolderObjects(root);
  await Promise.all(
    Array.from({ length: 40 }, async (_, index) => {
      await store.put(`deep/er/${index}`, inPieces(bytes, 3));
      await store.delete(`deep/er/${index}`);
    }),
  );
  assert.deepEqual(readdirSync(root), [".incoming"]);
});

test("what a killed writer left is swept at the next start, what a living one writes is not", async () => {
  const root = newRoot();
  const store = await openFolderObjects(root);
  const living = await store.createWriter("living");
  await living.write(bytes);
  const script = `
    const { openFolderObjects } = await import(${JSON.stringify(new URL("./folderObjects.ts", import.meta.url).href)});
    const writer = await (await openFolderObjects(${JSON.stringify(root)})).createWriter("killed");
    await writer.write(Uint8Array.of(9));
    process.kill(process.pid, "SIGKILL");`;
  const child = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  assert.equal(child.signal, "SIGKILL", child.stderr);
  assert.equal(readdirSync(join(root, ".incoming")).length, 2);

  const reopened = await openFolderObjects(root);
  assert.equal(readdirSync(join(root, ".incoming")).length, 1);
  assert.equal(await reopened.exists("killed"), false);
  await living.close();
  assert.equal(await reopened.exists("living"), true);
});

test("a leftover of another machine is swept only after a day without a byte", async () => {
  const root = newRoot();
  const incoming = join(root, ".incoming");
  mkdirSync(incoming, { recursive: true });
  const foreign = join(incoming, "00000000-1-00000000-0000000000000000.part");
  writeFileSync(foreign, "x");
  utimesSync(foreign, 1_000_000, 1_000_000);
  await openFolderObjects(root, (1_000_000 + 3600) * 1000);
  assert.equal(readdirSync(incoming).length, 1);
  await openFolderObjects(root, (1_000_000 + 25 * 3600) * 1000);
  assert.equal(readdirSync(incoming).length, 0);
});

test("a key and a longer key below it cannot both be", async () => {
  const store = await openFolderObjects(newRoot());
  await store.put("a", inPieces(bytes, 3));
  await assert.rejects(store.put("a/b", inPieces(bytes, 3)), ObjectExistsError);
  await store.put("c/d", inPieces(bytes, 3));
  await assert.rejects(store.put("c", inPieces(bytes, 3)), ObjectExistsError);
});

test("a folder that cannot be made is said in one sentence without its path", async () => {
  const root = newRoot();
  writeFileSync(join(root, "..", "file"), "");
  const failure = await openFolderObjects(join(root, "..", "file", "objects")).catch(
    (error: unknown) => error,
  );
  assert.ok(failure instanceof ObjectStoreError);
  assert.equal(failure.message.includes(scratch), false);
});
