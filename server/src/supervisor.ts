import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Config, Environment } from "./config.ts";
import { AppError } from "./errors.ts";
import { giveUpBallast } from "./platform/disk/ballast.ts";
import { clusterHome } from "./platform/disk/diskSpace.ts";
import {
  type EmbeddedPostgres,
  type EventLog,
  startEmbeddedPostgres,
} from "./platform/embeddedPostgres/startEmbeddedPostgres.ts";
import { awaitHealth } from "./supervisor/awaitHealth.ts";
import { choosePort } from "./supervisor/checkPort.ts";
import { prepareDataFolder } from "./supervisor/dataFolder.ts";
import { endLeftBehind } from "./supervisor/endLeftBehind.ts";
import { type FolderLock, lockDataFolder } from "./supervisor/lockDataFolder.ts";
import { type ProcessEnd, pauseAfter, SupervisedProcess } from "./supervisor/supervisedProcess.ts";
import { watchBallast } from "./supervisor/watchBallast.ts";

/** What the children receive through their channels, beyond our own environment, made from the owner's database URL. */
export type Prepare = (ownerUrl: string) => Promise<Environment>;

export interface SupervisorOptions {
  readonly config: Config;
  /** Environment of the children, before `prepare` adds to it. */
  readonly environment: Environment;
  readonly log: EventLog;
  /** Brings the database forward; called once, before the children start, and again if its address changes. */
  readonly prepare: Prepare;
  /** Called for every child and database that ended by itself. */
  readonly onEnd?: (end: ProcessEnd) => void;
  /** Gives up starting; whatever was started is stopped. */
  readonly signal?: AbortSignal;
  /** Programs of the children; this program's own when left out. */
  readonly commands?: { readonly api: readonly string[]; readonly worker: readonly string[] };
}

export interface Supervisor {
  /** Where the api answers, as seen from this machine: http://127.0.0.1:8000. */
  readonly address: string;
  readonly ownerUrl: string;
  readonly pids: () => {
    postgres: number | undefined;
    api: number | undefined;
    workers: (number | undefined)[];
  };
  /** Orderly: api and workers, then PostgreSQL, then the lock. */
  stop(): Promise<void>;
  /** At once; the next start recovers. */
  kill(): void;
}

const GRACE_MS = 10_000;
/** An api that ended this often without ever answering will not answer. */
const MOST_FAILED_STARTS = 4;

/**
 * MiB of V8's young generation. Left to itself it grows to 16 at the start and stays so: api and worker then hold 60 and
 * 16 MiB more while nobody asks them anything. With 4, a fifth of the api's time under load is garbage collection, so it
 * has twice that. Heavy jobs run in processes that are started otherwise.
 */
const YOUNG_GENERATION_MIB = { api: 8, worker: 4 };

const ownCommand = (command: "api" | "worker") => [
  process.execPath,
  `--max-semi-space-size=${YOUNG_GENERATION_MIB[command]}`,
  fileURLToPath(new URL("./cli.ts", import.meta.url)),
  command,
  "--supervised",
];

/** Starts everything of one installation on this machine and keeps it running. Resolves when the api answers. */
export async function startSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const dataDir = options.config.MAGTRACE_DATA_DIR;
  giveUpBallast(await clusterHome(dataDir));
  prepareDataFolder(dataDir);
  const lock = await lockDataFolder(dataDir);
  const installation = new Installation(options, lock);
  try {
    await endLeftBehind(lock.leftBehind);
    await Promise.race([installation.start(), rejectOnAbort(options.signal)]);
    return installation;
  } catch (error) {
    await installation.stop();
    throw error;
  }
}

/** The api has the port that is configured, and each worker the next. */
function metricsPortOf({ METRICS_PORT }: Config, worker: number): string {
  return String(METRICS_PORT === 0 ? 0 : METRICS_PORT + worker);
}

function rejectOnAbort(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const refuse = () => reject(new AppError("cancelled", "The start was stopped."));
    if (signal?.aborted) refuse();
    signal?.addEventListener("abort", refuse, { once: true });
  });
}

class Installation implements Supervisor {
  readonly #options: SupervisorOptions;
  readonly #lock: FolderLock;
  #port = 0;
  #postgres: EmbeddedPostgres | undefined;
  #postgresStarting: Promise<unknown> = Promise.resolve();
  #postgresFailures = 0;
  #postgresPause: NodeJS.Timeout | undefined;
  #stopBallast: () => Promise<void> = async () => {};
  #ownerUrl = "";
  #api: SupervisedProcess | undefined;
  #workers: SupervisedProcess[] = [];
  #stopped: Promise<void> | undefined;
  #failedStarts = 0;
  #hasAnswered = false;
  #refuse: (error: AppError) => void = () => {};

  constructor(options: SupervisorOptions, lock: FolderLock) {
    this.#options = options;
    this.#lock = lock;
  }

