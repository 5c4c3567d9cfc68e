import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { ensureRoles } from "../../src/platform/database/roles.ts";
import { createTestDatabase } from "../support/testDatabase.ts";

const DATABASES = 4;
const TIMES = 15;

test("databases of one server are migrated at once, though its roles are the same for all", async (t) => {
  const clients = await Promise.all(
    Array.from({ length: DATABASES }, async () => {
      const client = new pg.Client({ connectionString: (await createTestDatabase()).ownerUrl });
      await client.connect();
      t.after(() => client.end());
      return client;
    }),
  );
  for (let time = 0; time < TIMES; time++) await Promise.all(clients.map((each) => ensureRoles(each, null)));
  const { rows } = await clients[0]!.query<{ config: string[] }>(
    "SELECT rolconfig AS config FROM pg_roles WHERE rolname = 'magtrace_app'",
  );
  assert.ok(rows[0]!.config.includes("search_path=magtrace"));
});
