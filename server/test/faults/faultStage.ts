import { spawn, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { createUser } from "../../src/accounts/administration/users.ts";
import { createTokenFor } from "../../src/accounts/tokens/tokens.ts";
import { readConfig } from "../../src/config.ts";
import { createPool } from "../../src/platform/database/pool.ts";
import { runtimeUrls } from "../../src/platform/database/runtimeUrls.ts";
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from "../../src/platform/embeddedPostgres/startEmbeddedPostgres.ts";
import { freePort } from "../../src/platform/freePort.ts";
import { prepareDataFolder } from "../../src/supervisor/dataFolder.ts";
import { prepareInstallation } from "../../src/supervisor/prepareInstallation.ts";
import { type ClamdServer, skipClamd, startClamdServer } from "../support/clamdServer.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { manyRequests } from "../support/testInstallation.ts";
import { noRoleUrls } from "../support/testServer.ts";
import { keptRunning, type Process } from "./keptRunning.ts";
import { startTcpProxy, type TcpProxy } from "./tcpProxy.ts";

/** A real installation in processes of its own, every connection of which leads through a proxy. */
export interface FaultStage {
  readonly dataDir: string;
  /** Of the folder that holds the objects; null where they are in a bucket. */
  readonly objectsDir: string | null;
  /** As clients see the api: through a proxy. */
  readonly address: string;
  readonly proxies: {
    readonly clients: TcpProxy;
    readonly database: TcpProxy;
    readonly clamd: TcpProxy | null;
  };
  /** Of the PostgreSQL that runs now: one that was killed may come back at another port. */
  readonly ownerUrl: string;
  readonly environment: Record<string, string>;
  pidOf(name: Process): number;
  postgresPid(): number;
  /** `kill -9`, and another one. @param clockMs How far its clock goes ahead. */
  restart(
    name: Process,
    options?: { readonly signal?: NodeJS.Signals; readonly clockMs?: number },
  ): Promise<void>;
  killPostgres(): Promise<void>;
  killEverything(): Promise<void>;
  /** Until the api answers that it and the database are well, and the worker takes jobs. */
  untilHealthy(): Promise<void>;
  /** Whether the folder can be made read-only; where not, why. */
  readonly readOnlyBy: "mount" | "mode" | null;
  /** @returns false where the file system is busy. */
  setReadOnly(readOnly: boolean): boolean;
  addUser(name: string, organization: string): Promise<string>;
}

const PATIENCE_MS = 300_000;
export const VIRUS_MARKER = "magtrace-faults-virus-marker";

export async function startFaultStage(
  t: Pick<TestContext, "after" | "diagnostic">,
  more: Record<string, string> = {},
): Promise<FaultStage> {
  const folder = temporaryFolder();
  const dataDir = join(folder, "data");
  endWithUs(folder);
  prepareDataFolder(dataDir);
  const objectsDir = more.MAGTRACE_OBJECTS === undefined ? join(folder, "objects") : null;
  const readOnlyBy = objectsDir === null ? null : makeObjectsFolder(objectsDir);
  if (objectsDir !== null && readOnlyBy === null)
    t.diagnostic("Objects are not made read-only: root needs a file system for that, and cannot mount one.");
  if (readOnlyBy === "mount") t.after(() => void spawnSync("umount", ["-l", objectsDir!]));

  const clamd: ClamdServer | null = skipClamd
    ? null
    : await startClamdServer(temporaryFolder(), VIRUS_MARKER);
  if (skipClamd) t.diagnostic(`Uploads are not scanned: ${skipClamd}`);
  const clamdProxy = clamd && (await startTcpProxy(() => ({ port: Number(clamd.address.split(":")[1]) })));

  let postgres: EmbeddedPostgres = await startPostgres(dataDir);
  const { ownerUrl } = postgres;
  const databaseProxy = await startTcpProxy(() => {
    const { host, port } = new pg.Client({ connectionString: postgres.ownerUrl });
    return host.startsWith("/") ? { path: `${host}/.s.PGSQL.${port}` } : { port };
  });
  const through = (url: string) => {
    const changed = new URL(url);
    changed.searchParams.delete("host");
    changed.hostname = "127.0.0.1";
    changed.port = String(databaseProxy.port);
    return changed.href;
  };
  const urls = runtimeUrls(noRoleUrls, ownerUrl);
  const apiPort = await freePort();
  const clientsProxy = await startTcpProxy(() => ({ port: apiPort }));
  const environment: Record<string, string> = {
    PATH: process.env.PATH ?? "",
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(folder, "compiled"),
    MAGTRACE_DATA_DIR: dataDir,
    PORT: String(apiPort),
    UPLOAD_WAIT_SECONDS: "3",
    WORKER_THREADS: "1",
    ...manyRequests,
    ...(objectsDir === null ? {} : { MAGTRACE_OBJECTS: objectsDir }),
    ...(clamdProxy === null ? {} : { CLAMD_ADDRESS: `127.0.0.1:${clamdProxy.port}` }),
    DATABASE_PREPARED_STATEMENTS: "true",
    DATABASE_APP_URL: through(urls.app),
    DATABASE_ACCOUNTS_URL: through(urls.accounts),
    DATABASE_QUEUE_URL: through(urls.queue),
    ...more,
  };
  await prepareInstallation(readConfig({ ...environment, ...noRoleUrls }), ownerUrl);

  const processes = {
    api: keptRunning("api", { environment, folder }),
    worker: keptRunning("worker", { environment, folder }),
  };
  t.after(async () => {
    await Promise.all([processes.api.end("SIGKILL"), processes.worker.end("SIGKILL")]);
    await Promise.all([clientsProxy.stop(), databaseProxy.stop(), clamdProxy?.stop(), clamd?.stop()]);
    await postgres.stop();
  });
  const pool = createPool({ url: urls.accounts, size: 1, name: "faults" });
  t.after(() => pool.end());
  processes.api.start();
  processes.worker.start();

  const stage: FaultStage = {
    dataDir,
    objectsDir,
    address: `http://127.0.0.1:${clientsProxy.port}`,
    proxies: { clients: clientsProxy, database: databaseProxy, clamd: clamdProxy },
    get ownerUrl() {
      return postgres.ownerUrl;
    },
    environment,
    pidOf: (name) => processes[name].pid,
    postgresPid: () => postgres.pid,
    async restart(name, { signal = "SIGKILL", clockMs = 0 } = {}) {
      await processes[name].end(signal);
      processes[name].start(clockMs);
    },
    async killPostgres() {
      const exited = new Promise<void>((resolve) => postgres.onExit(() => resolve()));
      process.kill(postgres.pid, "SIGKILL");
      await exited;
      postgres = await startPostgres(dataDir);
    },
    async killEverything() {
      const { api, worker } = processes;
      await Promise.all([api.end("SIGKILL"), worker.end("SIGKILL"), stage.killPostgres()]);
      api.start();
      worker.start();
    },
    async untilHealthy() {
      const deadline = performance.now() + PATIENCE_MS;
      for (;;) {
        const answer = await fetch(`http://127.0.0.1:${apiPort}/health/`).catch(() => null);
        await answer?.arrayBuffer();
        if (answer?.status === 200 && processes.worker.isReady()) return;
        if (performance.now() > deadline) throw new Error(`not healthy within ${PATIENCE_MS / 1000} s`);
        await sleep(50);
      }
    },
    readOnlyBy,
    setReadOnly(readOnly) {
      const [program, ...args] =
        readOnlyBy === "mount"
          ? ["mount", "-o", readOnly ? "remount,ro" : "remount,rw"]
          : ["chmod", "-R", readOnly ? "a-w" : "u+w"];
      const { status, stderr } = spawnSync(program!, [...args, objectsDir!], { encoding: "utf8" });
      if (stderr.includes("busy")) return false;
      if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${status}: ${stderr}`);
      return true;
    },
    async addUser(name, organization) {
      const email = `${name}@example.com`;
      const password = "correct horse battery";
      await createUser(pool, {
        name,
        email,
        password,
        role: "user",
        organization,
        organizationRole: "owner",
      });
      return (await createTokenFor(pool, email, { name: "faults", scopes: ["read", "write", "train"] }))
        .token;
    },
  };
  await stage.untilHealthy();
  // What is killed never writes down what it compiled, and each start after it would compile everything again.
  for (const name of ["api", "worker"] as const) await stage.restart(name, { signal: "SIGTERM" });
  await stage.untilHealthy();
  return stage;
}

/** What was started outlives a test run that is killed; a shell of its own that waits for our end then ends it. */
function endWithUs(folder: string): void {
  const script = `while kill -0 "$1" 2>/dev/null; do sleep 1; done
    [ -d "$2" ] || exit 0
    for pid in $(tail -n 8 "$2/pids"); do tr '\\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q cli.ts && kill -KILL "$pid"; done
    server=$(head -n 1 "$2/data/postgres/postmaster.pid" 2>/dev/null) && kill -QUIT "$server" && sleep 1
    umount -l "$2/objects" 2>/dev/null
    rm -rf "$2"`;
  spawn("sh", ["-c", script, "sh", String(process.pid), folder], { detached: true, stdio: "ignore" }).unref();
}

function startPostgres(dataDir: string): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ dataDir, log: { info: () => {}, warn: () => {} } });
}

/** Root may write where modes say otherwise, and needs a file system of its own. */
function makeObjectsFolder(folder: string): "mount" | "mode" | null {
  mkdirSync(folder, { mode: 0o700 });
  if (process.getuid?.() !== 0) return "mode";
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=512m,mode=0700", "faults", folder]);
  return mounted.status === 0 ? "mount" : null;
}
