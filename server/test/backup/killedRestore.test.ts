import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { openFolderObjects } from "../../src/platform/objects/folder/folderObjects.ts";
import { proveMasterKeys } from "../../src/platform/objects/sealing/masterKeyMarks.ts";
import { seedTenant } from "../support/seedTenant.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { untilTrue } from "../support/untilTrue.ts";
import { type BackedUp, backUp, emptyInstallation, newKeys } from "./backupStage.ts";

const cli = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));

const MOST_TRIES = 5;

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

  const args = ["--from", folder, "--identity", identity];
  let killed = await killWhileFilling(t, args);
  for (let tries = 1; !killed.inTheMiddle && tries < MOST_TRIES; tries++)
    killed = await killWhileFilling(t, args);
  assert.ok(killed.inTheMiddle, `${MOST_TRIES} restores committed before they were killed`);

  const [status] = await once(startRestore(killed.target, args), "exit");
  assert.equal(status, 0);
  assert.deepEqual(await usersOf(killed.owner), [{ name: "north" }]);
});

async function usersOf(owner: pg.Client): Promise<{ name: string }[]> {
  return (await owner.query("SELECT name FROM accounts.users")).rows;
}

function startRestore({ database, dataDir }: BackedUp, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [cli, "backup", "restore", ...args], {
    env: { PATH: process.env.PATH, MAGTRACE_DATA_DIR: dataDir, DATABASE_URL: database.ownerUrl },
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** Restores into an empty installation, and kills the restore while it fills the database, unless it ends first. */
async function killWhileFilling(t: TestContext, args: readonly string[]) {
  const target = await emptyInstallation();
  const owner = new pg.Client({ connectionString: target.database.ownerUrl, application_name: "test" });
  await owner.connect();
  t.after(() => owner.end());
  const isFilling = async () => {
    const { rows } = await owner.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
       AND application_name = 'magtrace backup restore' AND query ~ '^(TRUNCATE|COPY|ALTER TABLE|SELECT setval)'`,
    );
    return rows.length > 0;
  };
  const restore = startRestore(target, args);
  const ended = once(restore, "exit");
  // Without a pause: it takes a moment only.
  while (restore.exitCode === null && !(await isFilling()));
  restore.kill("SIGKILL");
  const [, signal] = await ended;
  // The server notices a moment later that nobody is there any more.
  await untilTrue(async () => {
    const { rows } = await owner.query(
      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'magtrace%'",
    );
    return rows.length === 0;
  });
  return { target, owner, inTheMiddle: signal === "SIGKILL" && (await usersOf(owner)).length === 0 };
}
