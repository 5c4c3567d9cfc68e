import { type ChildProcess, fork } from "node:child_process";
import { totalmem } from "node:os";
import type { OtherProcesses } from "../metrics/otherProcesses.ts";
import { deserializeError, type FromJobProcess, type ToJobProcess } from "./processMessages.ts";
import type { JobContext, JobHandler } from "./queue.ts";
import type { QueuedJob, QueueName } from "./queues.ts";

export interface JobProcessesOptions {
  /** Path of a program that calls `serveJobs`. */
  readonly program: string;
  /** What it is handed when it starts, through its channel, where no listing of processes shows it. */
  readonly settings: unknown;
  /** How long a process without a job is kept. */
  readonly idleMs?: number;
  /** Most that JavaScript's own heap may take in one. */
  readonly heapMib?: number;
  /** The priority of the processes, from 19 (gives way to all) to 0; the program sets it. */
  readonly niceness?: number;
  /** Told what they count. */
  readonly counted?: OtherProcesses;
}

export interface JobProcesses {
  /** Runs jobs of a queue, each in a process that runs nothing else meanwhile. */
  readonly handlerOf: (queue: QueueName) => JobHandler;
  /** Of the processes there are now. */
  readonly pids: () => number[];
  /** Ends them all. */
  close(): Promise<void>;
}

/** Long enough for one that uploads file after file, and nothing is left of it in an idle installation. */
const IDLE_MS = 30_000;
/** How long a job that was told to stop may take before its process is killed. */
const ABORT_GRACE_MS = 5_000;
const MIB = 1024 * 1024;

interface JobProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
  idle: NodeJS.Timeout | undefined;
}

/**
 * Processes for heavy jobs, each for one at a time: a job that keeps its processor busy, exhausts its memory or crashes
 * stops nobody else's heartbeat. The first job of several starts a process, later ones find it warm.
 */
export function createJobProcesses({
  program,
  settings,
  idleMs = IDLE_MS,
  heapMib = quarterOfMemory(),
  niceness = 0,
  counted,
}: JobProcessesOptions): JobProcesses {
  const all = new Set<JobProcess>();
  const free: JobProcess[] = [];

  function start(): JobProcess {
    const child = fork(program, [String(niceness)], {
      execArgv: [`--max-old-space-size=${heapMib}`],
      serialization: "advanced",
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const ended = new Promise<void>((resolve) => {
      child.once("exit", () => resolve());
      child.once("error", () => resolve());
    });
    const made: JobProcess = { child, ended, idle: undefined };
    all.add(made);
    ended.then(() => {
      forget(made);
      if (child.pid !== undefined) counted?.ended(child.pid);
    });
    child.on("message", ({ metrics }: FromJobProcess) => {
      if (metrics && child.pid !== undefined) counted?.received(child.pid, metrics);
    });
    tell(made, { kind: "start", settings });
    return made;
  }

  function forget(gone: JobProcess): void {
    clearTimeout(gone.idle);
    all.delete(gone);
    const at = free.indexOf(gone);
    if (at >= 0) free.splice(at, 1);
  }

  function release(done: JobProcess): void {
    if (!all.has(done) || !done.child.connected) return;
    free.push(done);
    done.idle = setTimeout(() => {
      forget(done);
      if (done.child.connected) done.child.disconnect();
    }, idleMs).unref();
  }

  async function run(queue: QueueName, job: QueuedJob, context: JobContext): Promise<void> {
    const { jobId, attempt, signal } = context;
    signal.throwIfAborted();
    const used = free.pop() ?? start();
    clearTimeout(used.idle);
    try {
      await runIn(used, { kind: "run", queue, job, jobId, attempt }, signal);
    } finally {
      release(used);
    }
  }

  return {
    handlerOf: (queue) => (job, context) => run(queue, job, context),
    pids: () => [...all].flatMap(({ child }) => child.pid ?? []),
    async close() {
      const ending = [...all];
      for (const { child } of ending) {
        if (child.connected) child.disconnect();
        setTimeout(() => child.kill("SIGKILL"), ABORT_GRACE_MS).unref();
      }
      await Promise.all(ending.map(({ ended }) => ended));
    },
  };
}

/** Readings are held outside of JavaScript's own heap. */
function quarterOfMemory(): number {
  const bytes = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  return Math.round(Math.min(4_096, Math.max(512, bytes / 4 / MIB)));
}

/** A failure to send shows as the process's end. */
function tell({ child }: JobProcess, message: ToJobProcess): void {
  if (child.connected) child.send(message, () => {});
}

async function runIn(used: JobProcess, message: ToJobProcess, signal: AbortSignal): Promise<void> {
  const { child } = used;
  let force: NodeJS.Timeout | undefined;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const answered = (answer: FromJobProcess) => {
    if (answer.kind === "done") resolve();
    else reject(deserializeError(answer.error));
  };
  const ended = (code: number | null, killedBy: NodeJS.Signals | null) =>
    reject(new Error(`the process of the job ended (${killedBy ?? `exit status ${code}`})`));
  const failed = (error: Error) => reject(error);
  const abort = () => {
    tell(used, { kind: "abort", reason: String((signal.reason as Error | undefined)?.message) });
    force = setTimeout(() => child.kill("SIGKILL"), ABORT_GRACE_MS);
  };
  child.once("message", answered);
  child.once("exit", ended);
  child.once("error", failed);
  signal.addEventListener("abort", abort, { once: true });
  try {
    tell(used, message);
    await promise;
  } finally {
    clearTimeout(force);
    signal.removeEventListener("abort", abort);
    child.off("message", answered);
    child.off("exit", ended);
    child.off("error", failed);
  }
}
