import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import pg from "pg";
import { createTestDatabase } from "../../../test/support/testDatabase.ts";
import { copyIn, copyOut } from "./copyRows.ts";

const MANY = 200_000;

test("rows go out and come in as they were, however many and long", async (t) => {
  const client = await connected(t);
  await client.query(`CREATE TEMPORARY TABLE source AS SELECT n, repeat('x\\y', n % 700) AS text
    FROM generate_series(1, ${MANY}) AS n`);
  await client.query("CREATE TEMPORARY TABLE target (LIKE source)");
  const other = await connected(t);
  await other.query("CREATE TEMPORARY TABLE target (n int, text text)");
  assert.equal(await copyIn(other, "COPY target FROM STDIN", copyOut(client, "COPY source TO STDOUT")), MANY);
  const hashed = "SELECT md5(string_agg(n || text, ',' ORDER BY n)) AS hash FROM";
  const [source, target] = [await client.query(`${hashed} source`), await other.query(`${hashed} target`)];
  assert.equal(target.rows[0].hash, source.rows[0].hash);
});

test("no rows are none", async (t) => {
  const client = await connected(t);
  await client.query("CREATE TEMPORARY TABLE target (n int)");
  for await (const piece of copyOut(client, "COPY target TO STDOUT"))
    assert.fail(`${piece.byteLength} bytes`);
  assert.equal(await copyIn(client, "COPY target FROM STDIN", pieces()), 0);
});

test("rows that the database refuses are refused with its words, and the connection can be used", async (t) => {
  const client = await connected(t);
  await client.query("CREATE TEMPORARY TABLE target (n int)");
  await assert.rejects(
    copyIn(client, "COPY target FROM STDIN", pieces("1\n", "two\n")),
    /invalid input syntax/,
  );
  await assert.rejects(copyIn(client, "COPY nowhere FROM STDIN", pieces("1\n")), /"nowhere" does not exist/);
  assert.deepEqual((await client.query("SELECT * FROM target")).rows, []);
});

test("a source that fails leaves no rows", async (t) => {
  const client = await connected(t);
  await client.query("CREATE TEMPORARY TABLE target (n int)");
  async function* failing() {
    yield Buffer.from("1\n");
    throw new Error("the file is cut off");
  }
  await assert.rejects(copyIn(client, "COPY target FROM STDIN", failing()), /the file is cut off/);
  assert.deepEqual((await client.query("SELECT * FROM target")).rows, []);
});

test("a connection that is lost in the middle is an error in both directions", async (t) => {
  const [client, killer] = [await connected(t), await connected(t)];
  const { rows } = await client.query("SELECT pg_backend_pid() AS pid");
  await client.query("CREATE TEMPORARY TABLE target (n int)");
  async function* endless() {
    for (let n = 0; ; n++) {
      if (n === 50) await killer.query("SELECT pg_terminate_backend($1)", [rows[0].pid]);
      yield Buffer.from("1\n".repeat(10_000));
    }
  }
  await assert.rejects(copyIn(client, "COPY target FROM STDIN", endless()));

  const reader = await connected(t);
  const { rows: own } = await reader.query("SELECT pg_backend_pid() AS pid");
  await assert.rejects(async () => {
    let taken = 0;
    for await (const piece of copyOut(reader, "COPY (SELECT generate_series(1, 100000000)) TO STDOUT")) {
      if (taken === 0) await killer.query("SELECT pg_terminate_backend($1)", [own[0].pid]);
      taken += piece.byteLength;
    }
  });
});

test("whoever stops taking rows ends the query", async (t) => {
  const [client, watcher] = [await connected(t), await connected(t)];
  const { rows } = await client.query("SELECT pg_backend_pid() AS pid");
  for await (const piece of copyOut(client, "COPY (SELECT generate_series(1, 100000000)) TO STDOUT")) {
    assert.ok(piece.byteLength > 0);
    break;
  }
  const count = "SELECT count(*)::int AS n FROM pg_stat_activity WHERE pid = $1";
  while ((await watcher.query(count, [rows[0].pid])).rows[0].n > 0)
    await new Promise((resolve) => setTimeout(resolve, 20));
});

async function* pieces(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
}

async function connected(t: TestContext): Promise<pg.Client> {
  const { ownerUrl } = await createTestDatabase();
  const client = new pg.Client({ connectionString: ownerUrl });
  client.on("error", () => undefined);
  await client.connect();
  t.after(() => client.end().catch(() => undefined));
  return client;
}
