import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Environment } from "../config.ts";
import type { EventLog } from "../platform/embeddedPostgres/startEmbeddedPostgres.ts";

export interface BackupScheduleOptions {
  /** As HH:MM, UTC. */
  readonly at: string;
  readonly environment: Environment;
  readonly log: EventLog;
  readonly now?: () => Date;
  /** Runs a command line of this program to its end; another in tests. */
  readonly run?: RunCommand;
}

export interface BackupSchedule {
  /** Ends a backup that is under way: it shows as unfinished. */
  stop(): Promise<void>;
}

type RunCommand = (
  args: readonly string[],
  environment: Environment,
  signal: AbortSignal,
) => Promise<{ status: number | null; said: string }>;

const DAY_MS = 86_400_000;
/** What failed is tried again so often. */
const RETRY_MS = 3_600_000;
/** The installation starts first. */
const START_MS = 30_000;

/**
 * Has a backup made each day, by a process of its own, which is given the owner's rights that workers never have. One
 * whose time passed while nothing ran is made at the start.
 */
export function startBackupSchedule(options: BackupScheduleOptions): BackupSchedule {
  const { at, environment, log, now = () => new Date(), run = runCommand } = options;
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  function wait(ms: number): void {
    if (stopping.signal.aborted) return;
    timer = setTimeout(() => {
      running = makeOne();
    }, ms);
    timer.unref();
  }
  async function makeOne(): Promise<void> {
    const due = lastDue(at, now());
    const { status, said } = await run(
      ["backup", "create", "--prune", "--since", due.toISOString()],
      environment,
      stopping.signal,
    );
    if (stopping.signal.aborted) return;
    if (status === 0) log.info({ said }, "backup made");
    else log.warn({ status, said }, "backup failed, and is tried again in an hour");
    const nextMs = due.getTime() + DAY_MS - now().getTime();
    wait(status === 0 ? nextMs : Math.min(nextMs, RETRY_MS));
  }

  wait(START_MS);
  return {
    async stop() {
      clearTimeout(timer);
      stopping.abort();
      await running;
    },
  };
}

/** The last moment at or before `now` at this time of day. */
export function lastDue(at: string, now: Date): Date {
  const today = new Date(`${now.toISOString().slice(0, 10)}T${at}:00Z`);
  return today <= now ? today : new Date(today.getTime() - DAY_MS);
}

const MOST_SAID = 4_000;
const program = fileURLToPath(new URL("../cli.ts", import.meta.url));

const runCommand: RunCommand = (args, environment, signal) =>
  new Promise((resolve) => {
    // The channel closes when we are gone, and the command ends with it.
    const child = spawn(process.execPath, [program, ...args], {
      env: environment as NodeJS.ProcessEnv,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    let said = "";
    const hear = (piece: Buffer) => {
      said = (said + piece.toString("utf8")).slice(-MOST_SAID);
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    const end = () => child.kill("SIGKILL");
    signal.addEventListener("abort", end, { once: true });
    const done = (status: number | null) => {
      signal.removeEventListener("abort", end);
      resolve({ status, said: said.trim() });
    };
    child.once("error", (error) => {
      said = error.message;
      done(null);
    });
    child.once("close", done);
  });
