import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { AppError } from "../../../errors.ts";
import { type Keyring, loadMasterKeys, newMasterKeyLine } from "./masterKey.ts";

const scratch = mkdtempSync(join(tmpdir(), "magtrace-key-"));
after(() => rmSync(scratch, { recursive: true, force: true }));
const newPath = () => join(mkdtempSync(join(scratch, "k")), "data", "master.key");

function keyBytes(keyring: Keyring): Buffer {
  return keyring.current.key.export();
}

async function refusal(source: Parameters<typeof loadMasterKeys>[0]): Promise<AppError> {
  const failure = await loadMasterKeys(source).catch((error: unknown) => error);
  assert.ok(failure instanceof AppError, "it was accepted");
  return failure;
}

test("a key file is made once, for this user alone, and read again", async () => {
  const keyFile = newPath();
  const made = await loadMasterKeys({ keyFile, createIfMissing: true });
  assert.equal(statSync(keyFile).mode & 0o777, 0o600);
  const read = await loadMasterKeys({ keyFile, createIfMissing: true });
  assert.equal(read.current.id, made.current.id);
  assert.deepEqual(keyBytes(read), keyBytes(made));
  assert.equal(keyBytes(made).byteLength, 32);
});

test("processes that start at once agree on one key", async () => {
  const keyFile = newPath();
  const rings = await Promise.all(
    Array.from({ length: 8 }, () => loadMasterKeys({ keyFile, createIfMissing: true })),
  );
  assert.equal(new Set(rings.map((ring) => ring.current.id)).size, 1);
});

test("a missing file is not replaced where objects exist", async () => {
  const failure = await refusal({ keyFile: newPath(), createIfMissing: false });
  assert.equal(failure.code, "invalid_config");
  assert.match(failure.message, /is missing.*Restore it from your copy/);
});

test("a file others can read is refused with the command that mends it", async () => {
  const keyFile = newPath();
  await loadMasterKeys({ keyFile, createIfMissing: true });
  for (const mode of [0o640, 0o604, 0o620]) {
    chmodSync(keyFile, mode);
    assert.match((await refusal({ keyFile, createIfMissing: true })).message, /chmod 600/);
  }
});

test("every changed character of a key's line is noticed", async () => {
  const keyFile = newPath();
  await loadMasterKeys({ keyFile, createIfMissing: true });
  const text = readFileSync(keyFile, "utf8");
  const line = text.trimEnd().split("\n").at(-1)!;
  const head = text.slice(0, text.indexOf(line));
  const colon = line.indexOf(":");
  for (let at = colon; at < line.length; at += 1) {
    const changed = line[at] === "A" ? "B" : "A";
    writeFileSync(keyFile, `${head}${line.slice(0, at)}${changed}${line.slice(at + 1)}\n`);
    const { message } = await refusal({ keyFile, createIfMissing: true });
    assert.ok(message.includes(keyFile), message);
    assert.ok(!message.includes(line.slice(colon + 1, colon + 9)), "the message shows the key");
  }
});

test("an empty or foreign file is refused with its name and what to do", async () => {
  const keyFile = newPath();
  await loadMasterKeys({ keyFile, createIfMissing: true });
  for (const text of ["", "# nothing but a comment\n", "\0\0\0\0", "id:\n", "id:c2hvcnQ=\n"]) {
    writeFileSync(keyFile, text);
    const failure = await refusal({ keyFile, createIfMissing: true });
    assert.equal(failure.code, "invalid_config");
    assert.ok(failure.message.includes(keyFile));
    assert.match(failure.message, /Restore it from your copy/);
  }
});

test("several keys: the first seals, all open", async () => {
  const lines = [await newMasterKeyLine(), await newMasterKeyLine()];
  const ids = lines.map((line) => line.split(":")[0]!);
  const fromText = await loadMasterKeys({
    keyText: lines.join(","),
    keyFile: "/nonexistent",
    createIfMissing: false,
  });
  assert.equal(fromText.current.id, ids[0]);
  assert.deepEqual([...fromText.byId.keys()], ids);

  const keyFile = newPath();
  await loadMasterKeys({ keyFile, createIfMissing: true });
  writeFileSync(keyFile, `# rotated\n${lines.join("\n")}\n`);
  const fromFile = await loadMasterKeys({ keyFile, createIfMissing: false });
  assert.deepEqual(keyBytes(fromFile), keyBytes(fromText));
  assert.match(
    (await refusal({ keyText: `${lines[0]},${lines[0]}`, keyFile, createIfMissing: false })).message,
    /same id/,
  );
});

test("the environment's text needs no check value and is never echoed", async () => {
  const secret = Buffer.alloc(32, 7).toString("base64");
  const ring = await loadMasterKeys({
    keyText: `prod-1:${secret}`,
    keyFile: "/nonexistent",
    createIfMissing: false,
  });
  assert.equal(ring.current.id, "prod-1");
  for (const keyText of [secret, `BAD ID:${secret}`, `a:${secret.slice(4)}`, `a:${secret}:00000000`, ","]) {
    const { message } = await refusal({ keyText, keyFile: "/nonexistent", createIfMissing: false });
    assert.match(message, /MAGTRACE_MASTER_KEY/);
    assert.ok(!message.includes(secret.slice(0, 12)));
  }
});
