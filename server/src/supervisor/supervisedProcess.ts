import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, closeSync, openSync } from "node:fs";
import { boundLog } from "../platform/logs/boundLog.ts";

export interface ProcessPlan {
  /** For people: `api`, `worker 1`. */
  readonly name: string;
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What the process prints is appended here. */
  readonly logPath: string;
}

/** How a process ended. */
export interface ProcessEnd {
  readonly name: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it complained of last on stderr, in a line, or "". */
  readonly lastWords: string;
  /** Until it is started again. */
  readonly pauseMs: number;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 30_000;
/** A process that ran this long is healthy: its next end is a first one. */
const HEALTHY_MS = 60_000;

/** The pause before the start after `failures` ends in a row, the first being 1. */
export function pauseAfter(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 16));
}

/** The line that names the error, which Node puts before the stack and its own version; else the last line. */
function complaintIn(words: string): string {
  const lines = words.trim().split("\n");
  return lines.findLast((line) => /^(\w*Error|Uncaught)\b.*: /.test(line)) ?? lines.at(-1) ?? "";
}

/** A disk that takes nothing keeps no process from running. */
function openLog(path: string): number | "ignore" {
  try {
    return openSync(path, "a", 0o600);
  } catch {
    return "ignore";
  }
}

function appendTo(path: string, text: string): void {
  try {
    appendFileSync(path, text);
  } catch {
    // See openLog.
  }
}

/** Keeps one process running until stopped. It has a channel to us and must end when that closes. */
export class SupervisedProcess {
  readonly #listeners: { onStart: () => void; onEnd: (end: ProcessEnd) => void };
  readonly #plan: ProcessPlan;
  #handed: ProcessPlan["environment"] | undefined;
  #child: ChildProcess | undefined;
  #pause: NodeJS.Timeout | undefined;
  #failures = 0;
  #wanted = true;

  constructor(plan: ProcessPlan, listeners: { onStart: () => void; onEnd: (end: ProcessEnd) => void }) {
    this.#plan = plan;
    this.#listeners = listeners;
    this.#start();
  }

  /** Process number, or undefined between an end and the next start. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Tells the process, and every later one in its place, what was not known when it was started: here secrets
   * travel through its channel, where no listing of processes shows them.
   */
  hand(environment: ProcessPlan["environment"]): void {
    this.#handed = environment;
    this.#child?.send({ environment }, () => {});
  }

  /** Ends the process at once and starts it with something else handed to it. */
  replace(environment: ProcessPlan["environment"]): void {
    this.#handed = environment;
    this.#child?.kill("SIGKILL");
  }

  /** Asks the process to end, and makes it after `graceMs`. Resolves when it has ended; never started again. */
  async stop(graceMs: number): Promise<void> {
    this.#wanted = false;
    clearTimeout(this.#pause);
    const child = this.#child;
    if (child === undefined) return;
    await new Promise<void>((resolve) => {
      const force = setTimeout(() => child.kill("SIGKILL"), graceMs);
      child.once("close", () => {
        clearTimeout(force);
        resolve();
      });
      child.kill("SIGTERM");
    });
  }

  kill(): void {
    this.#wanted = false;
    clearTimeout(this.#pause);
    this.#child?.kill("SIGKILL");
  }

  #start(): void {
    const { command, environment, logPath } = this.#plan;
    boundLog(logPath);
    const log = openLog(logPath);
    const startedAt = performance.now();
    const [program, ...args] = command;
    const child = spawn(program!, args, {
      env: { ...environment },
      // A group of its own: Ctrl-C in the terminal reaches the supervisor only, which stops us in order.
      detached: true,
      stdio: ["ignore", log, "pipe", "ipc"],
    });
    if (log !== "ignore") closeSync(log);
    this.#child = child;
    // A failure to send shows as the process's end.
    if (this.#handed) child.send({ environment: this.#handed }, () => {});
    let lastWords = "";
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
      appendTo(logPath, chunk);
      lastWords = (lastWords + chunk).slice(-2000);
    });
    child.on("error", (error) => {
      lastWords = error.message;
    });
    child.once("close", (code, signal) => {
      this.#child = undefined;
      if (!this.#wanted) return;
      this.#failures = performance.now() - startedAt >= HEALTHY_MS ? 1 : this.#failures + 1;
      const pauseMs = pauseAfter(this.#failures);
      this.#pause = setTimeout(() => this.#start(), pauseMs);
      const words = complaintIn(lastWords);
      this.#listeners.onEnd({ name: this.#plan.name, code, signal, lastWords: words, pauseMs });
    });
    this.#listeners.onStart();
  }
}
