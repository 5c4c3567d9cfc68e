import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import pg from "pg";
import { readConfig } from "../../src/config.ts";
import { AppError } from "../../src/errors.ts";
import { openPlatform } from "../../src/platform/openPlatform.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { createTestDatabase } from "../support/testDatabase.ts";

test("no process opens objects by a configuration from before they were moved", async (t) => {
  const database = await createTestDatabase();
  const dataDir = temporaryFolder();
  const moved = join(dataDir, "moved");
  mkdirSync(moved);
  const owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
  t.after(() => owner.end());
  await owner.query("INSERT INTO objects.place (name) VALUES ($1)", [moved]);
  const config = (objects: Record<string, string>) =>
    readConfig({
      MAGTRACE_DATA_DIR: dataDir,
      LOG_LEVEL: "fatal",
      DATABASE_APP_URL: database.app,
      DATABASE_ACCOUNTS_URL: database.accounts,
      DATABASE_QUEUE_URL: database.queue,
      ...objects,
    });
  await assert.rejects(openPlatform(config({}), "test"), (error) => {
    assert.ok(error instanceof AppError && error.code === "invalid_config");
    assert.match(error.message, /moved to .*moved\. Name it in MAGTRACE_OBJECTS/);
    return true;
  });
  const nobody = "postgres://a:b@127.0.0.1:1/none";
  await assert.rejects(openPlatform(config({ DATABASE_ACCOUNTS_URL: nobody }), "test"), {
    code: "dependency_unavailable",
  });
  const platform = await openPlatform(config({ MAGTRACE_OBJECTS: `folder,${moved}` }), "test");
  await platform.close();
});
