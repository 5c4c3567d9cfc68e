import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync, realpathSync, statSync } from "node:fs";
import { totalmem } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { AppError } from "../../errors.ts";
import { giveUpBallast } from "../disk/ballast.ts";
import { freePort } from "../freePort.ts";
import { boundLog } from "../logs/boundLog.ts";
import { type ConnectionFile, ownerUrl, readConnectionFile, writeConnectionFile } from "./connectionFile.ts";
import { createCluster, hasCluster, postgresEnvironment, resetPassword } from "./createCluster.ts";
import { findBinaries } from "./findBinaries.ts";
import { type Placement, placeCluster } from "./placeCluster.ts";
import { makeSocketFolder, removeSocketFolder } from "./socketFolder.ts";
import { findPostmaster, stopOrphan, stopServer } from "./stopOrphan.ts";

/** The part of pino's interface that is used here. */
export interface EventLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface EmbeddedPostgresOptions {
  /** Exists, and is locked by the caller: one server per data folder. */
  readonly dataDir: string;
  readonly log: EventLog;
  /** Made when missing. */
  readonly database?: string;
  /** false: no flushing to disk, for tests. */
  readonly durable?: boolean;
}

export interface EmbeddedPostgres {
  /** URL of the owner of everything, on the database asked for. */
  readonly ownerUrl: string;
  readonly pid: number;
  /** Called once if the server ends without `stop()` having been called. */
  onExit(callback: (ended: { code: number | null; signal: NodeJS.Signals | null }) => void): void;
  /** Fast shutdown: open transactions are rolled back, everything committed is on disk. */
  stop(): Promise<void>;
}

const DATABASE = "magtrace";
const ATTEMPTS = 20;
const LOG_CHECK_MS = 60_000;

/**
 * Starts PostgreSQL on the cluster of a data folder, which is made when missing, and waits until it answers. A
 * server that a killed supervisor left behind is stopped first.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDir, log, database = DATABASE, durable = true } = options;
  const placement = placeCluster(dataDir, findBinaries());
  const orphan = await stopOrphan(placement.clusterDir);
  if (orphan !== undefined) log.warn({ pid: orphan }, "stopped a PostgreSQL left behind by an earlier run");

  const known = readConnectionFile(dataDir);
  const home = dirname(placement.clusterDir);
  if (giveUpBallast(home)) log.warn({}, "the disk is full: the ballast was given up");
  const password = known?.password ?? randomBytes(24).toString("base64url");
  if (!hasCluster(placement)) {
    await createCluster(placement, password, durable);
  } else if (known === undefined) {
    await resetPassword(placement, password);
    log.warn({}, "postgres.json was missing or damaged: the database owner has a new password");
  }
  removeSocketFolder(known?.socketDir);
  const socketDir = makeSocketFolder(placement.account, known?.socketDir);
  writeConnectionFile(dataDir, { port: known?.port ?? 0, password, pid: 0, socketDir });

  const logPath = logFile(dataDir);
  let wishedPort = known?.port ?? 0;
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(wishedPort);
    const child = spawnServer(placement, { port, socketDir, logPath, durable });
    const connection: ConnectionFile = { port, password, pid: child.pid ?? 0, socketDir };
    const failure = await untilReady(child, connection, logPath);
    if (failure === undefined) {
      writeConnectionFile(dataDir, connection);
      await createDatabase(connection, database);
      return handleOf(child, ownerUrl(connection, database), dataDir, connection, logPath);
    }
    // Another program was quicker to take the port, or the last processes of a killed server still go away.
    const passing = /Address already in use|could not create any TCP\/IP|shared memory block|lock file/.test(
      failure,
    );
    const isFull = /No space left on device|Disk quota exceeded/.test(failure);
    if (isFull && attempt < ATTEMPTS && giveUpBallast(home)) continue;
    if (!passing || attempt === ATTEMPTS) {
      removeSocketFolder(socketDir);
      if (isFull) throw fullDisk(failure);
      throw new AppError("dependency_unavailable", `The embedded PostgreSQL does not start: ${failure}`, {
        details: { log: "logs/postgres.log" },
      });
    }
    wishedPort = 0;
    await sleep(250);
  }
}

function fullDisk(failure: string): AppError {
  return new AppError(
    "insufficient_storage",
    `The disk is full, so the embedded PostgreSQL does not start (${failure}). Make room on the disk of the data folder, then start again.`,
  );
}

/**
 * The owner's URL of the embedded server that runs on this data folder right now, or null. For commands beside
 * a running installation.
 */
