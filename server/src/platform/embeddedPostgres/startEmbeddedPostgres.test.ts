import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import pg from "pg";
import { temporaryFolder } from "../../../test/support/temporaryFolder.ts";
import { AppError } from "../../errors.ts";
import { processIdentity } from "../processIdentity.ts";
import { connectEmbedded, type EmbeddedPostgres, startEmbeddedPostgres } from "./startEmbeddedPostgres.ts";

const log = { info: () => {}, warn: () => {} };

function newDataDir(name = "data"): string {
  const dataDir = join(temporaryFolder(), name);
  mkdirSync(dataDir, { mode: 0o711 });
  return dataDir;
}

async function start(
  t: Pick<TestContext, "after">,
  dataDir: string,
  durable = false,
): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, log, durable });
  t.after(() => server.stop());
  return server;
}

async function ask(url: string, text: string): Promise<Record<string, string>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows[0] ?? {};
  } finally {
    await client.end();
  }
}

test("a new cluster in a folder with spaces is durable, checked, UTF-8, and keeps data and port over a restart", async (t) => {
  const dataDir = newDataDir("my data");
  const first = await start(t, dataDir, true);
  const settings =
    "server_encoding fsync data_checksums listen_addresses unix_socket_directories password_encryption";
  const found = await ask(
    first.ownerUrl,
    `SELECT ${settings
      .split(" ")
      .map((name) => `current_setting('${name}') AS ${name}`)
      .join(", ")},
       datlocprovider AS provider, datlocale AS locale FROM pg_database WHERE datname = current_database()`,
  );
  const { unix_socket_directories: socketDir, ...others } = found as { unix_socket_directories: string };
  assert.equal(statSync(socketDir).mode & 0o777, 0o700, "nobody else may enter the socket's folder");
  assert.deepEqual(others, {
    server_encoding: "UTF8",
    fsync: "on",
    data_checksums: "on",
    listen_addresses: "127.0.0.1",
    password_encryption: "scram-sha-256",
    provider: "b",
    locale: "C.UTF-8",
  });
  await ask(first.ownerUrl, "CREATE TABLE kept AS SELECT 7 AS value");
  await first.stop();
  assert.ok(!existsSync(socketDir));
  assert.equal(await connectEmbedded(dataDir), null, "a stopped server is not offered");

  const second = await start(t, dataDir);
  assert.equal(second.ownerUrl, first.ownerUrl);
  assert.equal(await connectEmbedded(dataDir), second.ownerUrl);
  assert.deepEqual(await ask(second.ownerUrl, "SELECT value FROM kept"), { value: 7 });
});

test("nobody signs in without the password", async (t) => {
  const server = await start(t, newDataDir());
  const url = new URL(server.ownerUrl);
  url.password = "guess";
  await assert.rejects(ask(url.href, "SELECT 1"), { code: "28P01" });
});

test("a server left behind is stopped, and one that is killed tells so and leaves nothing in the way", async (t) => {
  const dataDir = newDataDir();
  const left = await start(t, dataDir);
  const toldOfLeft = new Promise((resolve) => left.onExit(resolve));
  const next = await start(t, dataDir);
  await toldOfLeft;
  assert.equal(processIdentity(left.pid), null);

  const told = new Promise<{ signal: string | null }>((resolve) => next.onExit(resolve));
  process.kill(next.pid, "SIGKILL");
  assert.equal((await told).signal, "SIGKILL");
  assert.ok(existsSync(join(dataDir, "postgres", "postmaster.pid")));
  await start(t, dataDir);
});

test("a postmaster.pid that names a living stranger blocks no start, and the stranger lives on", async (t) => {
  const dataDir = newDataDir();
  const first = await start(t, dataDir);
  await first.stop();
  const cluster = join(dataDir, "postgres");
  const { uid, gid } = statSync(cluster);
  // Of the server's own account: PostgreSQL takes only such a process for another server.
  const stranger = spawn("sleep", ["60"], { uid, gid, stdio: "ignore" });
  t.after(() => stranger.kill());
  writeFileSync(join(cluster, "postmaster.pid"), `${stranger.pid}\n${cluster}\n1\n5432\n`);
  await start(t, dataDir);
  assert.notEqual(processIdentity(stranger.pid ?? 0), null);
});

test("a lost or damaged postgres.json gets a new password; the data stays", async (t) => {
  const dataDir = newDataDir();
  const first = await start(t, dataDir);
  await ask(first.ownerUrl, "CREATE TABLE kept AS SELECT 7 AS value");
  await first.stop();
  writeFileSync(join(dataDir, "postgres.json"), '{"port":');
  const second = await start(t, dataDir);
  assert.notEqual(new URL(second.ownerUrl).password, new URL(first.ownerUrl).password);
  assert.deepEqual(await ask(second.ownerUrl, "SELECT value FROM kept"), { value: 7 });
  assert.equal(statSync(join(dataDir, "postgres.json")).mode & 0o777, 0o600);
});

test("a port that another program has taken meanwhile is exchanged for a free one", async (t) => {
  const dataDir = newDataDir();
  const first = await start(t, dataDir);
  await first.stop();
  const other = await start(t, newDataDir());
  const stored = JSON.parse(readFileSync(join(dataDir, "postgres.json"), "utf8"));
  writeFileSync(
    join(dataDir, "postgres.json"),
    JSON.stringify({ ...stored, port: Number(new URL(other.ownerUrl).port) }),
  );
  const second = await start(t, dataDir);
  assert.notEqual(new URL(second.ownerUrl).port, new URL(other.ownerUrl).port);
});

test("a first start that was killed half-way is begun anew", async (t) => {
  const dataDir = newDataDir();
  mkdirSync(join(dataDir, "postgres.partial", "base"), { recursive: true });
  writeFileSync(join(dataDir, "postgres.password"), "old");
  await start(t, dataDir);
  assert.ok(!existsSync(join(dataDir, "postgres.password")));
});

test("a cluster of another major version, or a folder of something else, is refused and left alone", async () => {
  const dataDir = newDataDir();
  mkdirSync(join(dataDir, "postgres"));
  writeFileSync(join(dataDir, "postgres", "letter.txt"), "dear");
  const refused = (pattern: RegExp) => (error: unknown) =>
    error instanceof AppError && error.code === "invalid_config" && pattern.test(error.message);
  await assert.rejects(startEmbeddedPostgres({ dataDir, log }), refused(/something other/));
  renameSync(join(dataDir, "postgres", "letter.txt"), join(dataDir, "postgres", "PG_VERSION"));
  writeFileSync(join(dataDir, "postgres", "PG_VERSION"), "15\n");
  await assert.rejects(startEmbeddedPostgres({ dataDir, log }), refused(/PostgreSQL 15.*PostgreSQL 18/));
});
