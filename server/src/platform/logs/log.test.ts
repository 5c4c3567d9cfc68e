import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { createTestDatabase } from "../../../test/support/testDatabase.ts";
import { createLog } from "./log.ts";

function loggedOf(error: unknown): { text: string; err: Record<string, unknown> } {
  let text = "";
  const log = createLog({ LOG_LEVEL: "info" }, "test", { write: (line) => (text += line) });
  log.error({ err: error }, "failed");
  return { text, err: (JSON.parse(text) as { err: Record<string, unknown> }).err };
}

test("an error is told with its causes, and without what it carries of others", () => {
  const command = { name: "hello", args: ["3", "AUTH", "default", "PLANTED"] };
  const cause = Object.assign(new Error("WRONGPASS"), { command, config: { password: "PLANTED" } });
  const { text, err } = loggedOf(Object.assign(new TypeError("outer", { cause }), { code: "E1" }));
  assert.doesNotMatch(text, /PLANTED/);
  assert.deepEqual([err.type, err.code], ["TypeError", "E1"]);
  assert.match(String(err.message), /outer.*WRONGPASS/);
  assert.match(String(err.stack), /log\.test\.ts/);
});

test("a fault of PostgreSQL's is told without the row it was in", async () => {
  const client = new pg.Client({ connectionString: (await createTestDatabase()).ownerUrl });
  await client.connect();
  const fault = await client
    .query(
      "CREATE TEMP TABLE kept (secret text, n integer CHECK (n > 0)); INSERT INTO kept VALUES ('PLANTED', 0)",
    )
    .catch((error: unknown) => error);
  await client.end();
  assert.match(String((fault as { detail?: string }).detail), /PLANTED/, "PostgreSQL tells it");
  const { text, err } = loggedOf(fault);
  assert.doesNotMatch(text, /PLANTED/);
  assert.deepEqual([err.code, err.table], ["23514", "kept"]);
});

test("what is thrown and is no error is told as it is", () => {
  assert.equal(loggedOf("a word").err, "a word");
});
