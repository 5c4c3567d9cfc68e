import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { archivedTables } from "../../src/archivedTables.ts";
import { createTestDatabase } from "../support/testDatabase.ts";

test("what a project exports, counts and deletes is found by an index of all rows that begins with the project", async (t) => {
  const { ownerUrl } = await createTestDatabase();
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  t.after(() => client.end());
  const { rows } = await client.query<{ name: string }>(
    `SELECT DISTINCT i.indrelid::regclass::text AS name FROM pg_index i
     JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
     WHERE a.attname = 'project_id' AND i.indpred IS NULL AND i.indisvalid`,
  );
  const found = new Set(rows.map(({ name }) => name));
  const without = archivedTables.filter(({ name }) => !found.has(`magtrace.${name}`));
  assert.deepEqual(
    without.map(({ name }) => name),
    [],
  );
});
