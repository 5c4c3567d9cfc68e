import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { processIdentity } from "../../src/platform/processIdentity.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";

interface Pids {
  readonly postgres?: number;
  readonly api?: number;
  readonly workers: number[];
  readonly url: string;
  readonly address: string;
}

/** Of a machine that starts many databases at once. */
const PATIENCE_MS = 90_000;

const script = fileURLToPath(new URL("../support/standInSupervisor.ts", import.meta.url));

class RunningSupervisor {
  readonly child: ChildProcess;
  latest: Pids | undefined;
  errors = "";

  constructor(
    dataDir: string,
    environment: Record<string, string> = {},
    ids: { uid?: number; gid?: number } = {},
  ) {
    const env = { PATH: process.env.PATH, PORT: "0", MAGTRACE_DATA_DIR: dataDir, ...environment };
    this.child = spawn(process.execPath, [script], { env, stdio: ["ignore", "pipe", "pipe", "ipc"], ...ids });
    createInterface({ input: this.child.stdout! }).on("line", (line) => {
      this.latest = JSON.parse(line) as Pids;
    });
    this.child.stderr!.setEncoding("utf8").on("data", (chunk: string) => {
      this.errors += chunk;
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** What it says of its processes, once that satisfies the condition. */
  async says(condition: (pids: Pids) => boolean): Promise<Pids> {
    const deadline = performance.now() + PATIENCE_MS;
    while (performance.now() < deadline) {
      if (this.latest !== undefined && condition(this.latest)) return this.latest;
      assert.equal(this.child.exitCode, null, `it ended: ${this.errors}`);
      await sleep(20);
    }
    throw new Error(`it never said so; last: ${JSON.stringify(this.latest)} ${this.errors}`);
  }

  ready(): Promise<Pids> {
    return this.says(({ postgres, api, workers }) => Boolean(postgres && api && workers.every(Boolean)));
  }

  async ended(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, "exit");
    return this.child.exitCode;
  }

  /** Of a start that is refused: the exit status, once what it said has been read to its end. */
  async refused(): Promise<number | null> {
    await once(this.child, "close");
    return this.child.exitCode;
  }

  async stop(): Promise<number | null> {
    this.child.kill("SIGTERM");
    return this.ended();
  }
}

function start(t: TestContext, dataDir: string, environment: Record<string, string> = {}): RunningSupervisor {
  const supervisor = new RunningSupervisor(dataDir, environment);
  t.after(() => supervisor.stop());
  return supervisor;
}

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await condition())) {
    assert.ok(performance.now() < deadline, what);
    await sleep(20);
  }
}

const runs = (pid: number | undefined) => pid !== undefined && processIdentity(pid) !== null;

