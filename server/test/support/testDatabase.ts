import { randomBytes } from "node:crypto";
import { after } from "node:test";
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
const made: string[] = [];

// Not after the test that asked: its own clean-up, which runs later, may still use the database.
after(async () => {
  if (stopOwnServer !== undefined) return stopOwnServer();
  if (made.length === 0) return;
  const url = await testServerUrl();
  for (const name of made) await asOwner(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
});

/** A migrated, empty database of its own, dropped when the test file has ended. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const url = await testServerUrl();
  const name = `test_${randomBytes(6).toString("hex")}`;
  // FILE_COPY makes two checkpoints, which wait for every other test's writes: 1 to 1.8 times as long for 10 MB.
  await asOwner(url, `CREATE DATABASE ${name} TEMPLATE ${templateName} STRATEGY WAL_LOG`);
  made.push(name);
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
