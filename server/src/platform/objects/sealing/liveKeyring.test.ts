import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { installationSecret } from "../../installationSecret.ts";
import { inPieces, MemoryObjects, readAll } from "../testing/memoryObjects.ts";
import { MemoryRows } from "../testing/memoryRows.ts";
import { asWaiting, idOfEntry, newMasterKeyLine } from "./masterKey.ts";
import { keyLines, replaceKeyLines } from "./masterKeyFile.ts";
import { proveMasterKeys } from "./masterKeyMarks.ts";
import { SealedObjects } from "./sealedObjects.ts";

const scratch = mkdtempSync(join(tmpdir(), "magtrace-live-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** Two processes on one store, whose key file is changed under them. */
async function twoProcesses() {
  const keyFile = join(mkdtempSync(join(scratch, "k")), "master.key");
  const inner = new MemoryObjects();
  const rows = new MemoryRows();
  const open = async () => {
    const keyring = await proveMasterKeys(inner, { keyFile });
    return { keyring, objects: new SealedObjects({ inner, rows, keyring }) };
  };
  const one = await open();
  const two = await open();
  return { keyFile, rows, inner, one, two, lines: () => keyLines(readFileSync(keyFile, "utf8")) };
}

async function text(objects: SealedObjects, key: string): Promise<string> {
  const reader = await objects.open(key);
  return Buffer.from(await readAll(reader.stream())).toString();
}

test("a key that is put first seals from the next object on, and whoever meets it looks for it", async () => {
  const { keyFile, rows, inner, one, two, lines } = await twoProcesses();
  await one.objects.put("a", inPieces(Buffer.from("old"), 9));
  const line = await newMasterKeyLine();
  await replaceKeyLines(keyFile, [line, ...lines()]);
  await one.objects.put("b", inPieces(Buffer.from("new"), 9));
  assert.equal(rows.byKey.get("b")?.masterKeyId, idOfEntry(line));
  assert.equal(two.keyring.byId.has(idOfEntry(line)), false);
  assert.equal(await text(two.objects, "b"), "new");
  assert.equal(await text(two.objects, "a"), "old");
  assert.ok(
    inner.bytesByKey.has(`master_keys/${idOfEntry(line)}`),
    "marked, so that a wrong one is known at a start",
  );
});

test("a waiting key is had and not sealed with, and changes no secret of the installation", async () => {
  const { keyFile, one, lines } = await twoProcesses();
  const secret = installationSecret(one.keyring, "audit");
  const before = one.keyring.current.id;
  const line = await newMasterKeyLine();
  await replaceKeyLines(keyFile, [asWaiting(line), ...lines()]);
  await one.keyring.reload();
  assert.equal(one.keyring.current.id, before);
  assert.ok(one.keyring.byId.has(idOfEntry(line)));
  assert.deepEqual(installationSecret(one.keyring, "audit"), secret);
});

test("a file that is torn, gone, lacks a needed key or has another of its id is not taken, until it is right", async () => {
  const { keyFile, one, lines } = await twoProcesses();
  const whole = readFileSync(keyFile, "utf8");
  const before = one.keyring.current;
  const [line] = lines();
  const other = await newMasterKeyLine();
  const bad: [string, RegExp][] = [
    ["mk-1:torn\n", /is not 32 bytes/],
    [`${other}\n`, new RegExp(`master key ${before.id}, which was not given`)],
    [`${line}\n${before.id}:${other.split(":")[1]}\n`, /two keys of the same id/],
    [`${before.id}:${other.split(":")[1]}\n`, /is not the one it was/],
  ];
  for (const [content, words] of bad) {
    writeFileSync(keyFile, content);
    await one.keyring.reload();
    assert.match(String(one.keyring.fault), words);
    assert.equal(one.keyring.current, before);
  }
  rmSync(keyFile);
  await one.keyring.reload();
  assert.match(String(one.keyring.fault), /is missing/);
  await one.objects.put("c", inPieces(Buffer.from("still"), 9));
  assert.equal(await text(one.objects, "c"), "still");
  writeFileSync(keyFile, `${other}\n${whole}`, { mode: 0o600 });
  await one.keyring.reload();
  assert.deepEqual([one.keyring.fault, one.keyring.current.id], [null, idOfEntry(other)]);
});