async function canQuery(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("SELECT 1");
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

async function withTable(url: string, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

test("each process that is killed is started again, and the database keeps what was committed", async (t) => {
  const supervisor = start(t, join(temporaryFolder(), "data folder"), { MAGTRACE_WORKERS: "2" });
  const first = await supervisor.ready();
  await withTable(first.url, "CREATE TABLE kept AS SELECT 7 AS value");

  process.kill(first.api!, "SIGKILL");
  process.kill(first.workers[1]!, "SIGKILL");
  const second = await supervisor.says(
    ({ api, workers }) => Boolean(api && workers[1]) && api !== first.api && workers[1] !== first.workers[1],
  );
  assert.equal(second.workers[0], first.workers[0], "the worker that lived was left alone");
  await until(
    async () => (await fetch(`${first.address}/health/`).catch(() => null))?.status === 200,
    "api answers",
  );

  process.kill(first.postgres!, "SIGKILL");
  const third = await supervisor.says(
    ({ postgres }) => postgres !== undefined && postgres !== first.postgres,
  );
  assert.equal(third.url, first.url, "the database keeps its address");
  await until(() => canQuery(third.url), "the database answers again");
  assert.equal((await withTable(third.url, "SELECT value FROM kept")).rows[0].value, 7);

  assert.equal(await supervisor.stop(), 0);
  const left = [third.postgres, second.api, ...second.workers].filter(runs);
  assert.deepEqual(left, [], "nothing runs on after an orderly stop");
});

test("children are handed what they need, each time they start, and never the administrator's password", async (t) => {
  const admin = { MAGTRACE_ADMIN_EMAIL: "a@b.example", MAGTRACE_ADMIN_PASSWORD: "a long enough password" };
  const supervisor = start(t, join(temporaryFolder(), "data"), admin);
  const { api, address } = await supervisor.ready();
  const told = async () => (await fetch(`${address}/handed/`)).json();
  const wanted = { handed: { HANDED: "on" }, secrets: [] };
  assert.deepEqual(await told(), wanted);
  process.kill(api!, "SIGKILL");
  await supervisor.says((pids) => pids.api !== undefined && pids.api !== api);
  await until(
    async () => (await fetch(`${address}/health/`).catch(() => null))?.status === 200,
    "api answers",
  );
  assert.deepEqual(await told(), wanted);
});

test("the api shows its metrics on the port that is configured, and each worker on the next", async (t) => {
  const watched = { METRICS_PORT: "9464", MAGTRACE_WORKERS: "2" };
  const supervisor = start(t, join(temporaryFolder(), "data"), watched);
  const { api, workers } = await supervisor.ready();
  const portOf = (pid: number) =>
    /\0METRICS_PORT=(\d+)\0/.exec(`\0${readFileSync(`/proc/${pid}/environ`, "utf8")}`)?.[1];
  assert.deepEqual([api!, ...workers].map(portOf), ["9464", "9465", "9466"]);
});

test("after the supervisor is killed its children end, and the next start recovers", async (t) => {
  const dataDir = join(temporaryFolder(), "data");
  const killed = start(t, dataDir);
  const before = await killed.ready();
  await withTable(before.url, "CREATE TABLE kept AS SELECT 7 AS value");
  process.kill(killed.pid, "SIGKILL");
  await killed.ended();
  await until(() => !runs(before.api) && !before.workers.some(runs), "children end with their supervisor");
  assert.ok(runs(before.postgres), "PostgreSQL outlives it: that is what the next start must deal with");

  const next = start(t, dataDir);
  const after = await next.ready();
  assert.ok(!runs(before.postgres), "the PostgreSQL left behind was stopped");
  assert.equal((await withTable(after.url, "SELECT value FROM kept")).rows[0].value, 7);
});

test("a worker that will not end with its killed supervisor is ended by the next start", async (t) => {
  const dataDir = join(temporaryFolder(), "data");
  const killed = start(t, dataDir, { STAND_IN_STUBBORN: "yes" });
  const before = await killed.ready();
  process.kill(killed.pid, "SIGKILL");
  await killed.ended();
  const next = start(t, dataDir);
  await next.ready();
  assert.ok(!before.workers.some(runs));
});

test("after everything is killed at once the next start recovers", async (t) => {
  const dataDir = join(temporaryFolder(), "data");
  const killed = start(t, dataDir);
  const before = await killed.ready();
  for (const pid of [killed.pid, before.postgres!, before.api!, ...before.workers]) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      // Whoever sees the supervisor gone ends by itself, at times before its turn comes.
      assert.equal((error as NodeJS.ErrnoException).code, "ESRCH");
    }
  }
  await killed.ended();
  const after = await start(t, dataDir).ready();
  assert.ok(await canQuery(after.url));
});

test("a second start on the same folder names the first one's process; on another folder it runs beside it", async (t) => {
  const folder = temporaryFolder();
  const first = start(t, join(folder, "one"));
  const other = start(t, join(folder, "two"));
  const [one, two] = await Promise.all([first.ready(), other.ready()]);
  assert.notEqual(one.url, two.url);

  const second = new RunningSupervisor(join(folder, "one"));
  assert.equal(await second.refused(), 69);
  assert.match(second.errors, new RegExp(`^already_running: .*process ${first.pid}\\.`));
  assert.ok(await canQuery(one.url), "the refused start disturbed nothing");
});

