import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { AppError } from "../../src/errors.ts";
import { connectKms } from "../../src/platform/objects/sealing/kms.ts";
import { loadMasterKeys, newMasterKeyLine } from "../../src/platform/objects/sealing/masterKey.ts";
import { proveMasterKeys } from "../../src/platform/objects/sealing/masterKeyMarks.ts";
import { SealedObjects } from "../../src/platform/objects/sealing/sealedObjects.ts";
import { inPieces, MemoryObjects, readAll } from "../../src/platform/objects/testing/memoryObjects.ts";
import { MemoryRows } from "../../src/platform/objects/testing/memoryRows.ts";
import { startKmsServer } from "../support/kmsServer.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";

const KEY = "arn:aws:kms:us-east-1:1234:key/first";

async function refusal(opening: Promise<unknown>): Promise<AppError> {
  const failure = await opening.catch((error: unknown) => error);
  assert.ok(failure instanceof AppError, String(failure));
  return failure;
}

test("a master key that a key service holds is in no file, and opens what it sealed after a restart", async (t) => {
  const kms = await startKmsServer([KEY]);
  t.after(() => kms.stop());
  const inner = new MemoryObjects();
  const rows = new MemoryRows();
  const keyFile = join(temporaryFolder(), "master.key");
  const source = { keyFile, kms: kms.settings(KEY) };
  const keyring = await proveMasterKeys(inner, source);
  await new SealedObjects({ inner, rows, keyring }).put("a", inPieces(Buffer.from("north"), 2));
  const file = readFileSync(keyFile);
  const secret = keyring.current.key.export();
  assert.equal(file.includes(secret) || file.includes(secret.toString("base64")), false);
  assert.match(file.toString(), new RegExp(`^${keyring.current.id}:kms:\\S+:${KEY}$`, "m"));

  const again = await proveMasterKeys(inner, source);
  const reader = await new SealedObjects({ inner, rows, keyring: again }).open("a");
  assert.equal(Buffer.from(await readAll(reader.stream())).toString(), "north");
  assert.deepEqual(kms.operations, ["GenerateDataKey", "Decrypt", "Decrypt"]);
});

test("one service's key is exchanged for another's beside keys of the file, each asked for once", async (t) => {
  const kms = await startKmsServer([KEY, "second"]);
  t.after(() => kms.stop());
  const lines = [
    await newMasterKeyLine(kms.settings("second")),
    await newMasterKeyLine(kms.settings(KEY)),
    await newMasterKeyLine(),
  ];
  const keyring = await loadMasterKeys({
    keyText: lines.join(","),
    keyFile: "",
    kms: kms.settings(""),
    createIfMissing: false,
  });
  assert.equal(keyring.byId.size, 3);
  assert.equal(kms.operations.filter((each) => each === "Decrypt").length, 2);
});

test("a refusing, a wrong and an absent service each say which master key is needed and where it is", async (t) => {
  const kms = await startKmsServer([KEY, "other"]);
  t.after(() => kms.stop());
  const line = await newMasterKeyLine(kms.settings(KEY));
  const id = line.split(":")[0]!;
  const load = (keyText: string, settings = kms.settings("")) =>
    refusal(loadMasterKeys({ keyText, keyFile: "", kms: settings, createIfMissing: false }));

  const wrong = await load(line.replace(KEY, "other"));
  assert.equal(wrong.code, "invalid_config");
  assert.match(
    wrong.message,
    new RegExp(`Master key ${id} is needed.*${kms.endpoint}.*IncorrectKeyException`),
  );
  const unsigned = await load(line, { ...kms.settings(""), accessKeyId: "nobody", secretAccessKey: "x" });
  assert.match(unsigned.message, /UnrecognizedClientException.*access key/);
  kms.disable(KEY);
  assert.match((await load(line)).message, /NotFoundException/);
  const altered = await load(line.replace(/kms:..../, "kms:BG90"));
  assert.match(altered.message, new RegExp(`Master key ${id} is needed`));
  await kms.stop();
  const absent = await load(line);
  assert.equal(absent.code, "dependency_unavailable");
  assert.match(absent.message, new RegExp(`Master key ${id} is needed.*does not answer`));
  assert.equal(
    (await refusal((await connectKms(kms.settings(KEY))).makeKey())).code,
    "dependency_unavailable",
  );
});
