import assert from "node:assert/strict";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { startApi } from "../../src/api.ts";
import { startTestInstallation } from "../support/testInstallation.ts";

/** A connection that stays open; each request is answered before the next is sent. */
function openConnection(address: string) {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  let received = "";
  socket.setEncoding("latin1").on("data", (text: string) => {
    received += text;
  });
  socket.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  return {
    send: (path: string, token: string) =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n\r\n`),
    received: () => received,
    closed,
    socket,
  };
}

/** What the owner sees of others does not change within a transaction: who watches has none. */
async function connectOwner(t: TestContext, ownerUrl: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  t.after(() => client.end());
  return client;
}

test("an api that is stopping answers what it has begun, and refuses the rest in its own form", async (t) => {
  const installation = await startTestInstallation(t);
  const ada = await installation.addUser({ name: "ada", organization: "North" });
  const owner = await connectOwner(t, installation.database.ownerUrl);
  const api = await startApi(installation.config, { checkResponses: true });
  const connection = openConnection(api.address);
  t.after(() => connection.socket.destroy());

  await owner.query("BEGIN; LOCK TABLE magtrace.projects");
  connection.send("/api/projects/", ada.token!);
  const waits = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  const watcher = await connectOwner(t, installation.database.ownerUrl);
  while ((await watcher.query(waits)).rowCount === 0) await delay(10);
  const stopped = api.stop();
  // On the same connection: Node takes it once the first is answered.
  connection.send("/api/projects/", ada.token!);
  await delay(200);
  await owner.query("ROLLBACK");
  await connection.closed;
  await stopped;

  const answers = connection.received().split(/(?=HTTP\/1\.1 )/);
  assert.match(answers[0] ?? "", /^HTTP\/1\.1 200 /);
  for (const answer of answers.slice(1)) {
    assert.match(answer, /^HTTP\/1\.1 503 /);
    assert.match(answer, /^connection: close\r$/im);
    assert.match(answer, /^retry-after: \d+\r$/im);
    const body = JSON.parse(answer.slice(answer.indexOf("{"))) as Record<string, string>;
    assert.deepEqual(Object.keys(body).sort(), ["code", "error", "request_id"]);
    assert.equal(body.code, "dependency_unavailable");
  }
});
