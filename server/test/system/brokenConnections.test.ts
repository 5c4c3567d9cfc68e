import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Dataset, Project } from "@magtrace/contracts";
import pg from "pg";
import { startInstallation } from "../../src/demo/startInstallation.ts";
import { toAppError } from "../../src/http/reply/errorReply.ts";
import { createPool } from "../../src/platform/database/pool.ts";
import { processIdentity } from "../../src/platform/processIdentity.ts";
import { childrenOf } from "../support/childrenOf.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { createTestDatabase } from "../support/testDatabase.ts";
import { startTestInstallation } from "../support/testInstallation.ts";

async function ownerOf(t: { after(f: () => Promise<void>): void }, ownerUrl: string): Promise<pg.Client> {
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  t.after(() => owner.end());
  return owner;
}

test("a connection that breaks between two statements fails its transaction, and nothing else", async (t) => {
  const database = await createTestDatabase();
  const owner = await ownerOf(t, database.ownerUrl);
  const pool = createPool({ url: database.app, size: 2, name: "test" });
  t.after(() => pool.end());
  const client = await pool.connect();
  const { rows } = await client
    .query("BEGIN; SELECT 1")
    .then(() => client.query("SELECT pg_backend_pid() AS pid"));
  const broken = new Promise((resolve) => client.once("error", resolve));
  await owner.query("SELECT pg_terminate_backend($1)", [rows[0].pid]);
  await broken;
  for (const ask of [
    () => client.query("SELECT 1"),
    () => new Promise((resolve, reject) => client.query("SELECT 1", (e, r) => (e ? reject(e) : resolve(r)))),
  ]) {
    const failure = await ask().catch((error: unknown) => error);
    assert.equal(toAppError(failure).code, "dependency_unavailable");
  }
  client.release();
  assert.deepEqual((await pool.query("SELECT 2 AS n")).rows, [{ n: 2 }]);
});

test("a request whose connection is taken away is answered 503, and the api goes on", async (t) => {
  const installation = await startTestInstallation(t);
  const owner = await ownerOf(t, installation.database.ownerUrl);
  const ada = await installation.addUser({ name: "ada", organization: "North" });
  // What one sees of others does not change within a transaction: who watches has none.
  const holder = await ownerOf(t, installation.database.ownerUrl);
  await holder.query("BEGIN; LOCK TABLE magtrace.projects");
  const asked = ada.call("POST", "/api/projects/", { name: "p" });
  let ended = 0;
  while (ended === 0) {
    await delay(20);
    const { rowCount } = await owner.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    ended = rowCount ?? 0;
  }
  await holder.query("ROLLBACK");
  const { status, body } = await asked;
  assert.deepEqual([status, body.code], [503, "dependency_unavailable"]);
  assert.equal((await ada.call("POST", "/api/projects/", { name: "p" })).status, 201);
});

test("api, worker and the stream of events live through the loss of every connection, again and again", async (t) => {
  const installation = await startTestInstallation(t, { UPLOAD_WAIT_SECONDS: "0" });
  const owner = await ownerOf(t, installation.database.ownerUrl);
  const ada = await installation.addUser({ name: "ada", organization: "North" });
  const { body: project } = await ada.call<Project>("POST", "/api/projects/", { name: "p" });
  const rows = Array.from({ length: 50_000 }, (_, i) => `${i / 100},${20_000 + (i % 97)},5,43000`);
  const bytes = `timestamp_pc,b_x,b_y,b_z\n${rows.join("\n")}\n`;
  const made: number[] = [];
  for (let round = 0; round < 5; round++) {
    const upload = await ada.upload<Dataset>(project.id, { name: `${round}.csv`, bytes });
    if (upload.status === 202) made.push(upload.body.id);
    else assert.equal(upload.status, 503);
    await owner.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    await delay(300);
  }
  assert.ok(made.length > 0);
  const last = performance.now() + 120_000;
  for (const id of made) {
    for (;;) {
      const { status, body } = await ada.call<Dataset>("GET", `/api/datasets/${id}/`);
      if (status === 200 && body.status === "completed") break;
      assert.ok(
        status === 503 || body.status === "running" || body.status === "pending",
        JSON.stringify(body),
      );
      assert.ok(performance.now() < last, `dataset ${id} stayed ${JSON.stringify(body)}`);
      await delay(100);
    }
  }
});

test("PostgreSQL is restarted while work is under way: the same api and worker go on", async (t) => {
  const dataDir = join(temporaryFolder(), "data");
  const installation = await startInstallation(dataDir, new AbortController().signal, {
    UPLOAD_WAIT_SECONDS: "0",
    RATE_LIMIT_READ: "0",
  });
  t.after(() => installation.stop());
  const authorization = `Bearer ${installation.token}`;
  const before = childrenOf(installation.pid).filter(({ command }) => /cli\.ts (api|worker)/.test(command));
  assert.equal(before.length, 2);
  const call = (path: string, init: RequestInit = {}) =>
    fetch(installation.url + path, { ...init, headers: { authorization, ...init.headers } });
  const project = (await (
    await call("/api/projects/", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "p" }),
    })
  ).json()) as Project;
  const rows = Array.from({ length: 400_000 }, (_, i) => `${i / 100},${20_000 + (i % 97)},5,43000`);
  const form = new FormData();
  form.set("project", String(project.id));
  form.set("file", new Blob([`timestamp_pc,b_x,b_y,b_z\n${rows.join("\n")}\n`]), "a.csv");
  const upload = await call("/api/datasets/upload/", { method: "POST", body: form });
  assert.equal(upload.status, 202);
  const { id } = (await upload.json()) as Dataset;

  const statuses = new Set<number>();
  let asking = true;
  const load = Array.from({ length: 4 }, async () => {
    while (asking) {
      statuses.add((await call("/api/projects/")).status);
      await delay(5);
    }
  });
  for (let round = 0; round < 2; round++) {
    await delay(1_000);
    const postmaster = Number(
      readFileSync(join(dataDir, "postgres", "postmaster.pid"), "utf8").split("\n")[0],
    );
    process.kill(postmaster, "SIGQUIT");
    while (processIdentity(postmaster) !== null) await delay(20);
    while (!existsSync(join(dataDir, "postgres", "postmaster.pid"))) await delay(20);
    while ((await call("/api/projects/")).status !== 200) await delay(50);
  }
  asking = false;
  await Promise.all(load);
  assert.deepEqual(
    [...statuses].filter((status) => status !== 200 && status !== 503),
    [],
  );
  const last = performance.now() + 120_000;
  for (let status = ""; status !== "completed"; ) {
    assert.ok(performance.now() < last, `it stayed ${status}`);
    const answer = await call(`/api/datasets/${id}/`);
    if (answer.status === 200) status = ((await answer.json()) as Dataset).status;
    assert.notEqual(status, "failed");
    await delay(100);
  }
  const after = childrenOf(installation.pid).filter(({ command }) => /cli\.ts (api|worker)/.test(command));
  assert.deepEqual(
    after.map(({ pid }) => pid),
    before.map(({ pid }) => pid),
  );
});