  get address(): string {
    const { HOST } = this.#options.config;
    const reachable = HOST === "0.0.0.0" ? "127.0.0.1" : HOST === "::" ? "::1" : HOST;
    return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${this.#port}`;
  }

  get ownerUrl(): string {
    return this.#ownerUrl;
  }

  pids() {
    return {
      postgres: this.#postgres?.pid,
      api: this.#api?.pid,
      workers: this.#workers.map((worker) => worker.pid),
    };
  }

  async start(): Promise<void> {
    const { config, prepare } = this.#options;
    this.#port = await choosePort(config.PORT, config.HOST);
    const refused = new Promise<never>((_, reject) => {
      this.#refuse = reject;
    });
    refused.catch(() => {});
    // Reading their programs takes the children longer than PostgreSQL takes to start: they wait for what we hand on.
    this.#startChildren();
    this.#ownerUrl = config.DATABASE_URL === "" ? await this.#startPostgres() : config.DATABASE_URL;
    const prepared = await prepare(this.#ownerUrl);
    if (this.#stopped) return;
    for (const child of this.#children()) child.hand(prepared);
    const healthy = new AbortController();
    try {
      await Promise.race([awaitHealth(`${this.address}/health/`, healthy.signal), refused]);
    } finally {
      healthy.abort();
    }
    this.#hasAnswered = true;
    if (config.DATABASE_URL === "" && !this.#stopped) {
      this.#stopBallast = watchBallast(config, this.#options.log);
    }
  }

  #startChildren(): void {
    const { config } = this.#options;
    const logs = join(config.MAGTRACE_DATA_DIR, "logs");
    mkdirSync(logs, { recursive: true, mode: 0o700 });
    const commands = this.#options.commands ?? { api: ownCommand("api"), worker: ownCommand("worker") };
    const environment = this.#childEnvironment();
    this.#api = this.#supervise("api", commands.api, environment, join(logs, "api.log"));
    this.#workers = Array.from({ length: config.MAGTRACE_WORKERS }, (_, index) => {
      const name = `worker ${index + 1}`;
      const own = { ...environment, METRICS_PORT: metricsPortOf(config, index + 1) };
      return this.#supervise(name, commands.worker, own, join(logs, `worker-${index + 1}.log`));
    });
    this.#recordChildren();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stopInOrder();
    return this.#stopped;
  }

  kill(): void {
    for (const child of this.#children()) child.kill();
    if (this.#postgres) process.kill(this.#postgres.pid, "SIGQUIT");
    this.#lock.release();
  }

  async #stopInOrder(): Promise<void> {
    this.#lock.markStopping();
    clearTimeout(this.#postgresPause);
    await this.#stopBallast();
    await Promise.all(this.#children().map((child) => child.stop(GRACE_MS)));
    await this.#postgresStarting.catch(() => {});
    await this.#postgres?.stop();
    this.#lock.release();
  }

  #children(): SupervisedProcess[] {
    return this.#api ? [this.#api, ...this.#workers] : this.#workers;
  }

  #supervise(
    name: string,
    command: readonly string[],
    environment: Environment,
    logPath: string,
  ): SupervisedProcess {
    return new SupervisedProcess(
      { name, command, environment, logPath },
      { onStart: () => queueMicrotask(() => this.#recordChildren()), onEnd: (end) => this.#childEnded(end) },
    );
  }

  #recordChildren(): void {
    if (this.#stopped) return;
    this.#lock.recordChildren(this.#children().flatMap(({ pid }) => (pid === undefined ? [] : [pid])));
  }

  #childEnded(end: ProcessEnd): void {
    const { name, code, signal, pauseMs } = end;
    this.#options.log.warn({ process: name, code, signal, pauseMs }, "a process ended and is started again");
    if (this.#hasAnswered) {
      this.#options.onEnd?.(end);
      return;
    }
    if (name === "api" && ++this.#failedStarts >= MOST_FAILED_STARTS) {
      const words = end.lastWords === "" ? "" : ` It said: ${end.lastWords}`;
      this.#refuse(
        new AppError(
          "dependency_unavailable",
          `The api does not start.${words} See logs/api.log in the data folder.`,
        ),
      );
    }
  }

  /** The owner's and the first administrator's secrets stay here, and those of backups. */
  #childEnvironment(): Environment {
    const { config, environment } = this.#options;
    return {
      ...environment,
      DATABASE_URL: undefined,
      MAGTRACE_ADMIN_EMAIL: undefined,
      MAGTRACE_ADMIN_PASSWORD: undefined,
      BACKUP_S3_ACCESS_KEY_ID: undefined,
      BACKUP_S3_SECRET_ACCESS_KEY: undefined,
      MAGTRACE_DATA_DIR: config.MAGTRACE_DATA_DIR,
      PORT: String(this.#port),
    };
  }

  async #startPostgres(): Promise<string> {
    const { config, log } = this.#options;
    const starting = startEmbeddedPostgres({ dataDir: config.MAGTRACE_DATA_DIR, log });
    this.#postgresStarting = starting;
    const started = await starting;
    this.#postgres = started;
    const startedAt = performance.now();
    started.onExit(({ code, signal }) => {
      this.#postgres = undefined;
      if (this.#stopped) return;
      if (performance.now() - startedAt > 60_000) this.#postgresFailures = 0;
      this.#postgresEnded({ code, signal, lastWords: "" });
    });
    return started.ownerUrl;
  }

  #postgresEnded(end: Pick<ProcessEnd, "code" | "signal" | "lastWords">): void {
    const pauseMs = pauseAfter(++this.#postgresFailures);
    this.#options.log.warn({ process: "postgres", ...end, pauseMs }, "a process ended and is started again");
    this.#options.onEnd?.({ name: "postgres", ...end, pauseMs });
    this.#postgresPause = setTimeout(() => this.#restartPostgres(), pauseMs);
  }

  async #restartPostgres(): Promise<void> {
    try {
      const url = await this.#startPostgres();
      if (url === this.#ownerUrl || this.#stopped) return;
      // Another program took the port meanwhile: the children must learn the new one.
      this.#ownerUrl = url;
      const prepared = await this.#options.prepare(url);
      for (const child of this.#children()) child.replace(prepared);
    } catch (error) {
      if (this.#stopped) return;
      this.#postgresEnded({
        code: null,
        signal: null,
        lastWords: error instanceof Error ? error.message : "",
      });
    }
  }
}
