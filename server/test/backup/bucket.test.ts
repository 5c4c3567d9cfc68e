import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import pg from "pg";
import { command as create } from "../../src/cli/backupCreate.ts";
import { command as list } from "../../src/cli/backupList.ts";
import { command as prune } from "../../src/cli/backupPrune.ts";
import { command as restore } from "../../src/cli/backupRestore.ts";
import { command as verify } from "../../src/cli/backupVerify.ts";
import type { Command } from "../../src/cli/command.ts";
import { readConfig } from "../../src/config.ts";
import { createPool } from "../../src/platform/database/pool.ts";
import { openObjects } from "../../src/platform/objects/openObjects.ts";
import { databaseRows } from "../../src/platform/objects/rows/queries.ts";
import { proveMasterKeys } from "../../src/platform/objects/sealing/masterKeyMarks.ts";
import { SealedObjects } from "../../src/platform/objects/sealing/sealedObjects.ts";
import { inPieces } from "../../src/platform/objects/testing/memoryObjects.ts";
import { skipCeph, startCephServer } from "../support/cephServer.ts";
import { seedTenant } from "../support/seedTenant.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { emptyInstallation, newKeys } from "./backupStage.ts";

test("from a bucket into another, by commands, and back into a folder", { skip: skipCeph }, async (t) => {
  const ceph = await startCephServer();
  t.after(() => ceph.stop());
  await ceph.makeBucket("live");
  await ceph.makeBucket("backups");
  const { identity, recipient } = await newKeys();
  const identityFile = join(temporaryFolder(), "identity.txt");
  writeFileSync(identityFile, `# created: today\n${identity}\n`, { mode: 0o600 });
  const source = await emptyInstallation();
  const environment = {
    ...ceph.environment("live"),
    MAGTRACE_DATA_DIR: source.dataDir,
    DATABASE_URL: source.database.ownerUrl,
    BACKUP_TO: "s3://backups/main",
    BACKUP_RECIPIENTS: recipient,
  };
  mkdirSync(source.dataDir, { recursive: true });
  const inner = await openObjects(readConfig(environment));
  const keyring = await proveMasterKeys(inner, { keyFile: join(source.dataDir, "master.key") });
  await seedTenant(source.database.ownerUrl, "north");
  const pool = createPool({ url: source.database.accounts, size: 1, name: "test" });
  const objects = new SealedObjects({ inner, rows: databaseRows(pool), keyring });
  // Longer than one part of an upload.
  await objects.put("uploads/large", inPieces(Buffer.alloc(20_000_000, 7), 1_000_000));
  await objects.put("series/none/base.arrow", inPieces(Buffer.from("series"), 6));
  await objects.put("labels/none", inPieces(Buffer.from("labels"), 6));
  await objects.put("partial/none/0", inPieces(Buffer.from("part"), 4));
  await pool.end();
  const owner = new pg.Client({ connectionString: source.database.ownerUrl });
  await owner.connect();
  await owner.query("UPDATE magtrace.datasets SET original_key = 'uploads/large'");
  await owner.end();

  async function run(
    command: Command,
    values: Record<string, string> = {},
    more: Record<string, string> = {},
  ) {
    const lines: string[] = [];
    const invocation = {
      values,
      switches: new Set<string>(),
      positionals: [],
      environment: { ...environment, ...more },
    };
    const status = await command.run({ ...invocation, print: (line) => lines.push(line) });
    return { status, text: lines.join("\n") };
  }
  const made = await run(create);
  assert.equal(made.status, 0, made.text);
  assert.match(made.text, /5 objects of 20 MB, of which 5 of 20 MB were copied/);
  assert.match((await run(create)).text, /of which 0 of/);
  assert.match((await run(create, { since: "2026-01-01T00:00:00Z" })).text, /There is a good backup since/);
  assert.match(
    (await run(list)).text,
    /^ok {10}\d{8}t\d{6}z-\w{6} .*5 objects of 20 MB, MagTrace .*not verified$/m,
  );
  const scratch = (await emptyInstallation()).database.ownerUrl;
  const verified = await run(verify, { identity: identityFile, "scratch-url": scratch });
  assert.match(verified.text, /^ok {4}backup .* 5 objects of 20 MB read$/m);
  assert.match((await run(list)).text, /verified 20\d\d/);
  await assert.rejects(run(verify, { identity: identityFile }), {
    code: "bad_request",
    message: /--scratch-url/,
  });
  assert.match((await run(prune, { daily: "1", weekly: "0", monthly: "0" })).text, /^1 backups stay/m);

  const empty = await emptyInstallation();
  const elsewhere = {
    MAGTRACE_OBJECTS: "folder",
    MAGTRACE_DATA_DIR: empty.dataDir,
    DATABASE_URL: empty.database.ownerUrl,
    BACKUP_TO: "",
    MAGTRACE_MASTER_KEY_FILE: join(empty.dataDir, "..", "keys", "master.key"),
  };
  const restored = await run(restore, { identity: identityFile, from: "s3://backups/main" }, elsewhere);
  assert.equal(restored.status, 0);
  assert.match(restored.text, /^Master keys mk-\w+ came with the backup\.$/m);
  assert.equal(
    readFileSync(elsewhere.MAGTRACE_MASTER_KEY_FILE, "utf8"),
    readFileSync(join(source.dataDir, "master.key"), "utf8"),
  );
  assert.match(restored.text, /5 objects of 20 MB; 0 objects were there already/);
  await assert.rejects(run(restore, { identity: identityFile, from: "s3://backups/main" }, elsewhere), {
    code: "conflict",
  });
  await assert.rejects(run(create, {}, { BACKUP_RECIPIENTS: "" }), { code: "invalid_config" });
  await assert.rejects(run(create, {}, { BACKUP_RECIPIENTS: "age1nonsense" }), { code: "invalid_config" });
  await assert.rejects(run(create, {}, { BACKUP_TO: "folder" }), { code: "invalid_config" });
});
