import { randomBytes } from "node:crypto";
import { after, type TestContext } from "node:test";
import pg from "pg";
import type { RoleUrls } from "../../src/platform/database/roles.ts";
import { runtimeUrls } from "../../src/platform/database/runtimeUrls.ts";
import { noRoleUrls, onDatabase, startTestServer, templateName } from "./testServer.ts";

export interface TestDatabase extends RoleUrls {
  /** URL of the owner, who may do everything. The runtime roles' are `app`, `accounts` and `queue`. */
  readonly ownerUrl: string;
}

let serverUrl: Promise<string> | undefined;

/** The server of the whole test run, or one for this file when it is run by itself. */
function testServerUrl(): Promise<string> {
  serverUrl ??= findOrStart();
  return serverUrl;
}

async function findOrStart(): Promise<string> {
  const shared = process.env.MAGTRACE_TEST_DATABASE_URL;
  if (shared) return shared;
  const server = await startTestServer();
  stopOwnServer = server.stop;
  return server.url;
}

let stopOwnServer: (() => Promise<void>) | undefined;
after(() => stopOwnServer?.());

/**
 * A migrated, empty database of its own, dropped after the test. Pass the context of the test, or of the suite:
 * `database = await createTestDatabase(suiteCleanup())`, the latter called in its body.
 */
export async function createTestDatabase(t: Pick<TestContext, "after">): Promise<TestDatabase> {
  const url = await testServerUrl();
  const name = `test_${randomBytes(6).toString("hex")}`;
  // FILE_COPY makes two checkpoints, which wait for every other test's writes: 1 to 1.8 times as long for 10 MB.
  await asOwner(url, `CREATE DATABASE ${name} TEMPLATE ${templateName} STRATEGY WAL_LOG`);
  t.after(() => asOwner(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  const ownerUrl = onDatabase(url, name);
  const { app, accounts, queue } = runtimeUrls(noRoleUrls, ownerUrl);
  return { ownerUrl, app, accounts, queue };
}

async function asOwner(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