test("a start while the first one is stopping waits for it", async (t) => {
  const dataDir = join(temporaryFolder(), "data");
  const first = start(t, dataDir);
  await first.ready();
  first.child.kill("SIGTERM");
  await sleep(30);
  const second = start(t, dataDir);
  await second.ready();
  assert.equal(await first.ended(), 0);
});

test("a port in use is one sentence that names it and the way out, and nothing is left running", async (t) => {
  const taken = createServer().listen(0, "127.0.0.1");
  t.after(() => taken.close());
  await once(taken, "listening");
  const { port } = taken.address() as AddressInfo;
  const dataDir = join(temporaryFolder(), "data");
  const supervisor = new RunningSupervisor(dataDir, { PORT: String(port) });
  assert.equal(await supervisor.refused(), 69);
  assert.match(
    supervisor.errors,
    new RegExp(`^port_in_use: Port ${port} is already in use\\. .*--port.*\\n$`),
  );
  assert.ok(!existsSync(join(dataDir, "magtrace.lock")));
});

test("a data folder that cannot be made is one sentence", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "file"), "");
  const inPlace = new RunningSupervisor(join(folder, "file"));
  assert.equal(await inPlace.refused(), 73);
  assert.match(
    inPlace.errors,
    /^cannot_write: The data folder .* a file stands in its place\. .*MAGTRACE_DATA_DIR.*\n$/,
  );
});

/** An account without rights, when this test runs as root and that account can read the program. */
function plainAccount(): { uid: number; gid: number } | undefined {
  const nobody = { uid: 65534, gid: 65534 };
  if (process.getuid?.() !== 0) return undefined;
  return spawnSync("test", ["-r", script], { ...nobody, cwd: "/" }).status === 0 ? nobody : undefined;
}

test("a data folder that this account may not write is one sentence", async (t) => {
  const account = plainAccount();
  if (process.getuid?.() === 0 && account === undefined) return t.skip("root may write everywhere");
  const closed = join(temporaryFolder(), "closed");
  mkdirSync(closed, { mode: 0o555 });
  const supervisor = new RunningSupervisor(closed, {}, account);
  assert.equal(await supervisor.refused(), 73);
  assert.match(
    supervisor.errors,
    /^cannot_write: The data folder .* cannot be written by this account\. .*\n$/,
  );
});

test("an account without rights runs everything as itself", async (t) => {
  const account = plainAccount();
  if (account === undefined) return t.skip("this run is not root: the other tests show it");
  const folder = temporaryFolder();
  chownSync(folder, account.uid, account.gid);
  const dataDir = join(folder, "data");
  const supervisor = new RunningSupervisor(dataDir, {}, account);
  t.after(() => supervisor.stop());
  const { postgres } = await supervisor.ready();
  assert.equal(statSync(`/proc/${postgres}`).uid, account.uid);
  assert.equal(statSync(dataDir).mode & 0o777, 0o700);
});

test("a start can be stopped while it starts, and leaves nothing running", async (t) => {
  const dataDir = join(temporaryFolder(), "data");
  const supervisor = start(t, dataDir);
  await until(() => existsSync(join(dataDir, "magtrace.lock")), "it took the lock");
  supervisor.child.kill("SIGINT");
  assert.equal(await supervisor.ended(), 130);
  assert.ok(!existsSync(join(dataDir, "magtrace.lock")));
  await start(t, dataDir).ready();
});

test("when its launcher is gone the supervisor stops in order", async (t) => {
  const supervisor = start(t, join(temporaryFolder(), "data"));
  const pids = await supervisor.ready();
  supervisor.child.disconnect();
  assert.equal(await supervisor.ended(), 0);
  assert.ok(!runs(pids.postgres));
});

test("secrets in the data folder can be read by nobody else", async (t) => {
  const dataDir = join(temporaryFolder(), "data");
  await start(t, dataDir).ready();
  for (const name of ["postgres.json", "magtrace.lock", "logs/postgres.log", "logs/api.log"]) {
    assert.equal(statSync(join(dataDir, name)).mode & 0o077, 0, name);
  }
  const hba = readFileSync(join(dataDir, "postgres", "pg_hba.conf"), "utf8");
  assert.doesNotMatch(hba, /^[^#]*\btrust\b/m);
});
