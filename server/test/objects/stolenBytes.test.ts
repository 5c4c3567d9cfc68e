import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import type { Dataset } from "@magtrace/contracts";
import { openS3Objects } from "../../src/platform/objects/s3/s3Objects.ts";
import { loadMasterKeys } from "../../src/platform/objects/sealing/masterKey.ts";
import { unwrapDataKey } from "../../src/platform/objects/sealing/wrappedKey.ts";
import { readAll } from "../../src/platform/objects/testing/memoryObjects.ts";
import { skipCeph, startCephServer } from "../support/cephServer.ts";
import {
  createModel,
  createProject,
  type LearningStage,
  label,
  setLearningStage,
  simulateSurvey,
  train,
  upload,
} from "../support/learningStage.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";

/** Makes one reading of the file one that no other test has; it is no extreme, which the statistics would show. */
const DIGITS = "4567891";
/** What docs/security.md says is in the database in the clear. */
const IN_THE_CLEAR = ["an address", "notes of a label", "the name of a recording"];
const NOTES = "quarry-by-the-old-mill";
const NAME = "north-field-recording";

interface Theft {
  /** What was looked for, by what it is. */
  readonly wanted: Readonly<Record<string, Buffer>>;
  readonly stage: LearningStage;
}

/** An installation somebody has worked with, and what a thief would look for in its bytes. */
async function workedWith(
  cleanup: ReturnType<typeof suiteCleanup>,
  environment: Record<string, string>,
): Promise<Theft> {
  const keyFile = join(temporaryFolder(), "master.key");
  const stage = await setLearningStage(cleanup, { MAGTRACE_MASTER_KEY_FILE: keyFile, ...environment });
  const project = await createProject(stage.ann, "Field");
  const survey = simulateSurvey({ seed: 4, rows: 2_000 });
  const lines = survey.csv.split("\n");
  const fields = lines[1_001]!.split(",");
  const text = `${fields[1]}${DIGITS}`;
  fields[1] = text;
  lines[1_001] = fields.join(",");
  const dataset: Dataset = await upload(stage.ann, project, lines.join("\n"));
  await stage.ann.call("PATCH", `/api/datasets/${dataset.id}/`, { name: NAME });
  await label(stage.ann, dataset, survey.events);
  const [first] = (
    await stage.ann.call<{ id: number }[]>("GET", `/api/annotations/?dataset_id=${dataset.id}`)
  ).body;
  await stage.ann.call("PATCH", `/api/annotations/${first!.id}/`, { notes: NOTES });
  const session = await train(stage.ann, await createModel(stage.ann, project, { n_trees: 3 }), dataset);
  assert.equal(session.status, "completed", String(session.error_message));
  const reading = Buffer.alloc(8);
  reading.writeDoubleLE(Number(text));
  const { current, byId } = await loadMasterKeys({ keyFile, createIfMissing: false });
  const { rows } = await stage.owner.query("SELECT * FROM objects.stored ORDER BY key LIMIT 1");
  const [row] = rows;
  const wrapped = {
    format: row.format,
    masterKeyId: row.master_key_id,
    noncePrefix: row.nonce_prefix,
    wrappedKey: row.wrapped_key,
  };
  const secret = current.key.export();
  return {
    stage,
    wanted: {
      "a reading as text": Buffer.from(text),
      "a reading as a number": reading,
      "a line of the file": Buffer.from(lines[500]!),
      "the master key": secret,
      "the master key as text": Buffer.from(secret.toString("base64")),
      "a data key": Buffer.from(unwrapDataKey(row.key, wrapped, byId).dataKey),
      "a token": Buffer.from(stage.ann.token!),
      "a password": Buffer.from("correct horse battery"),
      "notes of a label": Buffer.from(NOTES),
      "the name of a recording": Buffer.from(NAME),
      "an address": Buffer.from("ann@example.com"),
    },
  };
}

/** What of the wanted is somewhere in the bytes. */
function foundIn(pieces: Iterable<Buffer>, wanted: Theft["wanted"]): string[] {
  const found = new Set<string>();
  for (const bytes of pieces) {
    for (const [what, needle] of Object.entries(wanted)) if (bytes.includes(needle)) found.add(what);
  }
  return [...found].sort();
}

function* filesBelow(folder: string): Generator<Buffer> {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const path = join(folder, name);
    try {
      if (statSync(path).isFile()) yield readFileSync(path);
    } catch (error) {
      // Of a running database some files go while one looks.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
}

describe("what a thief gets", () => {
  const cleanup = suiteCleanup();
  let theft: Theft;
  before(async () => {
    theft = await workedWith(cleanup, {});
  });

  test("of the folder of objects and all else in the data folder but the database: nothing", () => {
    assert.deepEqual(foundIn(filesBelow(theft.stage.dataDir), theft.wanted), []);
    assert.ok(
      [...filesBelow(join(theft.stage.dataDir, "objects"))].length > 5,
      "there was something to find",
    );
  });

  test("of the database's own files: names, notes and addresses, and neither readings nor keys", async () => {
    const { owner } = theft.stage;
    await owner.query("CHECKPOINT");
    const { rows } = await owner.query(
      "SELECT current_setting('data_directory') AS folder, (SELECT oid FROM pg_database WHERE datname = current_database()) AS oid",
    );
    const files = [...filesBelow(join(rows[0].folder, "base", String(rows[0].oid)))];
    const found = foundIn(files, theft.wanted);
    assert.deepEqual(found, IN_THE_CLEAR);
    // The statistics of a recording are in the clear as well: docs/security.md says so.
    const { rows: statistics } = await owner.query("SELECT statistics FROM magtrace.datasets LIMIT 1");
    assert.match(JSON.stringify(statistics[0]), /"max"/);
  });

  test("of the log of changes that the database writes ahead: no readings and no keys", async () => {
    const { rows } = await theft.stage.owner.query("SELECT current_setting('data_directory') AS folder");
    const secret = Object.entries(theft.wanted).filter(([what]) => !IN_THE_CLEAR.includes(what));
    assert.deepEqual(foundIn(filesBelow(join(rows[0].folder, "pg_wal")), Object.fromEntries(secret)), []);
  });
});

describe("what a thief of the bucket gets", { skip: skipCeph }, () => {
  const cleanup = suiteCleanup();

  test("nothing: every object is sealed", async () => {
    const ceph = await startCephServer();
    cleanup.after(() => ceph.stop());
    await ceph.makeBucket("stolen");
    const { wanted } = await workedWith(cleanup, ceph.environment("stolen"));
    const bucket = await openS3Objects(ceph.settings("stolen"));
    const objects: Buffer[] = [];
    for await (const { key } of bucket.list("")) {
      objects.push(Buffer.from(await readAll((await bucket.open(key)).stream())));
    }
    assert.ok(objects.length > 5);
    assert.deepEqual(foundIn(objects, wanted), []);
  });
});