export async function connectEmbedded(dataDir: string, database = DATABASE): Promise<string | null> {
  const connection = readConnectionFile(dataDir);
  if (connection === undefined || connection.pid === 0) return null;
  let clusterDir: string;
  try {
    clusterDir = realpathSync(join(dataDir, "postgres"));
  } catch {
    return null;
  }
  return findPostmaster(clusterDir) === undefined ? null : ownerUrl(connection, database);
}

function logFile(dataDir: string): string {
  const folder = join(dataDir, "logs");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return join(folder, "postgres.log");
}

interface ServerOptions {
  readonly port: number;
  readonly socketDir: string | undefined;
  readonly logPath: string;
  readonly durable: boolean;
}

function spawnServer(
  placement: Placement,
  { port, socketDir, logPath, durable }: ServerOptions,
): ChildProcess {
  boundLog(logPath);
  // Readings are not in it, and the system caches files besides: more is held, and seldom used.
  const sharedBuffersMib = Math.min(256, Math.max(64, Math.floor(totalmem() / 16 / 1024 ** 2)));
  const settings = {
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: socketDir ?? "",
    max_connections: 200,
    shared_buffers: `${durable ? sharedBuffersMib : 64}MB`,
    // A sixteenth of a gigabyte's buffers unless told otherwise, and all of it is written in turn.
    wal_buffers: "4MB",
    // Short queries by the thousand: compiling them costs more than it saves.
    jit: "off",
    timezone: "UTC",
    log_timezone: "UTC",
    log_line_prefix: "%m [%p] %a ",
    log_checkpoints: "off",
    // Statement texts may hold secrets (ALTER ROLE … PASSWORD); the message and its SQLSTATE suffice.
    log_min_error_statement: "panic",
    logging_collector: "off",
    ...(durable ? {} : { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }),
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const log = openSync(logPath, "a", 0o600);
  try {
    return spawn(placement.binaries.postgres, ["-D", placement.clusterDir, ...args], {
      ...placement.account,
      cwd: dirname(placement.clusterDir),
      env: postgresEnvironment,
      // A group of its own: Ctrl-C in the terminal must reach the supervisor only, which stops us last.
      detached: true,
      stdio: ["ignore", log, log],
    });
  } finally {
    closeSync(log);
  }
}

/** Resolves to undefined when the server answers, or to what it said when it ended instead. */
async function untilReady(
  child: ChildProcess,
  connection: ConnectionFile,
  logPath: string,
): Promise<string | undefined> {
  const logStart = statSync(logPath).size;
  let ended: string | undefined;
  child.once("error", (error) => {
    ended = error.message;
  });
  child.once("exit", () => {
    ended ??= lastComplaint(logPath, logStart);
  });
  const url = ownerUrl(connection, "postgres");
  while (ended === undefined) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
    client.on("error", () => {});
    try {
      await client.connect();
      await client.end();
      // Somebody else's server on this port would have refused our password.
      return undefined;
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === "28P01") ended = "its password in postgres.json is not the one the database knows";
      await sleep(20);
    }
  }
  if (child.exitCode === null && child.signalCode === null && child.pid) await stopServer(child.pid);
  return ended;
}

function lastComplaint(logPath: string, from: number): string {
  const lines = readFileSync(logPath).subarray(from).toString("utf8").split("\n");
  const complaint =
    lines.findLast((line) => /FATAL|PANIC|ERROR/.test(line)) ?? lines.findLast((line) => line !== "");
  return complaint?.replace(/^.*?(FATAL|PANIC|ERROR):\s*/, "") ?? "it ended without a message";
}

async function createDatabase(connection: ConnectionFile, database: string): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl(connection, "postgres") });
  await client.connect();
  try {
    const found = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [database]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`);
  } finally {
    await client.end();
  }
}

function handleOf(
  child: ChildProcess,
  url: string,
  dataDir: string,
  connection: ConnectionFile,
  logPath: string,
): EmbeddedPostgres {
  const logTimer = setInterval(() => boundLog(logPath), LOG_CHECK_MS).unref();
  let stopping = false;
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve({ code: child.exitCode, signal: child.signalCode });
    }
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  exited.then(() => clearInterval(logTimer));
  return {
    ownerUrl: url,
    pid: connection.pid,
    onExit: (callback) => {
      exited.then((ended) => {
        if (!stopping) callback(ended);
      });
    },
    stop: async () => {
      stopping = true;
      await stopServer(connection.pid);
      await exited;
      removeSocketFolder(connection.socketDir);
      try {
        writeConnectionFile(dataDir, { ...connection, pid: 0 });
      } catch {
        // A full disk. The old number is looked at with care.
      }
    },
  };
}
