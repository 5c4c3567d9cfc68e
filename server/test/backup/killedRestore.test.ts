import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { openFolderObjects } from "../../src/platform/objects/folder/folderObjects.ts";
import { proveMasterKeys } from "../../src/platform/objects/sealing/masterKeyMarks.ts";
import { seedTenant } from "../support/seedTenant.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { untilTrue } from "../support/untilTrue.ts";
import { backUp, emptyInstallation, newKeys } from "./backupStage.ts";

const cli = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));

test("a restore killed before it commits can be run again, and then has everything", async (t) => {
  const source = await emptyInstallation();
  mkdirSync(source.dataDir, { recursive: true });
  await proveMasterKeys(await openFolderObjects(join(source.dataDir, "objects")), {
    keyFile: join(source.dataDir, "master.key"),
  });
  await seedTenant(source.database.ownerUrl, "north");
  const keys = await newKeys();
  const folder = temporaryFolder();
  await backUp(source, await openFolderObjects(folder), { keys });
  const identity = join(temporaryFolder(), "identity.txt");
  writeFileSync(identity, `${keys.identity}\n`);

  const empty = await emptyInstallation();
  const owner = new pg.Client({ connectionString: empty.database.ownerUrl, application_name: "test" });
  await owner.connect();
  t.after(() => owner.end());
  const start = () =>
    spawn(process.execPath, [cli, "backup", "restore", "--from", folder, "--identity", identity], {
      env: {
        PATH: process.env.PATH,
        MAGTRACE_DATA_DIR: empty.dataDir,
        DATABASE_URL: empty.database.ownerUrl,
      },
      stdio: ["ignore", "pipe", "inherit"],
    });
  const isFilling = async () => {
    const { rows } = await owner.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
       AND application_name = 'magtrace backup restore' AND query ~ '^(TRUNCATE|COPY|ALTER TABLE|SELECT setval)'`,
    );
    return rows.length > 0;
  };
  const killed = start();
  const ended = once(killed, "exit");
  await untilTrue(async () => killed.exitCode !== null || (await isFilling()));
  killed.kill("SIGKILL");
  const [status] = await ended;
  const users = async () => (await owner.query("SELECT name FROM accounts.users")).rows;
  if (status !== 0) {
    // The server notices a moment later that nobody is there any more.
    await untilTrue(async () => {
      const { rows } = await owner.query(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'magtrace%'",
      );
      return rows.length === 0;
    });
    const again = start();
    const [second] = await once(again, "exit");
    // 65: it had committed, and was bringing the schema forward, which the next start does.
    assert.ok([0, 65].includes(second), `it ended with ${second}`);
  }
  assert.deepEqual(await users(), [{ name: "north" }]);
});
