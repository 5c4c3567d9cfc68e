import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { createTestDatabase } from "./testDatabase.ts";

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

test("a test's database is migrated, and what one test writes no other sees", async () => {
  const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  await query(one.ownerUrl, "CREATE TABLE mine (value integer)");
  assert.deepEqual(await query(two.ownerUrl, "SELECT to_regclass('mine') AS mine"), [{ mine: null }]);
  const [{ count } = { count: 0 }] = await query(
    two.ownerUrl,
    "SELECT count(*) FROM public.magtrace_migrations",
  );
  assert.ok(Number(count) > 0);
});

test("the runtime roles can sign in to it and are held by row-level security", async () => {
  const { app, accounts, queue } = await createTestDatabase();
  for (const [role, url] of Object.entries({
    magtrace_app: app,
    magtrace_accounts: accounts,
    magtrace_queue: queue,
  })) {
    const [found] = await query(
      url,
      "SELECT rolname, rolsuper OR rolbypassrls AS free FROM pg_roles WHERE rolname = current_user",
    );
    assert.deepEqual(found, { rolname: role, free: false });
  }
});

test("text is UTF-8 and lower() knows letters beyond ASCII", async () => {
  const { ownerUrl } = await createTestDatabase();
  const [found] = await query(
    ownerUrl,
    "SELECT lower('ÄÉΩ') AS lower, current_setting('server_encoding') AS encoding",
  );
  assert.deepEqual(found, { lower: "äéω", encoding: "UTF8" });
});
